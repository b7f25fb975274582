"""Files of one kind on their way into the warehouse: read one by one, merged together, published in one step."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.contracts import LoadReport, table
from regulars.ingest import FileMapping, compose_names

from ._data_cards import known_cards, lines_of_new_cards
from ._data_findings import findings_table, sorted_findings
from ._data_merge import FileRows, MergedKind, disk_named, merge_into, write_table
from ._data_parts import read_parts, write_part
from ._data_ports import SourceReader, StagedFile, TransactionCounts
from ._ports import DataFile, NewFile, Publication, Warehouse

_BATCH_ROWS, _BATCH_FILES = 1_000_000, 256
"""Files are merged together until they hold so many rows, or are so many."""

_OTHERS = "other_transactions"


class Batch:
    """Files of one kind that are loaded in one atomic step.

    Args:
        kind: The table they become.
        warehouse: Where rows go.
        reader: Reads files.
        folder: Where it works.
    """

    def __init__(self, kind: str, warehouse: Warehouse, reader: SourceReader, folder: Path) -> None:
        self.kind = kind
        self._warehouse = warehouse
        self._reader = reader
        self._folder = folder
        self._staged: list[StagedFile] = []
        self._lines: dict[int, Mapping[int, int]] = {}

    @property
    def is_full(self) -> bool:
        """Whether it should be merged before more is read."""
        rows = sum(staged.rows_in for staged in self._staged)
        return rows >= _BATCH_ROWS or len(self._staged) >= _BATCH_FILES

    def read(self, path: Path, entry: FileMapping, lines: Mapping[int, int] | None = None) -> None:
        """Read one more file.

        Args:
            path: The file.
            entry: How it is read.
            lines: Where its rows stood before, if it is made of rows of another: line here → line there.
        """
        staged = self._reader.stage(path, entry, self._folder / f"staged-{len(self._staged)}")
        if any(column.composed for column in entry.columns):
            compose_staged(staged)
        if lines is not None:
            self._lines[len(self._staged)] = lines
        self._staged.append(staged)

    def load(self, *, without: pa.Table | None = None) -> list[LoadReport]:
        """Merge what was read and publish it.

        Args:
            without: Findings that are settled by this, whatever comes of it; they leave.
        """
        if not self._staged:
            return []
        merged_folder = self._folder / "merged"
        merged_folder.mkdir()
        others = self._others()
        undone = _undone(others) if self.kind == "lines" else None
        cards = known_cards(self._warehouse) if self.kind == "lines" else None
        merged = merge_into(self._staged, self._warehouse, self._reader, merged_folder, undone=undone, cards=cards)
        findings, reports = [], []
        for number, (staged, rows) in enumerate(zip(self._staged, merged.outcomes, strict=True)):
            found = self._reader.findings(staged, rows.conflict_lines)
            if number in self._lines:
                found = _moved(found, self._lines[number])
            findings.append(found)
            reports.append(_report(staged, rows, self._reader, found.num_rows))
        self._publish(merged, pa.concat_tables(findings), others, without)
        return reports

    def _others(self) -> pa.Table | None:
        """All transactions without lines from now on; what is known of one stays. None if there is none."""
        known = [file.path for file in self._warehouse.files(_OTHERS)]
        paths = [*known, *(path for staged in self._staged for path in staged.others)]
        if not paths:
            return None
        rows = pa.concat_tables([pq.read_table(path, partitioning=None) for path in paths])
        grain = list(table(_OTHERS).grain)
        numbered = rows.append_column("number", pa.array(range(rows.num_rows), pa.int64()))
        first = numbered.group_by(grain, use_threads=False).aggregate([("number", "min")])["number_min"]
        return rows.take(first).sort_by([(name, "ascending") for name in grain])

    def _publish(
        self, merged: MergedKind, findings: pa.Table, others: pa.Table | None, without: pa.Table | None
    ) -> None:
        replaced: dict[str, Sequence[NewFile | DataFile]] = {}
        if merged.changed or not self._warehouse.has(self.kind):
            replaced[self.kind] = merged.files
            if self.kind == "cards":
                replaced |= lines_of_new_cards(merged.files, self._warehouse, self._reader, self._folder)
        if others is not None and any(staged.others for staged in self._staged):
            replaced[_OTHERS] = [NewFile(write_table(others, self._folder / f"{_OTHERS}.parquet"))]
        if findings.num_rows or without is not None:
            known = findings_table(self._warehouse)
            kept = (
                known if without is None else known.join(without, keys=without.column_names, join_type="left anti")
            )
            together = sorted_findings(pa.concat_tables([kept, findings.cast(known.schema)]))
            if not together.equals(known):
                replaced["findings"] = [NewFile(write_table(together, self._folder / "findings.parquet"))]
        if replaced:
            self._warehouse.publish(Publication(replaced))


def compose_staged(staged: StagedFile) -> None:
    """Give products without names composed ones, in the staged files."""
    for paths in staged.parts.values():
        for path in paths:
            with disk_named(path):
                write_part(compose_names(read_parts([path])), path)


def _undone(others: pa.Table | None) -> pa.Table | None:
    """The transactions that were taken back, by what lines are versioned by."""
    if others is None:
        return None
    wanted = others.filter(pc.is_valid(others["undoes_transaction_id"]))
    columns = {name: wanted[f"undoes_{name}"] for name in table("lines").versioned_by}
    columns["lane_id"] = pc.fill_null(columns["lane_id"], "")
    rows = pa.table(columns).group_by(list(columns), use_threads=False).aggregate([])
    return rows if rows.num_rows else None


def _moved(findings: pa.Table, lines: Mapping[int, int]) -> pa.Table:
    """Findings at the lines where their rows stood first."""
    column = pa.array([lines.get(line, line) for line in findings["line"].to_pylist()], pa.int64())
    return findings.set_column(findings.column_names.index("line"), "line", column)


def _report(staged: StagedFile, rows: FileRows, reader: SourceReader, findings: int) -> LoadReport:
    report = LoadReport(
        file=str(staged.path),
        kind=staged.mapping.kind,
        rows_in=staged.rows_in,
        rows_kept=rows.kept,
        rows_quarantined=staged.rows_refused + len(rows.conflict_lines),
        rows_repeated=rows.repeated,
        rows_replaced=rows.replaced,
        findings=findings,
    )
    if staged.mapping.kind != "lines":
        return report
    counts = reader.line_counts(staged, (*rows.conflict_lines, *rows.doubled_lines))
    told = staged.counts or TransactionCounts(
        counts.transactions,
        counts.transactions,
        other_transactions=0,
        voided_lines=0,
        transactions_with_loyalty_identity=counts.transactions_with_loyalty_identity,
        stores=counts.stores,
    )
    return dataclasses.replace(
        report,
        sale_lines=counts.sale_lines,
        return_lines=counts.return_lines,
        net_cents=counts.net_cents,
        **dataclasses.asdict(told),
    )
