"""The commands `forecast explain` and `forecast coupons`."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import click

from ._common import DAY, as_of_option, in_workspace, json_option, require_day, say, say_json, say_table
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.flows import ExplainedForecast, ExplainedNeed


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
    """Why HOUSEHOLD's list says what it says: its needs, the likeliest first, and what each chance rests on."""
    from regulars.bootstrap import explain_forecast

    explained = explain_forecast(workspace, household, as_of_on, most=most)
    if as_json:
        say_json(explained)
        return
    for line in told_head(explained):
        say(line)
    heads = ("", "need", "product", "units", "chance", "expected", "80 % between", "days in 182", "why")
    say_table(heads, [_told(need, explained.as_of_on) for need in explained.needs])


def told_head(explained: ExplainedForecast) -> tuple[str, str]:
    """Who it is, and by what, until which day it learnt and for which days the chances are."""
    day = explained.as_of_on
    last_on = day + datetime.timedelta(days=explained.days - 1)
    shops = (
        "" if explained.shops is None else f", {explained.shops:.0%} likely to shop within {explained.days} days"
    )
    learnt = f", learnt from {explained.pairs:,} pairs of household and item before {explained.trained_until_on}"
    return (
        f"Household {explained.household_id} as of {day}: {explained.visits_182} visits in 182 days, "
        f"last on {explained.last_visit_on}{shops}.",
        f"Chances of buying within {explained.days} days, {day} to {last_on}, by "
        f"{explained.method or 'a method not known any more'}{learnt if explained.trained_until_on else ''}:",
    )


def _told(need: ExplainedNeed, as_of_on: datetime.date) -> tuple[object, ...]:
    far = as_of_on + datetime.timedelta(days=182)
    low, high = need.expected_on_low_80, need.expected_on_high_80
    between = None if low is None else f"{low} and {'later' if high is None or high >= far else high}"
    expected = "later" if need.expected_on is not None and need.expected_on >= far else need.expected_on
    why = f"{need.sentence} {need.habit.capitalize()}." if need.habit else need.sentence
    chance = (need.quantity, need.probability, expected, between)
    return need.rank, need.name, need.product, *chance, need.days_bought, why


@click.command("coupons", short_help="How households answered coupons of campaigns that have closed.")
@as_of_option
@in_workspace
@json_option
def forecast_coupons(workspace: Workspace, *, as_of_on: datetime.date | None, as_json: bool) -> None:
    """How households answered the coupons of campaigns that have closed, as far as was loaded."""
    from regulars.bootstrap import learn_coupons

    with workspace.writing("forecast coupons"):
        day = require_day(workspace, as_of_on)
        report = learn_coupons(workspace, day, TerminalProgress())
    if as_json:
        say_json(report)
        return
    say(f"Coupons of {report.campaigns} campaigns that closed before {day}:")
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


def _share(rate: float | None) -> str | None:
    return None if rate is None else f"{rate:.2%}"
