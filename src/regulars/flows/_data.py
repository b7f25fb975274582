"""Loading data: files are read, checked, merged into the warehouse and accounted for to the last row."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.contracts import Finding, LoadReport, SensitiveRule, table
from regulars.ingest import (
    FileMapping,
    Mapping,
    classify,
    compose_names,
    parse_mapping,
    rules_digest,
    shipped_mapping,
    shipped_mappings,
)
from regulars.kernel import ConfigError, RegularsError, StoreError, digest_of

from ._data_merge import FileRows, MergedKind, disk_named, merge_into, write_table
from ._data_parts import read_parts, write_part
from ._data_ports import SourceReader, StagedFile, TransactionCounts
from ._ports import DataFile, NewFile, Progress, Publication, Warehouse

_BATCH_ROWS, _BATCH_FILES = 1_000_000, 256
"""Files are merged together until they hold so many rows, or are so many."""

_STATUS_DAYS = {
    "lines": "sold_on",
    "promotions": "from_on",
    "campaigns": "from_on",
    "prices": "from_on",
    "redemptions": "redeemed_on",
    "stock": "counted_on",
    "deals": "from_on",
}


@dataclass(frozen=True)
class DatasetStatus:
    """What is here of one kind: rows, and the first and last day where its rows have one."""

    kind: str
    rows: int
    first_on: date | None = None
    last_on: date | None = None


@dataclass(frozen=True)
class RuleCount:
    """How many rows of a file a rule refused."""

    kind: str
    file: str
    rule: str
    rows: int


@dataclass(frozen=True)
class FindingsReport:
    """What was refused: counts by file and rule, and the first findings themselves."""

    total: int
    counts: tuple[RuleCount, ...]
    findings: tuple[Finding, ...]


def find_mapping(name_or_path: str) -> Mapping:
    """A mapping by the name it is shipped under, or from a file.

    Raises:
        ConfigError: There is neither, or the file is not a mapping.
    """
    path = Path(name_or_path)
    if name_or_path in shipped_mappings() or (path.suffix == "" and not path.exists()):
        return shipped_mapping(name_or_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the mapping file {path} cannot be read: {error}") from error
    return parse_mapping(text, str(path))


def load_data(
    files: Sequence[Path],
    *,
    mapping: Mapping,
    warehouse: Warehouse,
    reader: SourceReader,
    sensitive_rules: Sequence[SensitiveRule],
    progress: Progress,
    kind: str | None = None,
    file_format: str | None = None,
    each: Callable[[LoadReport], None] | None = None,
) -> list[LoadReport]:
    """Load files into the warehouse, each in one atomic step; small files of one kind share a step.

    Args:
        files: Files, or folders whose files the mapping names are taken in the order of their names.
        mapping: How the source writes its files.
        warehouse: Where rows go.
        reader: Reads files.
        sensitive_rules: The store's rules; classes of goods are sorted into tiers when products are loaded.
        progress: Told of each file.
        kind: Read the files as this kind, whatever their names.
        file_format: Read the files as this format.
        each: Given the report of each file as soon as it is loaded, so that it is told even if a later one fails.

    Returns:
        One report a file, in the order given.

    Raises:
        ConfigError: A file is not described by the mapping, or lacks a column; files before it are loaded.
        StoreError: A file is missing or empty, or the disk failed; files before it are loaded.
    """
    chosen = _chosen_files(files, mapping, kind, file_format)
    reports: list[LoadReport] = []
    with progress.step("Loading files", total=len(chosen)) as step:
        while len(reports) < len(chosen):
            loaded = _load_batch(chosen[len(reports) :], warehouse, reader, sensitive_rules, each)
            reports += loaded
            step.advance(len(loaded))
    return reports


def refresh_class_tiers(warehouse: Warehouse, rules: Sequence[SensitiveRule]) -> bool:
    """Sort the products' classes into tiers again if the rules or the products have changed.

    Returns:
        Whether anything had to be done.
    """
    made_from = _class_tiers_digest(warehouse, rules)
    if not warehouse.has("products") or warehouse.properties("class_tiers").get("made_from") == made_from:
        return False
    classes = [_classes(file.path) for file in warehouse.files("products")]
    with warehouse.scratch() as folder:
        file = write_table(_class_tiers(pa.concat_tables(classes), rules), folder / "class_tiers.parquet")
        warehouse.publish(Publication({"class_tiers": [NewFile(file)]}, {"class_tiers": {"made_from": made_from}}))
    return True


def data_status(warehouse: Warehouse) -> list[DatasetStatus]:
    """What is here of every kind, and until when."""
    statuses = []
    for kind in sorted(set(warehouse.datasets()) & set(_KINDS_SHOWN)):
        files = warehouse.files(kind)
        first_on, last_on = _days(files_paths=[file.path for file in files], column=_STATUS_DAYS.get(kind))
        statuses.append(DatasetStatus(kind, sum(file.rows for file in files), first_on, last_on))
    return statuses


def data_findings(
    warehouse: Warehouse, *, kind: str | None = None, file: str | None = None, limit: int = 50
) -> FindingsReport:
    """What was refused, of one kind or file if asked.

    Args:
        warehouse: Where findings are kept.
        kind: Only this kind.
        file: Only this file's name.
        limit: How many findings are listed; all are counted.
    """
    rows = _findings_table(warehouse)
    for name, wanted in (("kind", kind), ("file", file)):
        if wanted is not None:
            rows = rows.filter(pc.equal(rows[name], wanted))
    grouped = rows.group_by(["kind", "file", "rule"]).aggregate([("line", "count")]).to_pylist()
    counts = sorted((row["kind"], row["file"], row["rule"], row["line_count"]) for row in grouped)
    first = rows.slice(0, limit).drop_columns(["kind", "format", "head"]).to_pylist()
    return FindingsReport(
        rows.num_rows, tuple(RuleCount(*count) for count in counts), tuple(Finding(**row) for row in first)
    )


def _chosen_files(
    files: Sequence[Path], mapping: Mapping, kind: str | None, file_format: str | None
) -> list[tuple[Path, FileMapping]]:
    chosen = []
    for path in _expanded(files):
        if path.is_dir():
            chosen += _files_inside(path, mapping, kind, file_format)
        else:
            chosen.append((path, _entry_of(path, mapping, kind, file_format)))
    return chosen


def _expanded(files: Sequence[Path]) -> list[Path]:
    """Files with name patterns replaced by what they stand for, in the order of names.

    Raises:
        StoreError: A pattern stands for nothing.
    """
    expanded: list[Path] = []
    for path in files:
        if path.exists() or not any(mark in str(path) for mark in "*?["):
            expanded.append(path)
            continue
        root = Path(path.anchor)
        found = sorted(root.glob(str(path.relative_to(root) if path.anchor else path)))
        if not found:
            raise StoreError(f"no file is named like {path}", hint="check the pattern; ** stands for any folders")
        expanded += found
    return expanded


def _entry_of(path: Path, mapping: Mapping, kind: str | None, file_format: str | None) -> FileMapping:
    """How one file is read; that it is missing is told before that the mapping does not name it."""
    try:
        return mapping.file_mapping(path.name, kind=kind, format=file_format)
    except ConfigError:
        if path.exists():
            raise
        raise StoreError(f"there is no file {path}", hint="check the path") from None


def _files_inside(
    folder: Path, mapping: Mapping, kind: str | None, file_format: str | None
) -> list[tuple[Path, FileMapping]]:
    """Files of a folder that the mapping names, of the kind and format asked for, by name."""
    entries = [e for e in mapping.files if kind in {None, e.kind} and file_format in {None, e.format}]
    found = []
    for path in sorted(item for item in folder.iterdir() if item.is_file()):
        entry = next((entry for entry in entries if entry.matches(path.name)), None)
        if entry is not None:
            found.append((path, entry))
    if not found:
        patterns = ", ".join(pattern for entry in entries for pattern in entry.patterns) or "none of this kind"
        raise ConfigError(
            f"{folder} holds no file that the mapping {mapping.name!r} names; it names {patterns}",
            hint="give the files themselves and their --kind, or another mapping with --map",
        )
    return found


def _load_batch(
    chosen: Sequence[tuple[Path, FileMapping]],
    warehouse: Warehouse,
    reader: SourceReader,
    rules: Sequence[SensitiveRule],
    each: Callable[[LoadReport], None] | None,
) -> list[LoadReport]:
    """Load the first of the files, as many as make a batch; those before one that fails are loaded as well."""
    with warehouse.scratch() as folder:
        batch = _Batch(chosen[0][1].kind, warehouse, reader, folder)
        failed: RegularsError | None = None
        for path, entry in chosen:
            if entry.kind != batch.kind or batch.is_full:
                break
            try:
                batch.read(path, entry)
            except RegularsError as error:
                failed = error
                break
        reports = batch.load()
    if reports and batch.kind == "products":
        refresh_class_tiers(warehouse, rules)
    for report in reports:
        if each is not None:
            each(report)
    if failed is not None:
        raise failed
    return reports


class _Batch:
    """Files of one kind that are read one by one and merged together, in one atomic step."""

    def __init__(self, kind: str, warehouse: Warehouse, reader: SourceReader, folder: Path) -> None:
        self.kind = kind
        self._warehouse = warehouse
        self._reader = reader
        self._folder = folder
        self._staged: list[StagedFile] = []

    @property
    def is_full(self) -> bool:
        """Whether it should be merged before more is read."""
        rows = sum(staged.rows_in for staged in self._staged)
        return rows >= _BATCH_ROWS or len(self._staged) >= _BATCH_FILES

    def read(self, path: Path, entry: FileMapping) -> None:
        """Read one more file."""
        staged = self._reader.stage(path, entry, self._folder / f"staged-{len(self._staged)}")
        if any(column.composed for column in entry.columns):
            _compose(staged)
        self._staged.append(staged)

    def load(self) -> list[LoadReport]:
        """Merge what was read and publish it."""
        if not self._staged:
            return []
        (self._folder / "merged").mkdir()
        merged = merge_into(self._staged, self._warehouse, self._reader, self._folder / "merged")
        findings, reports = [], []
        for staged, rows in zip(self._staged, merged.outcomes, strict=True):
            findings.append(self._reader.findings(staged, rows.conflict_lines))
            reports.append(_report(staged, rows, self._reader, findings[-1].num_rows))
        _publish(self._warehouse, self.kind, merged, pa.concat_tables(findings), self._folder)
        return reports


def _publish(warehouse: Warehouse, kind: str, merged: MergedKind, findings: pa.Table, folder: Path) -> None:
    replaced: dict[str, Sequence[NewFile | DataFile]] = {}
    if merged.changed or not warehouse.has(kind):
        replaced[kind] = merged.files
    if findings.num_rows:
        known = _findings_table(warehouse)
        together = _sorted_findings(pa.concat_tables([known, findings.cast(known.schema)]))
        if together.num_rows != known.num_rows:
            replaced["findings"] = [NewFile(write_table(together, folder / "findings.parquet"))]
    if replaced:
        warehouse.publish(Publication(replaced))


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
    return replace(
        report,
        sale_lines=counts.sale_lines,
        return_lines=counts.return_lines,
        net_cents=counts.net_cents,
        **dataclasses.asdict(told),
    )


def _compose(staged: StagedFile) -> None:
    """Give products without names composed ones, in the staged files."""
    for paths in staged.parts.values():
        for path in paths:
            with disk_named(path):
                write_part(compose_names(read_parts([path])), path)


def _findings_table(warehouse: Warehouse) -> pa.Table:
    files = [file.path for file in warehouse.files("findings")]
    contract = table("findings")
    kinds = {"text": pa.string(), "integer": pa.int64(), "boolean": pa.bool_()}
    schema = pa.schema([pa.field(column.name, kinds[column.type]) for column in contract.columns])
    return pa.concat_tables([schema.empty_table(), *(pq.read_table(path, schema=schema) for path in files)])


def _sorted_findings(rows: pa.Table) -> pa.Table:
    unique = rows.group_by(rows.column_names, use_threads=False).aggregate([])
    return unique.sort_by([(name, "ascending") for name in table("findings").grain]).select(rows.column_names)


def _classes(path: Path) -> pa.Table:
    return pq.read_table(path, columns=["department_id", "category_id", "need_id"])


def _class_tiers(classes: pa.Table, rules: Sequence[SensitiveRule]) -> pa.Table:
    triples = {
        (row["department_id"], row["category_id"] or None, row["need_id"] or None) for row in classes.to_pylist()
    }
    ordered = sorted(triples, key=lambda triple: tuple((part is not None, part or "") for part in triple))
    tiers = [classify(rules, *triple) for triple in ordered]
    departments, categories, needs = zip(*ordered, strict=True)
    columns = zip(
        ("department_id", "category_id", "need_id", "tier"), (departments, categories, needs, tiers), strict=True
    )
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns})


def _class_tiers_digest(warehouse: Warehouse, rules: Sequence[SensitiveRule]) -> str:
    return digest_of(rules_digest(rules), *(file.sha256 for file in warehouse.files("products")))


def _days(files_paths: Sequence[Path], column: str | None) -> tuple[date | None, date | None]:
    """First and last day of a column, from the files' own statistics."""
    if column is None:
        return None, None
    lows, highs = [], []
    for path in files_paths:
        metadata = pq.read_metadata(path)
        index = metadata.schema.to_arrow_schema().get_field_index(column)
        for group in range(metadata.num_row_groups):
            statistics = metadata.row_group(group).column(index).statistics
            if statistics is None or not statistics.has_min_max:
                raise StoreError(f"{path} carries no statistics for {column}")
            lows.append(statistics.min)
            highs.append(statistics.max)
    return (min(lows), max(highs)) if lows else (None, None)


_KINDS_SHOWN = (
    "cards",
    "campaigns",
    "class_tiers",
    "coupons",
    "deals",
    "findings",
    "households",
    "lines",
    "prices",
    "products",
    "promotions",
    "redemptions",
    "stock",
    "targets",
    "wishes",
)
