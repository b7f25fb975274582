"""Putting the warehouse in order: every file checked, loaded tables in their one form, leftovers gone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from regulars.contracts import TABLES
from regulars.ingest import KINDS
from regulars.kernel import StoreError

from ._data_merge import rewritten
from ._data_ports import SourceReader
from ._files import damaged_file
from ._ports import DataFile, NewFile, Progress, Publication, Warehouse


@dataclass(frozen=True)
class CompactReport:
    """What putting in order came to.

    Args:
        files_checked: Files whose bytes were compared with their digest.
        files_before: Files of loaded tables before.
        files_after: And after.
        files_rewritten: Of the latter, those that were written anew.
        bytes_before: Size of the loaded tables before, bytes.
        bytes_after: And after.
        leftovers_removed: Files no state names, of writers that were killed.
    """

    files_checked: int
    files_before: int
    files_after: int
    files_rewritten: int
    bytes_before: int
    bytes_after: int
    leftovers_removed: int


def compact_data(warehouse: Warehouse, reader: SourceReader, *, progress: Progress) -> CompactReport:
    """Check every file, write loaded tables in the form a load gives them, and remove leftovers.

    A table of many small files becomes one of one file a bucket and month, as a load leaves it; a warehouse that is in
    order already is not changed. Each table is one atomic step.

    Args:
        warehouse: The warehouse.
        reader: Brings rows in order.
        progress: Told of each table.

    Raises:
        StoreError: A file is missing or damaged; nothing is changed then. Or the disk failed.
    """
    checked = _checked(warehouse)
    before = _loaded_files(warehouse)
    bytes_before = sum(file.path.stat().st_size for file in before)
    known = {file.sha256 for file in before}
    loaded = [kind for kind in KINDS if warehouse.has(kind)]
    with progress.step("Putting tables in order", total=len(loaded)) as step:
        for kind in loaded:
            _compact_table(kind, warehouse, reader)
            step.advance()
    after = _loaded_files(warehouse)
    return CompactReport(
        files_checked=checked,
        files_before=len(before),
        files_after=len(after),
        files_rewritten=sum(file.sha256 not in known for file in after),
        bytes_before=bytes_before,
        bytes_after=sum(file.path.stat().st_size for file in after),
        leftovers_removed=warehouse.remove_leftovers(),
    )


def _compact_table(kind: str, warehouse: Warehouse, reader: SourceReader) -> None:
    files = warehouse.files(kind)
    with warehouse.scratch() as folder:
        made: list[NewFile | DataFile] = []
        for period in sorted({file.period for file in files}):
            here = [file for file in files if file.period == period]
            made += rewritten(
                TABLES[kind], period, [file.path for file in here], warehouse.buckets, reader, folder
            )
        digests = [hashlib.sha256(file.path.read_bytes()).hexdigest() for file in made]
        if sorted(digests) != sorted(file.sha256 for file in files):
            properties = warehouse.properties(kind)
            warehouse.publish(Publication({kind: made}, {kind: properties} if properties else {}))


def _checked(warehouse: Warehouse) -> int:
    """How many files there are; all of them are as they were published."""
    count = 0
    for dataset in warehouse.datasets():
        for file in warehouse.files(dataset):
            if damaged_file([file]) is not None:
                raise StoreError(
                    f"{file.path} of {dataset} is missing or damaged; expected the digest {file.sha256[:16]}…",
                    hint="restore it, or rebuild the warehouse from the source files with `regulars data load`",
                )
            count += 1
    return count


def _loaded_files(warehouse: Warehouse) -> list[DataFile]:
    return [file for kind in KINDS for file in warehouse.files(kind)]
