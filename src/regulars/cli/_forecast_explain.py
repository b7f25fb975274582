"""The commands `forecast explain` and `forecast coupons`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from ._common import DAY, in_workspace, json_option, say, say_json, say_table, tell_day
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.flows import CouponReport, ExplainedForecast, ExplainedNeed

_STOPPED = "seems to have stopped"
_HIGH = 0.3
"""From here on a count says too much of habits that have stopped; measured in docs/algorithms/forecast.md."""

_UNLISTED = "It spends too little for a list; the chances are learnt from households that get one."
_OFTEN_ALONE = (
    "a count goes by how often needs were bought over many months, not by whether the household still comes"
)


@click.command("explain", short_help="Why a household's list says what it says, need by need.")
@click.argument("household")
@click.option(
    "--as-of", "as_of_on", type=DAY, metavar="DATE", help="Day the forecast was made as of; by default the newest."
)
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="How many needs at most.")
@in_workspace
@json_option
def forecast_explain(
    workspace: Workspace, *, household: str, as_of_on: datetime.date | None, most: int, as_json: bool
) -> None:
    """Why HOUSEHOLD's list says what it says: its needs, the likeliest first, and what each chance rests on.

    "days in 182" and "ever" are the days a need was bought on in the half-year and before the day at all: a count goes
    by both, the late ones weighing more. "about every" is the mean gap between the first and the last purchase of the
    half-year. "80 % within" is the days the next purchase falls between four times in five. What follows the table
    says what to beware of in it.
    """
    from regulars.bootstrap import explain_forecast

    explained = explain_forecast(workspace, household, as_of_on, most=most)
    if as_of_on is None:
        tell_day(explained.as_of_on, "the day of the newest forecast")
    if as_json:
        say_json(explained)
        return
    for line in told_head(explained):
        say(line)
    heads = ("", "need", "product", "units", "chance", "expected", "80 % within", "days in 182", "ever", "why")
    say_table(heads, [told_need(need, explained.as_of_on, cautions(need, explained)) for need in explained.needs])
    say()
    for line in told_notes(explained):
        say(line)


def told_head(explained: ExplainedForecast) -> tuple[str, ...]:
    """Who it is, whether it gets a list, and for which days the chances are."""
    day = explained.as_of_on
    last_on = day + datetime.timedelta(days=explained.days - 1)
    shops = (
        "" if explained.shops is None else f", {explained.shops:.0%} likely to shop within {explained.days} days"
    )
    visits = "1 day" if explained.visits_182 == 1 else f"{explained.visits_182} days"
    who = (
        f"Household {explained.household_id} as of {day}: shopped on {visits} in 182, last on "
        f"{explained.last_visit_on}{shops}."
    )
    without = () if explained.eligible else (_UNLISTED,)
    return who, *without, f"Chances of buying within {explained.days} days, {day} to {last_on}:"


def cautions(need: ExplainedNeed, explained: ExplainedForecast) -> str:
    """Why a need's chance is too high, where it is, as its row says it; what it means stands below the table."""
    found = []
    if explained.counts and need.habit == _STOPPED and need.probability >= _HIGH:
        found.append(need.habit)
    if explained.shops is not None and need.probability > explained.shops:
        found.append("likelier than to shop at all")
    return f"Chance too high: {', '.join(found)}." if found else ""


def told_need(need: ExplainedNeed, as_of_on: datetime.date, caution: str = "") -> tuple[object, ...]:
    """A need's row. A day 182 days ahead stands for "then or later"."""
    low = need.expected_on_low_80
    within = (
        None
        if low is None
        else f"from {low} on"
        if _open(need, as_of_on)
        else f"{low} to {need.expected_on_high_80}"
    )
    expected = "later" if _far(need.expected_on, as_of_on) else need.expected_on
    unprinted = f"Not printed: {need.unprinted}." if need.unprinted else ""
    why = " ".join(filter(None, (need.sentence, caution, unprinted)))
    chance = (need.quantity, need.probability, expected, within)
    return need.rank, need.name, need.product, *chance, need.days_bought, need.days_ever, why


def told_notes(explained: ExplainedForecast) -> list[str]:
    """What to beware of in the rows shown, and by what the chances were made."""
    needs, day = explained.needs, explained.as_of_on
    notes = []
    if explained.visits_182 == 1:
        notes.append(
            "It shopped on one day only: needs bought alike have the same chance, and stand in no order that says "
            "anything."
        )
    if any(need.expected_on_low_80 is not None and _open(need, day) for need in needs):
        notes.append(
            '"from ... on": the purchase lies before that day one time in five; when it is latest cannot be said. '
            '"later" is half a year and more.'
        )
    if explained.counts and any(need.habit == _STOPPED and need.probability >= _HIGH for need in needs):
        notes.append(
            '"seems to have stopped": the last purchase is more than three usual gaps ago, and a chance of '
            f"{_HIGH} and more is then too high: {explained.method} goes by how often over many months. In the "
            "demonstration some six in ten of what is said of such needs comes true."
        )
    if explained.shops is not None and any(need.probability > explained.shops for need in needs):
        notes.append(
            f"No need can be likelier than that the household shops at all ({explained.shops:.3f}); where a chance is, "
            f"it is too high, for {'the two are learnt apart' if not explained.counts else _OFTEN_ALONE}."
        )
    if explained.shops is not None and not explained.shops_learnt:
        notes.append(
            "How likely it is to shop is the share of past fortnights in which it did: there is too little history to "
            "learn it."
        )
    notes += [
        f"Plan {plan_id} was made from an earlier forecast, by {made_by}: its lists go by that, not by these chances."
        for plan_id, made_by in explained.plans_before
    ]
    method = explained.method or "a method not known any more"
    return [*notes, f"Chances by {method}{_learnt(explained)}."]


