"""Commands about profiles and forecasts: `profiles build`, `forecast run`, `forecast evaluate`."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from regulars.kernel import dollars

from ._common import DAY, as_of_option, in_workspace, json_option, require_day, say, say_json, say_table, tell_day
from ._progress import TerminalProgress

AGAINST = ("boosted-trees", "decayed-count", "gamma-poisson", "personal-frequency")
"""Methods that can be set beside the store's own."""

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.flows import ForecastComparison, KeptModel, LevelComparison
    from regulars.predict import ForecastQuality, PairedDifference


@click.group()
def profiles() -> None:
    """What the store knows of each household."""


@profiles.command("build")
@as_of_option
@in_workspace
@json_option
def profiles_build(workspace: Workspace, *, as_of_on: datetime.date | None, as_json: bool) -> None:
    """Household value, product and need statistics, cells, as of a day.

    A household that bought anything before the day is known; one that spends enough gets a list.
    """
    from regulars.bootstrap import build_profiles

    with workspace.working("profiles build"):
        day = require_day(workspace, as_of_on)
        report = build_profiles(workspace, day, TerminalProgress())
    if as_json:
        say_json(report)
        return
    how = "built" if report.built else "were there already"
    say(
        f"Profiles as of {day} {how}: {report.households:,} households known, {report.households_eligible:,} get a "
        "list."
    )


@profiles.command("tiers")
@as_of_option
@in_workspace
@json_option
def profiles_tiers(workspace: Workspace, *, as_of_on: datetime.date | None, as_json: bool) -> None:
    """Households by tier: what their lists are worth, estimated share of wallet, share on deal and its change."""
    from regulars.bootstrap import tier_habits

    with workspace.working("profiles tiers"):
        day = require_day(workspace, as_of_on)
        rows = tier_habits(workspace, day, TerminalProgress())
    if as_json:
        say_json(rows)
        return
    heads = ("tier", "a week from", "list worth", "households", "share of wallet", "on deal", "half-year before")
    say_table(
        (*heads, "cherry-pickers", "watched", "capped"),
        [
            (
                one.tier,
                dollars(one.weekly_spend_from_cents),
                f"{dollars(one.face_min_cents)} to {dollars(one.face_max_cents)}",
                one.households,
                f"{one.wallet_percent:.0f} %",
                f"{one.deal_percent:.0f} %",
                f"{one.deal_before_percent:.0f} %",
                one.cherry_pickers,
                one.watched,
                one.capped,
            )
            for one in rows
        ],
    )
    say("Share of wallet is an estimate: how much of the daily goods the middle household of the tier buys here.")


@click.group()
def forecast() -> None:
    """What each household needs next, and when."""


def _parquet_or_csv(_context: click.Context, _option: click.Parameter, out: Path | None) -> Path | None:
    if out is not None and out.suffix not in {".parquet", ".csv"}:
        raise click.BadParameter(f"{out} is neither a .parquet nor a .csv file")
    return out


def _html(_context: click.Context, _option: click.Parameter, html: Path | None) -> Path | None:
    if html is not None and html.suffix not in {".html", ".htm"}:
        raise click.BadParameter(f"{html} is no .html file")
    return html


@forecast.command("run", short_help="Chance, date and quantity of what each household buys next.")
@as_of_option
@click.option("--days", type=click.IntRange(1, 182), default=14, show_default=True, help="Length of the window.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_parquet_or_csv,
    help="Also write rows to this file, .parquet or .csv.",
)
@click.option("--level", type=click.Choice(["need", "product"]), help="Write rows of this level alone.")
@click.option("--most", type=click.IntRange(1), help="Write so many rows of a household and level, the likeliest.")
@click.option(
    "--min-chance",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Write only rows at least so likely, such as 0.2.",
)
@in_workspace
@json_option
def forecast_run(
    workspace: Workspace,
    *,
    as_of_on: datetime.date | None,
    days: int,
    out: Path | None,
    level: str | None,
    most: int | None,
    min_chance: float,
    as_json: bool,
) -> None:
    """Chance, date and quantity of every item each household bought in the 182 days before.

    Without --as-of, the day is the first of the newest cycle that the till lines reach into. Only history before the
    day is used. Whoever bought anything in those 182 days is active, with a list or without.
    A file has a household's needs, then its products, the likeliest first. A CSV file has chances of four digits and no
    day where "then or later" is all that can be said; a Parquet file has both exactly.
    """
    from regulars.bootstrap import run_forecast
    from regulars.flows import ForecastWanted

    wanted = ForecastWanted(level or "", most, min_chance)
    if out is None and wanted != ForecastWanted():
        raise click.UsageError(
            "--level, --most and --min-chance say which rows --out writes; expected --out FILE too"
        )
    with workspace.working("forecast run"):
        day = require_day(workspace, as_of_on)
        report = run_forecast(workspace, day, TerminalProgress(), days=days, out=out, wanted=wanted)
    if as_json:
        say_json(report)
        return
    if report.warning:
        click.echo(f"warning: {report.warning}", err=True)
    how = "made" if report.built else "was there already"
    say(
        f"Forecast as of {day} for {days} days {how} ({report.method}, learnt from {report.pairs:,} pairs of household "
        f"and item before {report.trained_until_on}): {report.rows:,} rows for {report.households:,} active households."
    )
    if out is not None:
        say(f"{report.rows_written or 0:,} rows written to {out}.")
        if not report.rows_written:
            click.echo("warning: no row of the forecast is of that level and at least so likely", err=True)


