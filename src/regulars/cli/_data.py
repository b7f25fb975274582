"""Commands about data: `data load`, `data sniff`, `data status`, `data findings`, `data classes`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from regulars.kernel import dollars

from ._common import DAY, EXIT_REJECTED, in_workspace, json_option, say, say_json, say_table
from ._progress import TerminalProgress
from ._settling import say_settled

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.contracts import LoadReport
    from regulars.flows import PassedOver, SettledLogs, SniffReport

_KINDS = (
    "lines", "products", "households", "cards", "prices", "promotions", "deals", "campaigns", "targets", "coupons",
    "redemptions", "stock", "wishes",
)  # fmt: skip
_TIERS = (
    "never", "medicine", "painkiller", "formula", "alcohol", "tobacco", "lottery", "infant", "pet",
)  # fmt: skip


_PASSED_OVER_SHOWN = 20


@click.group()
def data() -> None:
    """Load source files and see what is here."""


@data.command("load")
@click.argument("files", nargs=-1, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(_KINDS), help="What the files hold; from the mapping if not given.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["csv", "parquet", "poslog", "fixed"]),
    help="From the mapping if not given.",
)
@click.option(
    "--map", "mapping", default="plain", show_default=True, metavar="NAME|FILE", help="How to read them."
)
@click.option(
    "--retry", is_flag=True, help="No files: try again what is in quarantine, once the mapping is mended."
)
@in_workspace
@json_option
def load(
    workspace: Workspace,
    *,
    files: tuple[Path, ...],
    kind: str | None,
    file_format: str | None,
    mapping: str,
    retry: bool,
    as_json: bool,
) -> int:
    """Land files in the warehouse: check every row, keep the good ones, put the rest in quarantine.

    A folder stands for the files in it that the mapping names; others are told. The same file twice changes nothing.
    Files before one that fails stay loaded and are told. With --json, one object per file, as soon as it is loaded.

    Till logs settle what the tills gave of the lists: see `till settle`.
    """
    from regulars.bootstrap import FindingsWanted, load_files, retry_findings, settle_loaded

    if retry == bool(files):
        raise click.UsageError("give files to load, or --retry and none")
    reports: list[LoadReport] = []
    left: list[PassedOver] = []
    settled: SettledLogs | None = None

    def tell(report: LoadReport) -> None:
        reports.append(report)
        if as_json:
            say_json(report)

    try:
        with workspace.telling("data load") as teller:
            progress = TerminalProgress()
            if retry:
                wanted = FindingsWanted(kind=kind)
                retry_findings(
                    workspace,
                    mapping=mapping,
                    progress=progress,
                    wanted=wanted,
                    each=tell,
                    passed_over=left.append,
                )
            else:
                load_files(
                    workspace,
                    files,
                    mapping=mapping,
                    kind=kind,
                    file_format=file_format,
                    progress=progress,
                    each=tell,
                    passed_over=left.append,
                )
            if any(report.kind == "lines" for report in reports):
                settled = settle_loaded(workspace, teller, progress)
    finally:
        if reports and not as_json:
            _say_reports(reports, workspace.settings.list.currency)
        _say_passed_over(left)
    if settled is not None and not as_json:
        say_settled(settled)
    return 0 if any(r.rows_kept or r.rows_repeated or r.transactions for r in reports) else EXIT_REJECTED


def _say_passed_over(left: Sequence[PassedOver]) -> None:
    """What was not read, on standard error: nothing of a folder is passed over without a word."""
    for one in left[:_PASSED_OVER_SHOWN]:
        click.echo(f"passed over: {Path(one.path).name}: {one.reason}", err=True)
    if len(left) > _PASSED_OVER_SHOWN:
        click.echo(f"passed over: … and {len(left) - _PASSED_OVER_SHOWN:,} more", err=True)


def _say_reports(reports: Sequence[LoadReport], currency: str) -> None:
    """What became of each file that was read; told as well when a later one failed."""
    heads = ("file", "kind", "rows in", "kept", "repeated", "quarantined")
    rows = [
        (Path(r.file).name, r.kind, r.rows_in, r.rows_kept, r.rows_repeated, r.rows_quarantined) for r in reports
    ]
    say_table(heads, rows)
    for report in reports:
        if report.rows_in == 0 and not report.transactions:
            say(f"{Path(report.file).name}: no row; a day without sales, or an export that was cut short.")
        elif report.kind == "lines":
            net = dollars(report.net_cents) if currency == "USD" else f"{report.net_cents / 100:,.2f} {currency}"
            say(f"{Path(report.file).name}: its good lines are {report.transactions:,} transactions, {net} net.")
    replaced = sum(report.rows_replaced for report in reports)
    if replaced:
        say(f"{replaced:,} rows of earlier files left for newer versions of their transactions.")
    if any(report.rows_quarantined for report in reports):
        say("Some rows were refused; see `regulars data findings`.")


@data.command("sniff")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Also write the mapping to this file."
)
@in_workspace
@json_option
def sniff(workspace: Workspace, *, file: Path, out: Path | None, as_json: bool) -> int:
    """Look at a file nobody described: propose a mapping, and show ten rows through it. Nothing is loaded.

    It may hold till lines, products, cards, prices, stock or households; CSV, Parquet, POSLog or fixed columns.

    The mapping is a first guess from names and values; look at every line of it, and set your store's zone.
    """
    from regulars.bootstrap import sniff_file

    with workspace.writing("data sniff"):
        report = sniff_file(workspace, file)
    if out is not None and report.proposal.text:
        out.write_text(report.proposal.text, encoding="utf-8")
    if as_json:
        say_json(report)
        return 0
    _say_sniffed(report)
    return 0


def _say_sniffed(report: SniffReport) -> None:
    """The mapping, what to look at, and the rows."""
    shipped, kind = report.proposal.shipped, report.proposal.kind
    if shipped:
        asked = "" if kind == "lines" else f" --kind {kind}"
        say(f"# The shipped mapping {shipped!r} reads this file as {kind}: --map {shipped}{asked}")
    elif report.proposal.text:
        say(report.proposal.text)
    for doubt in report.proposal.doubts:
        say(f"# look: {doubt}")
    if report.problem:
        say(f"# no rows: {report.problem}")
    for one in report.broken:
        rows = "1 row breaks" if one.rows == 1 else f"{one.rows:,} rows break"
        place = f" ({one.column}, from {one.source!r})" if one.source else f" ({one.column})" if one.column else ""
        say(f"# mend: {rows} {one.rule}{place}, first on line {one.line}: {one.message}")
    if report.rows:
        shown = [name for name in report.rows[0] if any(row[name] not in {None, "", 0} for row in report.rows)]
        say_table(shown, [[_plain_cell(row[name]) for name in shown] for row in report.rows])


def _plain_cell(value: object) -> object:
    return value if value is None or isinstance(value, int | str) else str(value)


@data.command("status")
@in_workspace
@json_option
def status(workspace: Workspace, *, as_json: bool) -> None:
    """What is here of every kind, and until when."""
    from regulars.bootstrap import data_status

    statuses = data_status(workspace.warehouse)
    if as_json:
        say_json(statuses)
    elif not statuses:
        say("Nothing is loaded yet. Load something with `regulars data load`.")
    else:
        say_table(
            ("kind", "rows", "first day", "last day"), [(s.kind, s.rows, s.first_on, s.last_on) for s in statuses]
        )


@data.command("findings")
@click.option("--kind", type=click.Choice(_KINDS), help="Only findings of this kind.")
@click.option("--file", "file_name", help="Only findings of the file of this name.")
@click.option("--rule", help="Only findings of this rule.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="How many are listed.")
@click.option(
    "--export",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write all of them, with the rows' whole text, to a CSV file (or .parquet).",
)
@in_workspace
@json_option
def findings(
    workspace: Workspace,
    *,
    kind: str | None,
    file_name: str | None,
    rule: str | None,
    limit: int,
    target: Path | None,
    as_json: bool,
) -> None:
    """What was refused or is doubted: file, line, column and rule."""
    from regulars.bootstrap import FindingsWanted, data_findings, export_findings

    wanted = FindingsWanted(kind=kind, file=file_name, rule=rule)
    if target is not None:
        rows = export_findings(workspace.warehouse, target, wanted=wanted)
        if as_json:
            say_json({"file": str(target), "rows": rows})
        else:
            say(f"{rows:,} findings are in {target}.")
        return
    report = data_findings(workspace.warehouse, wanted=wanted, limit=limit)
    if as_json:
        say_json(report)
        return
    if not report.total:
        if report.others:
            say(
                f"No finding is of this kind, file and rule; {report.others:,} others are (`regulars data findings`)."
            )
        else:
            say("Nothing was refused.")
        return
    heads = ("kind", "file", "rule", "rows", "became")
    rows_of = [(c.kind, c.file, c.rule, c.rows, "refused" if c.refused else "loaded") for c in report.counts]
    say_table(heads, rows_of)
    for finding in report.findings:
        place = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
        say(f"{place}: {finding.rule}: {finding.message}")
    if report.total > len(report.findings):
        say(f"… and {report.total - len(report.findings):,} more (--limit).")


@data.command("gaps")
@click.option("--store", "store_id", help="Only this store.")
@click.option("--from", "from_on", type=DAY, metavar="DATE", help="Only from this day on.")
@click.option("--until", "until_on", type=DAY, metavar="DATE", help="Only before this day.")
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="How many of each are listed."
)
@in_workspace
@json_option
def gaps(
    workspace: Workspace,
    *,
    store_id: str | None,
    from_on: date | None,
    until_on: date | None,
    limit: int,
    as_json: bool,
) -> None:
    """What seems to be missing: numbers of a lane nobody delivered, days of a store without a line.

    Numbers run on or begin anew from day to day. Weekdays on which a store never sold are days it is closed.
    """
    from regulars.bootstrap import data_gaps

    report = data_gaps(workspace.warehouse, store_id=store_id, from_on=from_on, until_on=until_on, limit=limit)
    if as_json:
        say_json(report)
        return
    if not report.lane_gaps and not report.missing_store_days:
        say("Nothing seems to be missing.")
        return
    say(f"{report.missing_transactions:,} transactions in {report.lane_gaps:,} gaps of lanes.")
    heads = ("store", "lane", "after", "day", "before", "day", "missing")
    rows = [(g.store_id, g.lane_id, g.after, g.after_on, g.before, g.before_on, g.missing) for g in report.gaps]
    if rows:
        say_table(heads, rows)
    say(f"{report.missing_store_days:,} days of stores without a line.")
    if report.store_days:
        say_table(("store", "day"), [(one.store_id, one.day_on) for one in report.store_days])


@data.command("cards")
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="How many shared cards are listed."
)
@in_workspace
@json_option
def cards(workspace: Workspace, *, limit: int, as_json: bool) -> None:
    """Cards and households: how many there are, which cards are shared, and lines of no household.

    A card that several households hold at a time is nobody's until a newer version of it says whose it is.
    """
    from regulars.bootstrap import cards_report

    report = cards_report(workspace.warehouse, limit=limit)
    if as_json:
        say_json(report)
        return
    if report.cards:
        say(
            f"{report.cards:,} cards of {report.households:,} households; {report.cards_moved:,} went from one to "
            f"another, {report.cards_of_nobody:,} are nobody's, {report.cards_shared:,} are shared."
        )
    else:
        say("No cards are loaded: every card at a till counts as a household of its own.")
    say(
        f"Till lines: {report.lines_of_households:,} of households, {report.lines_with_other_cards:,} with a card "
        f"that is no household's, {report.lines_without_card:,} without a card."
    )
    if report.shared:
        rows = [(one.card_id, one.from_on, " ".join(one.household_ids)) for one in report.shared]
        say_table(("shared card", "from", "households"), rows)


@data.command("compact")
@in_workspace
@json_option
def compact(workspace: Workspace, *, as_json: bool) -> None:
    """Put the warehouse in order: check every file's digest, merge small files, remove leftovers.

    Loading leaves one file a household bucket and month, so mostly nothing is to be done. A damaged file is told, and
    then nothing is changed.
    """
    from regulars.bootstrap import compact_data

    with workspace.writing("data compact"):
        report = compact_data(workspace, TerminalProgress())
    if as_json:
        say_json(report)
        return
    say(f"{report.files_checked:,} files are as they were published.")
    say(
        f"Loaded tables: {report.files_before:,} files of {report.bytes_before:,} bytes before, "
        f"{report.files_after:,} of {report.bytes_after:,} now; {report.files_rewritten:,} written anew."
    )
    say(f"{report.leftovers_removed:,} leftover files removed.")


@data.command("classes")
@click.option("--tier", type=click.Choice(_TIERS), help="Only classes of this tier.")
@click.option("--open", "only_open", is_flag=True, help="Only classes without a tier.")
@in_workspace
@json_option
def classes(workspace: Workspace, *, tier: str | None, only_open: bool, as_json: bool) -> None:
    """Every class of goods: its tier, the rule of sensitive.toml that put it there, its till lines.

    A rule is told by its place in the file and by what it asks for; "?" marks a class that holds a word of
    sensitive goods and that no rule decides. With --json, one object per class.
    """
    from regulars.bootstrap import goods_classes

    if tier is not None and only_open:
        raise click.UsageError("--tier and --open exclude each other")
    wanted = "" if only_open else tier
    found = [one for one in goods_classes(workspace) if wanted is None or one.tier == wanted]
    if as_json:
        for one in found:
            say_json(one)
    elif not found:
        say("There is no such class.")
    else:
        heads = ("department", "category", "need", "tier", "rule", "lines")
        marks = [one.rule or (f"? {one.suspicious_word}" if one.suspicious_word else None) for one in found]
        rows = [
            (one.department_id, one.category_id, one.need_id, one.tier or None, mark, one.lines)
            for one, mark in zip(found, marks, strict=True)
        ]
        say_table(heads, rows)
