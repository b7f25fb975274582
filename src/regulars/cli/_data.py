"""Commands about data: `data load`, `data sniff`, `data status`, `data findings`, `data classes`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ._common import EXIT_REJECTED, dollars, in_workspace, json_option, say, say_json, say_table
from ._progress import TerminalProgress

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.contracts import LoadReport
    from regulars.flows import SniffReport

_KINDS = (
    "lines", "products", "households", "cards", "prices", "promotions", "deals", "campaigns", "targets", "coupons",
    "redemptions", "stock", "wishes",
)  # fmt: skip
_TIERS = (
    "never", "medicine", "painkiller", "formula", "alcohol", "tobacco", "lottery", "infant", "pet",
)  # fmt: skip


@click.group()
def data() -> None:
    """Load source files and see what is here."""


@data.command("load")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
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
@in_workspace
@json_option
def load(
    workspace: Workspace,
    *,
    files: tuple[Path, ...],
    kind: str | None,
    file_format: str | None,
    mapping: str,
    as_json: bool,
) -> int:
    """Land files in the warehouse: check every row, keep the good ones, put the rest in quarantine.

    A folder stands for the files in it that the mapping names. The same file twice changes nothing.
    Files before one that fails stay loaded and are told. With --json, one object per file, as soon as it is loaded.
    """
    from regulars.bootstrap import load_files

    reports: list[LoadReport] = []

    def tell(report: LoadReport) -> None:
        reports.append(report)
        if as_json:
            say_json(report)

    try:
        with workspace.writing("data load"):
            progress = TerminalProgress()
            load_files(
                workspace, files, mapping=mapping, kind=kind, file_format=file_format, progress=progress, each=tell
            )
    finally:
        if reports and not as_json:
            _say_reports(reports)
    return 0 if any(r.rows_kept or r.rows_repeated or r.transactions for r in reports) else EXIT_REJECTED


def _say_reports(reports: Sequence[LoadReport]) -> None:
    """What became of each file that was read; told as well when a later one failed."""
    heads = ("file", "kind", "rows in", "kept", "repeated", "quarantined")
    rows = [
        (Path(r.file).name, r.kind, r.rows_in, r.rows_kept, r.rows_repeated, r.rows_quarantined) for r in reports
    ]
    say_table(heads, rows)
    for report in reports:
        if report.kind == "lines":
            say(
                f"{Path(report.file).name}: {report.transactions:,} transactions, {dollars(report.net_cents)} net."
            )
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
    """Look at a file of till lines: propose a mapping, and show ten rows through it. Nothing is loaded.

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
    shipped = report.proposal.shipped
    say(f"# The shipped mapping {shipped!r} reads this file: --map {shipped}" if shipped else report.proposal.text)
    for doubt in report.proposal.doubts:
        say(f"# look: {doubt}")
    if report.problem:
        say(f"# no rows: {report.problem}")
    if report.refused:
        say(
            f"# {report.refused:,} rows of the file's beginning break a rule; load it and see `regulars data findings`"
        )
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
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="How many are listed.")
@in_workspace
@json_option
def findings(workspace: Workspace, *, kind: str | None, file_name: str | None, limit: int, as_json: bool) -> None:
    """What was refused: file, line, column and rule."""
    from regulars.bootstrap import data_findings

    report = data_findings(workspace.warehouse, kind=kind, file=file_name, limit=limit)
    if as_json:
        say_json(report)
        return
    if not report.total:
        say("Nothing was refused.")
        return
    say_table(("kind", "file", "rule", "rows"), [(c.kind, c.file, c.rule, c.rows) for c in report.counts])
    for finding in report.findings:
        place = ":".join(str(part) for part in (finding.file, finding.line, finding.column) if part)
        say(f"{place}: {finding.rule}: {finding.message}")
    if report.total > len(report.findings):
        say(f"… and {report.total - len(report.findings):,} more (--limit).")


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
