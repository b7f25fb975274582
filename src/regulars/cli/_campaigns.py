"""Commands about campaigns: `campaign new`, `campaign list`, `campaign show`, `campaign stop`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from regulars.kernel import ConfigError, dollars

from ._common import DAY, as_of_option, in_workspace, json_option, require_day, say, say_json, say_table
from ._deals import by_option, tell_read
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.contracts import CampaignPlan, Modules
    from regulars.flows import CampaignResult, CampaignShown, CellResult

BUDGET_MAX = 1_000_000_000
"""Most dollars of a campaign."""

_AIMS = ("convert_to_own", "convert_to_national", "brand_to_brand", "trial", "win_back", "thank_you")


@click.group()
def campaign() -> None:
    """What is to change in a category, for whom, how deep, with whose money."""


@campaign.command("new")
@click.argument("campaign_id", metavar="ID")
@click.option("--aim", type=click.Choice(_AIMS), required=True, help="What is to change.")
@click.option("--category", "category_id", required=True, help="In which category, as the source names it.")
@click.option("--need", "need_id", help="In this need of it alone.")
@click.option("--name", help="As a marketer would say it; the id by default.")
@click.option("--from", "from_on", type=DAY, required=True, metavar="DATE", help="First day.")
@click.option("--until", "until_on", type=DAY, required=True, metavar="DATE", help="The day after the last.")
@click.option(
    "--budget", type=float, required=True, help="Dollars its offers may cost, as expected, over its life."
)
@click.option(
    "--vendor", "vendor_id", default="store", show_default=True, help="Whose brand is to win, or who pays."
)
@click.option("--from-vendor", "from_vendor_id", help="Brand to brand: only buyers of this vendor.")
@click.option("--paid-by-vendor", is_flag=True, help="The vendor pays, and its budget it is.")
@click.option(
    "--depths", default="10,20,30,40,50", show_default=True, help="Rungs in per cent off, shallow first."
)
@click.option("--first-rungs", help="Where ladders begin, as light=1,medium=2,heavy=5; 0 for no offer.")
@click.option("--brands", help="Brand modules that take part and what each adds, as national=0,switcher=-1.")
@click.option("--alternative", "alternative_percent", type=click.IntRange(0, 90), default=0, show_default=True,
              help="Per cent of its households in the arm that goes to switchers first.")  # fmt: skip
@click.option("--control", "control_percent", type=click.IntRange(0, 90), default=10, show_default=True,
              help="Per cent that gets nothing from it.")  # fmt: skip
@click.option("--timing", type=click.Choice(["need_cycle", "always"]), default="need_cycle", show_default=True,
              help="In the cycle in which a household is expected to buy the need, or in every one.")  # fmt: skip
@click.option("--lapsed-days", type=click.IntRange(1, 3_650), default=56, show_default=True,
              help="Win back: not bought in the category for so long.")  # fmt: skip
@click.option("--converted-days", type=click.IntRange(1, 365), default=2, show_default=True,
              help="Stop once the wanted goods were bought on so many days since the first offer.")  # fmt: skip
@by_option
@as_of_option
@in_workspace
@json_option
def campaign_new(
    workspace: Workspace, *, actor: str, as_of_on: datetime.date | None, as_json: bool, **asked: Any
) -> None:
    """Make a campaign. It gives offers from the next plan of a cycle within its dates on.

    Households are told apart by their cell in the category. For a conversion the strongest offer is reserved for heavy
    users; every repetition is a rung lower; it stops when a household is converted.
    """
    from regulars.bootstrap import new_campaign

    plan = _plan_of(asked)
    with workspace.writing("campaign new"):
        day = require_day(workspace, as_of_on)
        record = new_campaign(workspace, plan, day, TerminalProgress(), actor=actor)
    if as_json:
        say_json({**record.plan.as_plain(), "state": record.state, "created_at": record.created_at})
        return
    say(f"Campaign {plan.campaign_id} runs from {plan.period.from_on} until {plan.period.until_on}.")
    _tell_ladder(plan)
    say("Next: regulars plan build, then regulars campaign show " + plan.campaign_id)


def _plan_of(asked: Mapping[str, Any]) -> CampaignPlan:
    from regulars.contracts import CampaignAim, CampaignId, CampaignPlan, CampaignTiming, default_modules
    from regulars.kernel import CategoryId, NeedId, Period, VendorId

    depths = tuple(_whole(text, "--depths") for text in asked["depths"].split(","))
    aim = CampaignAim(asked["aim"])
    lead, alternative = default_modules(aim, len(depths))
    lead, alternative = _asked_modules(lead, asked), _asked_modules(alternative, {**asked, "brands": None})
    return CampaignPlan(
        campaign_id=CampaignId(asked["campaign_id"]),
        name=asked["name"] or asked["campaign_id"],
        aim=aim,
        category_id=CategoryId(asked["category_id"]),
        need_id=NeedId(asked["need_id"]) if asked["need_id"] else None,
        period=Period(asked["from_on"], asked["until_on"]),
        depths_percent=depths,
        lead=lead,
        alternative=alternative,
        alternative_percent=asked["alternative_percent"],
        control_percent=asked["control_percent"],
        timing=CampaignTiming(asked["timing"]),
        budget_cents=_cents(asked["budget"]),
        vendor_id=VendorId(asked["vendor_id"]),
        from_vendor_id=VendorId(asked["from_vendor_id"]) if asked["from_vendor_id"] else None,
        funding_percent=100 if asked["paid_by_vendor"] else 0,
        lapsed_days=asked["lapsed_days"],
        converted_days=asked["converted_days"],
    )


def _cents(budget: float) -> int:
    if not 0 <= budget <= BUDGET_MAX:
        raise ConfigError(f"--budget is {budget}; expected dollars, from 0 to {BUDGET_MAX:,}")
    return round(100 * budget)


def _asked_modules(modules: Modules, asked: Mapping[str, Any]) -> Modules:
    """Modules with what was asked for in place of what is usual."""
    from regulars.contracts import BrandModule, Modules, UsageModule

    first, shift = dict(modules.first_rung), dict(modules.shift)
    if asked["first_rungs"]:
        first |= _pairs(asked["first_rungs"], UsageModule, "--first-rungs")
    if asked["brands"]:
        shift = _pairs(asked["brands"], BrandModule, "--brands")
    return Modules(first, shift)


def _pairs(text: str, names: Any, option: str) -> dict[Any, int]:
    found = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            found[names(name.strip())] = _whole(number, option)
        except ValueError:
            known = ", ".join(names)
            raise ConfigError(f"{option} names {name.strip()!r}; expected some of {known}") from None
    return found


def _whole(text: str, option: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ConfigError(f"{option} holds {text!r}; expected a whole number") from None


def _tell_ladder(plan: CampaignPlan) -> None:
    from regulars.contracts import CampaignArm, UsageModule

    arms = [CampaignArm.LEAD, *([CampaignArm.ALTERNATIVE] if plan.alternative_percent else [])]
    rows = []
    for arm in arms:
        modules = plan.modules(arm)
        for brand in modules.shift:
            rungs = [modules.rung(brand, usage, 0) for usage in UsageModule]
            rows.append(
                (
                    arm.value,
                    brand.value,
                    *(
                        f"{plan.depths_percent[min(r, len(plan.depths_percent)) - 1]} %" if r else "-"
                        for r in rungs
                    ),
                )
            )
    say_table(("arm", "first offer to", *(usage.value for usage in UsageModule)), rows)


@campaign.command("list")
@in_workspace
@json_option
def campaign_list(workspace: Workspace, *, as_json: bool) -> None:
    """All campaigns."""
    from regulars.bootstrap import list_campaigns

    records = list_campaigns(workspace)
    if as_json:
        say_json([{**one.plan.as_plain(), "state": one.state} for one in records])
        return
    say_table(
        ("campaign", "aim", "category", "from", "until", "budget", "state"),
        [
            (
                one.plan.campaign_id,
                one.plan.aim.value,
                one.plan.category_id,
                one.plan.period.from_on,
                one.plan.period.until_on,
                dollars(one.plan.budget_cents),
                one.state.value,
            )
            for one in records
        ],
    )


@campaign.command("show")
@click.argument("campaign_id", metavar="ID")
@as_of_option
@in_workspace
@json_option
def campaign_show(
    workspace: Workspace, *, campaign_id: str, as_of_on: datetime.date | None, as_json: bool
) -> None:
    """One campaign: ladder, money, what the newest plan gives in each cell, and what it brought against control.

    It only reads: what households bought before the newest profiles of --as-of (by default, of any day) counts. Profit,
    not use of the offers, decides which arm was better.
    """
    from regulars.bootstrap import show_campaign

    read = show_campaign(workspace, campaign_id, as_of_on)
    if as_json:
        say_json({**_plain(read.shown), "as_of_on": read.on, "judged_on": read.judged_on})
        return
    tell_read(workspace, read)
    _tell_campaign(read.shown)


@campaign.command("stop")
@click.argument("campaign_id", metavar="ID")
@by_option
@in_workspace
@json_option
def campaign_stop(workspace: Workspace, *, campaign_id: str, actor: str, as_json: bool) -> None:
    """Stop a campaign for good: no new plan gives its offers; those given hold. Again changes nothing."""
    from regulars.bootstrap import stop_campaign

    with workspace.writing("campaign stop"):
        record = stop_campaign(workspace, campaign_id, actor=actor)
    if as_json:
        say_json({"campaign_id": campaign_id, "state": record.state, "stopped_at": record.stopped_at})
        return
    say(f"Campaign {campaign_id} is stopped; what it gave holds.")


def _plain(shown: CampaignShown) -> dict[str, Any]:
    record = shown.record
    return {
        "campaign": {**record.plan.as_plain(), "state": record.state, "created_by": record.created_by},
        "spent_cents": shown.spent_cents,
        "plan_id": shown.plan_id,
        "cells": shown.cells,
        "result": None if shown.result is None else _result_plain(shown.result),
    }


def _result_plain(result: CampaignResult) -> dict[str, Any]:
    import math

    def row(one: CellResult) -> dict[str, Any]:
        known = one.is_told and math.isfinite(one.error_cents)
        return {
            "arm": one.arm,
            "brand_module": one.brand_module,
            "usage_module": one.usage_module,
            "households": one.households,
            "control_households": one.control_households,
            "profit_cents": one.profit_cents,
            "control_cents": one.control_cents,
            "gain_cents": one.gain_cents if known else None,
            "interval_cents": list(one.interval_cents) if known else None,
        }

    return {
        "as_of_on": result.as_of_on,
        "redemptions": result.redemptions,
        "cells": [row(one) for one in result.cells],
        "arms": [row(one) for one in result.arms],
        "better": result.better,
    }


def _tell_campaign(shown: CampaignShown) -> None:
    plan = shown.record.plan
    say(f"{plan.name} ({plan.campaign_id}), {shown.record.state.value}: {plan.aim.value} in {plan.category_id}")
    say(
        f"From {plan.period.from_on} until {plan.period.until_on}; {dollars(shown.spent_cents)} of "
        f"{dollars(plan.budget_cents)} used or expected to be."
    )
    _tell_ladder(plan)
    if shown.plan_id is not None:
        say()
        say(f"Plan {shown.plan_id}:")
        say_table(
            (
                "arm",
                "brand",
                "usage",
                "members",
                "given",
                "off",
                "face",
                "expected cost",
                "expected value",
                "else",
            ),
            [
                (
                    one.arm,
                    one.brand_module,
                    one.usage_module,
                    one.members,
                    one.given,
                    ", ".join(f"{plan.depths_percent[rung - 1]} %" for rung in one.rungs) or "-",
                    dollars(one.face_cents),
                    dollars(round(one.expected_cents)),
                    dollars(round(one.value_micros / 10_000)),
                    ", ".join(f"{count} {name}" for name, count in one.statuses.items() if name != "wanted"),
                )
                for one in shown.cells
            ],
        )
    if shown.result is not None:
        _tell_result(shown.result)


def _tell_result(result: CampaignResult) -> None:
    say()
    say(f"Profit of a household in the category since it was enrolled, until {result.as_of_on}, against control:")
    say_table(
        ("arm", "cell", "households", "control", "profit", "in control", "gain", "95 % interval"),
        [_result_row(one) for one in (*result.cells, *result.arms)],
    )
    say(f"Offers used: {result.redemptions:,}.")
    if len(result.arms) > 1:
        how = f"the {result.better} arm brought more" if result.better else "no difference beyond chance yet"
        say(f"Lead against alternative: {how}.")


def _result_row(one: CellResult) -> tuple[Any, ...]:
    import math

    cell = f"{one.brand_module} {one.usage_module}".strip() or "all"
    known = one.is_told and math.isfinite(one.error_cents)
    low, high = one.interval_cents if known else (0.0, 0.0)
    interval = f"{dollars(round(low))} to {dollars(round(high))}" if known else "too few"
    amounts = (dollars(round(one.profit_cents)), dollars(round(one.control_cents)))
    gain = dollars(round(one.gain_cents)) if known else "-"
    return (one.arm, cell, one.households, one.control_households, *amounts, gain, interval)