@forecast.command("models", short_help="Every model kept: what it learnt from, its losses, its use.")
@in_workspace
@json_option
def forecast_models(workspace: Workspace, *, as_json: bool) -> None:
    """Every model kept: what it learnt from, its log-loss, the forecasts made with it.

    Log-loss, the lower the better, on the newest window it learnt from: of the model itself, of the model of a cycle
    before, and of a decayed count. A method that follows that window whole has only the one before judged on it. A
    model that was learnt for `forecast evaluate`, beside the store's own method, is only compared.
    """
    from regulars.bootstrap import kept_models

    models = kept_models(workspace)
    if as_json:
        say_json(models)
        return
    if not models:
        say("No model is kept yet: `regulars forecast run` learns one.")
        return
    heads = ("model", "learnt until", "from", "rows", "new", "before", "count", "used", "KB", "files")
    say_table(heads, [_model_row(one) for one in models])
    say()
    say(
        "new, before, count: log-loss, the lower the better, on the newest fortnight it learnt from: of the model, of "
        'the one of a cycle before, of a decayed count; "-" where it was not judged. Compare within a row: trees are '
        "judged on households kept apart, the others on all."
    )
    say(
        "used: days whose forecast was made with it. Only compared: learnt for `forecast evaluate`, however well it "
        "did; `method` in regulars.toml says which is yours."
    )