def _learnt(explained: ExplainedForecast) -> str:
    """From what a forecast's chances were learnt, as far as it is known."""
    day = explained.trained_until_on
    if day is None:
        return ""
    if not explained.pairs:
        return f", assumed: before {day} there was nothing to learn from"
    return f", learnt from {explained.pairs:,} pairs of household and item before {day}"


def _open(need: ExplainedNeed, as_of_on: datetime.date) -> bool:
    """Whether an interval has no end that means a day."""
    return need.expected_on_high_80 is None or _far(need.expected_on_high_80, as_of_on)


def _far(on: datetime.date | None, as_of_on: datetime.date) -> bool:
    return on is not None and on >= as_of_on + datetime.timedelta(days=182)


@click.command("coupons", short_help="How households answered coupons of campaigns that have closed.")
@click.option(
    "--as-of",
    "as_of_on",
    type=DAY,
    metavar="DATE",
    help="Day the work is done as of; only what was known before it is used. By default that of the newest forecast.",
)
@in_workspace
@json_option
def forecast_coupons(workspace: Workspace, *, as_of_on: datetime.date | None, as_json: bool) -> None:
    """How households answered the coupons of campaigns that have closed, as far as was loaded.

    Learning takes about 50 seconds of computing for 2,500 households, once a day that is asked for. Plans use the
    assumed rates, or, with `[offers] response = "learnt"`, the blended ones.
    """
    from regulars.bootstrap import learn_coupons

    with workspace.working("forecast coupons"):
        report = learn_coupons(workspace, as_of_on, TerminalProgress())
    if as_of_on is None:
        tell_day(report.as_of_on, "the day of the newest forecast, or of the newest cycle where there is none")
    if as_json:
        say_json(report)
        return
    for line in told_campaigns(report):
        say(line)
    if not report.campaigns:
        return
    stands = {"known": "buys what is covered", "need": "buys the need only", "new": "buys neither"}
    say_table(
        ("the household", "sent", "used", "raw rate", "assumed", "blended"),
        [
            (stands[name], rate.sent, rate.used, *map(_share, (report.raw[name], report.assumed[name], rate.rate)))
            for name, rate in report.rates.items()
        ],
    )
    say(
        f"The assumed rate is that of assumptions.toml. It counts like {report.prior_pairs:,} coupons sent, so that "
        "a few lucky uses move little: "
        f"blended = (used + {report.prior_pairs:,} x assumed) / (sent + {report.prior_pairs:,})."
    )
    if report.by_trees:
        say(
            "Method: boosted trees. Each household gets a chance of its own; the blended rates are there to compare."
        )
    else:
        say(
            "Method: rates. Too few were used to tell households apart: each is given the blended rate of how it "
            "stands to the coupon."
        )
    used = (
        "Plans use the blended rates."
        if workspace.learns_response
        else 'Plans go on with the assumed rates; with `[offers] response = "learnt"` they use the blended ones.'
    )
    say(f"{used} The chance of one household stands in no file.")


def told_campaigns(report: CouponReport) -> list[str]:
    """Which of the closed campaigns were learnt from, and why the others were not; a hint where none was."""
    day = report.as_of_on
    if not report.closed:
        return [
            f"No campaign that closed before {day} is loaded, so nothing was counted.",
            "hint: load campaigns, targets, coupons and redemptions with `regulars data load`, or name a later day "
            "with --as-of",
        ]
    if report.campaigns == report.closed:
        return [f"Coupons of {_counted(report.campaigns)} that closed before {day}:"]
    told = []
    if report.too_early:
        told.append(
            f"{', '.join(report.too_early)} began before anything was sold by the till lines (from "
            f"{report.lines_from_on} on)"
        )
    if others := report.closed - report.campaigns - len(report.too_early):
        told.append(f"of {others} no household that got coupons had bought anything in the 182 days before")
    why = f"{'; '.join(told)}: what households bought before is not known"
    if report.campaigns:
        learnt = f"{report.campaigns} of {_counted(report.closed)}"
        return [f"Left out: {why}.", f"Coupons of {learnt} that closed before {day}:"]
    return [
        f"Nothing could be counted of {_counted(report.closed)} that closed before {day}: {why}.",
        "hint: load older till lines, or name a later day with --as-of",
    ]


def _counted(campaigns: int) -> str:
    return "1 campaign" if campaigns == 1 else f"{campaigns} campaigns"


def _share(rate: float | None) -> str | None:
    return None if rate is None else f"{rate:.2%}"
