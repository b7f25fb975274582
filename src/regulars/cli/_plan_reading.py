"""Commands that read plans closely: `plan explain`, `plan diff`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from regulars.kernel import MICROS_PER_CENT, dollars

from ._common import in_workspace, json_option, say, say_json, say_table

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.flows import BudgetCurve, ExplainedList, PlanDiff

MISSES_TOLD = 15
"""Near misses told to a person; `--json` and `--all` tell all."""

WORDS = {
    "no_closed_tier": "goods the store keeps out of marketing",
    "no_never_printed": "goods that are never promoted, or only on request",
    "no_not_bought_before": "sensitive goods it has not bought before",
    "no_opted_out": "the household does not want it",
    "no_outside_dates": "the deal does not hold on every day of the cycle",
    "no_other_store": "the deal does not hold in its store",
    "no_stock": "likely out of stock in its store",
    "no_price": "no price is known",
    "no_above_price": "no level fits the price in its store or what it usually buys",
    "no_dependence": "only a deeper level would do, and it lives on deals: the store's cap closes them to it",
    "no_unlikely": "it buys neither the goods nor their need",
    "no_loss": "expected to cost more than it brings",
    "no_alike": "a better offer of the same deal, need or product was weighed",
    "no_category_full": "enough of this category",
    "no_withheld": "withheld by chance, to measure",
    "no_budget": "money or lists are worth more elsewhere",
    "no_face_full": "above what the list may be worth",
    "no_slot": "no place left",
    "due_by_habit": "due by habit",
    "due_staple": "due staple",
    "bought_product": "buys this product",
    "bought_need": "buys the need",
    "own_brand_trial": "own brand to try",
    "brand_trial": "brand to try",
    "discovery": "discovery",
    "untargeted": "untargeted",
}


@click.command("explain")
@click.argument("household")
@click.option("--plan", "plan_id", metavar="PLAN_ID", help="The plan; by default that of the newest cycle.")
@click.option("--all", "all_misses", is_flag=True, help="Tell every near miss, not only the nearest.")
@in_workspace
@json_option
def plan_explain(
    workspace: Workspace, *, household: str, plan_id: str | None, all_misses: bool, as_json: bool
) -> None:
    """Why HOUSEHOLD's list is as it is: each special, its level, what it displaced; each near miss and why not."""
    from regulars.bootstrap import explain_list

    explained = explain_list(workspace, household, plan_id)
    if as_json:
        say_json(explained)
        return
    _tell_list(explained, len(explained.misses) if all_misses else MISSES_TOLD)


def _tell_list(explained: ExplainedList, misses: int) -> None:
    say(
        f"Household {explained.household_id} in plan {explained.plan_id}: {explained.arm}, {explained.tier}, "
        f"store {explained.store_id}; {len(explained.grants)} specials, face {dollars(explained.face_cents)}"
    )
    for rule, wanted, had in explained.waivers:
        if rule == "slots_min":
            say(f"Fewer specials than wanted: {had} of {wanted}")
        else:
            say(
                f"Less value than wanted: {dollars(had // MICROS_PER_CENT)} of {dollars(wanted // MICROS_PER_CENT)}"
            )
    say()
    rows = [
        (
            grant.slot,
            f"{grant.name} ({grant.offer_id})",
            f"{grant.level} of {', '.join(map(str, grant.levels))}",
            dollars(grant.face_cents),
            WORDS[grant.reason_code],
            grant.cell or "none",
            _cents(grant.value_micros),
            _cents(grant.net_micros),
            grant.why_level,
            f"{grant.displaced_name} ({grant.displaced_offer_id}), {_cents(grant.displaced_net_micros)}"
            if grant.displaced_offer_id
            else "nothing",
        )
        for grant in explained.grants
    ]
    heads = (
        "place",
        "special",
        "level",
        "face",
        "why",
        "cell",
        "value",
        "net of limits",
        "why this level",
        "displaced",
    )
    say_table(heads, rows)
    say(f"Values rest on assumptions ({explained.label}); net of limits: less what the money and lists it uses "
        "are worth elsewhere.")  # fmt: skip
    say()
    told = explained.misses[:misses]
    say(f"Not given: {len(explained.misses)}" + (f", the nearest {len(told)}" if told else ""))
    say_table(
        ("special", "code", "why not", "net of limits"),
        [
            (
                f"{miss.name} ({miss.offer_id})",
                miss.reason_code,
                miss.detail or WORDS[miss.reason_code],
                "-" if miss.net_micros is None else _cents(miss.net_micros),
            )
            for miss in told
        ],
    )


@click.command("diff")
@click.argument("before")
@click.argument("after")
@in_workspace
@json_option
def plan_diff(workspace: Workspace, *, before: str, after: str, as_json: bool) -> None:
    """What changed from plan BEFORE to plan AFTER: lists, specials, money by vendor and offer, limits."""
    from regulars.bootstrap import diff_plans

    diff = diff_plans(workspace, before, after)
    if as_json:
        say_json(diff)
        return
    _tell_diff(diff)


def _tell_diff(diff: PlanDiff) -> None:
    from regulars.flows import limit_amount

    say(f"From {diff.before.plan_id} to {diff.after.plan_id}")
    say_table(
        ("lists and specials", "number"),
        [
            ("lists gone", diff.households_gone),
            ("lists new", diff.households_new),
            ("lists the same", diff.lists_same),
            ("specials the same", diff.grants_same),
            ("specials deeper", diff.grants_deeper),
            ("specials less deep", diff.grants_shallower),
            ("specials gone", diff.grants_gone),
            ("specials new", diff.grants_new),
        ],
    )
    heads = ("specials", "then", "expected face", "then", "paid by vendors", "then")
    for name, changes in (("vendor", diff.vendors), ("offer", diff.offers)):
        say()
        say_table(
            (name, *heads),
            [
                (
                    change.name,
                    change.specials_before,
                    change.specials_after,
                    dollars(change.expected_face_before_cents),
                    dollars(change.expected_face_after_cents),
                    dollars(change.expected_vendor_before_cents),
                    dollars(change.expected_vendor_after_cents),
                )
                for change in changes[:MISSES_TOLD]
            ],
        )
    say()
    say_table(
        ("limit", "unit", "before", "after"),
        [
            (
                f"{one.scope} {one.limit_id}",
                one.unit,
                limit_amount(one.before, one.unit),
                limit_amount(one.after, one.unit),
            )
            for one in diff.limits
        ],
    )


def tell_curves(curves: Sequence[BudgetCurve]) -> None:
    """What more money in each budget would add to what the plan is expected to bring."""
    if not curves:
        say("No budget binds: one more dollar in any of them adds nothing.")
        return
    rows = [
        (
            f"{curve.scope} {curve.limit_id}",
            dollars(curve.budget_cents),
            _cents(curve.next_dollar_micros),
            *(_cents(added) for _, added in curve.points),
            dollars(curve.enough_cents),
            _cents(curve.most_micros),
        )
        for curve in curves
    ]
    points = [f"+{dollars(extra)[:-3]}" for extra, _ in curves[0].points]
    say_table(("budget", "has", "next dollar adds", *points, "nothing beyond", "all of that adds"), rows)


def _cents(micros: int) -> str:
    """Micros as dollars to a tenth of a cent."""
    return f"{'-' if micros < 0 else ''}${abs(micros) / 1_000_000:,.3f}"