def _model_row(one: KeptModel) -> tuple[object, ...]:
    losses = (f"{one.losses[name]:.4f}" if name in one.losses else None for name in ("new", "before", "counts"))
    if one.used_on:
        used = ", ".join(str(day) for day in one.used_on)
    elif one.compared:
        used = "only compared"
    elif one.instead:
        used = f"{'no, worse' if one.good is False else 'no'}: {one.instead} instead"
    else:
        used = None
    files = "whole" if one.whole else "damaged"
    size = -(-one.size_bytes // 1000)
    return one.model, one.trained_until_on, one.trained_from_on, one.rows, *losses, used, size, files


@forecast.command("evaluate", short_help="How much of what was said came true, beside other methods.")
@click.option(
    "--as-of",
    "days_on",
    type=DAY,
    multiple=True,
    metavar="DATE",
    help="Day a forecast is judged as of; may be given several times. Its 14 days must lie in the past. Without it: "
    "the last cycle that is over.",
)
@click.option(
    "--against",
    type=click.Choice(AGAINST),
    multiple=True,
    metavar="METHOD",
    default=("decayed-count", "personal-frequency"),
    show_default=True,
    help="Method to set beside the store's own, which is left out: boosted-trees, decayed-count, gamma-poisson or "
    "personal-frequency; may be given several times.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    callback=_html,
    help="Also write a page for a shopkeeper's eyes, a .html file.",
)
@in_workspace
@json_option
def forecast_evaluate(
    workspace: Workspace,
    *,
    days_on: tuple[datetime.date, ...],
    against: tuple[str, ...],
    html: Path | None,
    as_json: bool,
) -> None:
    """Of what was said, how much came true, on windows that have closed, beside other methods.

    Each fortnight is judged by itself: what was said held where it and what came true lie within three points, or a
    tenth of what was said, or no further apart than chance explains; of fewer than 100 it is not told. A forecast that
    is kept is judged by the method it was made with, whatever is chosen since. Another method is learnt
    anew for each day it was not judged on before: for 2,500 households about half a minute of computing by count, one
    to three minutes by trees.
    """
    from regulars.bootstrap import compare_forecasts

    with workspace.working("forecast evaluate"):
        days = list(days_on)
        if not days:
            days = [workspace.last_over_day()]
            tell_day(days[0], "the first day of the last cycle that is over")
        comparison = compare_forecasts(workspace, days, against, TerminalProgress(), html=html)
    if as_json:
        say_json(comparison)
        return
    for warning in dict.fromkeys(quality.warning for quality in comparison.qualities if quality.warning):
        click.echo(f"warning: {warning}", err=True)
    say_comparison(comparison)
    if html is not None:
        say(f"Written to {html}.")


def say_comparison(comparison: ForecastComparison) -> None:
    """What came true in words, then day by day, as means, and part by part."""
    from regulars.flows import ideas_text, level_outcomes, verdict_text

    for level in ("need", "product"):
        outcomes = level_outcomes(comparison, level)
        say(verdict_text(f"{level.capitalize()}s, the first ten of a household", outcomes))
    if ideas := ideas_text(comparison):
        say(ideas)
    say()
    heads = (
        "as of",
        "method",
        "level",
        "households",
        "came in",
        "recall@10",
        "recall@20",
        "NDCG@10",
        "log-loss",
        "calibration error",
        "AUC",
    )
    own = len(comparison.days_on)
    say_table(
        heads,
        [
            row
            for place, report in enumerate(comparison.qualities)
            for row in quality_rows(report, own=place < own)
        ],
    )
    say(
        "Households get a list; those that came in bought anything in the fortnight. Recall and NDCG are of these, "
        "chances of all."
    )
    say()
    say(
        "Means over the days, and how far the store's own is ahead, household by household, with one standard error:"
    )
    mean_heads = (
        "method",
        "level",
        "recall@20",
        "NDCG@10",
        "log-loss",
        "calibration error",
        "ahead, recall@20",
        "ahead, NDCG@10",
    )
    say_table(mean_heads, [_mean_row(row) for row in comparison.levels])
    say()
    repeats = (
        f"{comparison.repeat_share:.0%} of the needs that were bought had been bought in the half-year before"
    )
    say(f"Your forecast of needs, part by part; {repeats}:")
    _say_parts(comparison)


def _say_parts(comparison: ForecastComparison) -> None:
    from regulars.flows import each_text, held_text, part_outcomes, part_title

    days = comparison.days_on if len(comparison.days_on) > 1 else ()
    rows = []
    for one in comparison.parts:
        outcomes = part_outcomes(comparison, one.grouping, one.part)
        each = [each_text(outcomes, day) for day in days]
        shares = f"{one.said:.1%}", f"{one.happened:.1%}"
        rows.append((one.grouping, part_title(one), one.items, *shares, *each, held_text(outcomes)))
    say_table(("by", "part", "needs", "said", "came true", *map(str, days), "held"), rows)
    if days:
        say("Under a day: said / came true in that fortnight, in per cent.")


def _mean_row(row: LevelComparison) -> tuple[object, ...]:
    names = ("recall_at_20", "ndcg_at_10", "log_loss", "calibration_error")
    ahead = {one.measure: one for one in row.differences}
    return (
        method_text(row.title, own=row.own),
        row.level,
        *(row.means[name] for name in names),
        *(_signed(ahead.get(name)) for name in ("recall_at_20", "ndcg_at_10")),
    )


def _signed(one: PairedDifference | None) -> str:
    if one is None:
        return ""
    error = "" if one.standard_error is None else f" ± {one.standard_error:.4f}"
    return f"{one.difference:+.4f}{error}"


def method_text(method: str, *, own: bool) -> str:
    """A method's name, the store's own marked as such."""
    return f"{method} (yours)" if own else method


def quality_rows(report: ForecastQuality, *, own: bool) -> list[tuple[object, ...]]:
    """One row a level, as `forecast evaluate` prints it."""
    return [
        (
            report.as_of_on,
            method_text(report.title, own=own),
            level.level,
            level.households,
            level.households_shopping,
            level.recall_at_10,
            level.recall_at_20,
            level.ndcg_at_10,
            level.log_loss,
            level.calibration_error,
            level.auc,
        )
        for level in report.levels
    ]
