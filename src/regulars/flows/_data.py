"""Loading data: files are read, checked, merged into the warehouse and accounted for to the last row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.contracts import LoadReport, SensitiveRule
from regulars.ingest import (
    FileMapping,
    Mapping,
    classify,
    parse_mapping,
    rules_digest,
    shipped_mapping,
    shipped_mappings,
)
from regulars.kernel import ConfigError, StoreError, digest_of

from ._data_batch import Batch
from ._data_choice import PassedOver, chosen_files
from ._data_loaded import LoadedFiles, LoadedNote
from ._data_merge import write_table
from ._data_ports import SourceReader
from ._ports import NewFile, Progress, Publication, Warehouse

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
    passed_over: Callable[[PassedOver], None] | None = None,
    loaded_note: LoadedNote | None = None,
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
        passed_over: Given whatever in a folder is not read, before anything is.
        loaded_note: Remembers which files are loaded, so that they need not be read again; none if not given.

    Returns:
        One report a file, in the order given.

    Raises:
        ConfigError: A file is not described by the mapping, or lacks a column; files before it are loaded.
        StoreError: A file is missing or empty, or the disk failed; files before it are loaded.
    """
    choice = chosen_files(files, mapping, reader, kind, file_format)
    chosen = choice.files
    for one in choice.passed_over:
        if passed_over is not None:
            passed_over(one)
    reports: list[LoadReport] = []
    with progress.step("Loading files", total=len(chosen)) as step:
        while len(reports) < len(chosen):
            loaded = _load_batch(chosen[len(reports) :], warehouse, reader, sensitive_rules, each, loaded_note)
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


def _load_batch(
    chosen: Sequence[tuple[Path, FileMapping]],
    warehouse: Warehouse,
    reader: SourceReader,
    rules: Sequence[SensitiveRule],
    each: Callable[[LoadReport], None] | None,
    note: LoadedNote | None,
) -> list[LoadReport]:
    """Load the first of the files, as many as make a batch; those before one that fails are loaded as well."""
    kind = chosen[0][1].kind
    loaded = LoadedFiles(note, warehouse, kind)
    known: list[LoadReport | None] = []
    keys: list[str] = []
    failed: Exception | None = None
    with warehouse.scratch() as folder:
        batch = Batch(kind, warehouse, reader, folder)
        for path, entry in chosen:
            if entry.kind != kind or batch.is_full:
                break
            try:
                key = loaded.key_of(path, entry)
                report = loaded.known(path, key)
                if report is None:
                    batch.read(path, entry)
                    keys.append(key)
                known.append(report)
            except Exception as error:  # noqa: BLE001 - raised below, once the files before it are loaded
                failed = error
                break
        fresh = batch.load()
    if fresh:
        loaded.remember(dict(zip(keys, fresh, strict=True)))
        if kind == "products":
            refresh_class_tiers(warehouse, rules)
    new = iter(fresh)
    reports = [next(new) if report is None else report for report in known]
    for report in reports:
        if each is not None:
            each(report)
    if failed is not None:
        raise failed
    return reports


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
