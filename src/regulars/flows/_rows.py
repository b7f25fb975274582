"""Rows of contract tables in memory: read from Parquet, checked against the contract, written and digested."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from regulars.contracts import table
from regulars.kernel import ContractError, StoreError

from ._parquet_rows import find_rows
from ._ports import DataFile
from ._unreadable import readable

Only: TypeAlias = Sequence[tuple[str, str, object]]
"""Conditions on columns: name, comparison, value."""
_ROW_GROUP_ROWS = 65_536
"""So that whoever looks for one household's rows in a large sorted table reads few."""
_KINDS: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def contract_schema(table_name: str) -> pa.Schema:
    """The Arrow schema of a contract table."""
    return pa.schema([pa.field(column.name, _KINDS[column.type]) for column in table(table_name).columns])


def read_rows(files: Iterable[DataFile], table_name: str, *, only: Only | None = None) -> pa.Table:
    """All rows of a table, or those that meet every condition; no file is a table without rows.

    Raises:
        StoreError: A file cannot be read.
    """
    return read_paths([file.path for file in files], table_name, only=only)


def read_paths(paths: Sequence[Path], table_name: str, *, only: Only | None = None) -> pa.Table:
    """The same, from paths."""
    schema = contract_schema(table_name)
    try:
        parts = [_whole(_read(path, only), schema, table_name).cast(schema) for path in paths]
    except KeyError as error:
        raise ContractError(
            f"rows of {table_name} were written by another release: {error.args[0]}",
            hint="build them anew with this one, or read them with the one that wrote them",
        ) from error
    return pa.concat_tables(parts) if parts else schema.empty_table()


def _read(path: Path, only: Only | None) -> pa.Table:
    """Rows of one file; never by `pyarrow.dataset`, which would bring pandas along."""
    with readable(path):
        if only:
            return find_rows(path, only)
        with pq.ParquetFile(path) as file:
            return file.read()


def _whole(rows: pa.Table, schema: pa.Schema, table_name: str) -> pa.Table:
    """Rows with every column; one that may be empty and that an earlier release did not write is empty."""
    for column in table(table_name).columns:
        if column.nullable and column.name not in rows.column_names:
            rows = rows.append_column(column.name, pa.nulls(rows.num_rows, schema.field(column.name).type))
    return rows.select(schema.names)


def shaped(rows: pa.Table | Mapping[str, object], table_name: str) -> pa.Table:
    """Rows with the contract's columns and types, sorted by its grain.

    Raises:
        ContractError: A column is missing, of another type, or empty where it may not be; or the grain repeats.
    """
    contract, schema = table(table_name), contract_schema(table_name)
    given = rows if isinstance(rows, pa.Table) else pa.table(dict(rows))
    try:
        built = given.select(schema.names).cast(schema)
    except (KeyError, pa.ArrowInvalid) as error:
        raise ContractError(f"rows of {table_name} break its contract: {error}") from error
    for column in contract.columns:
        if not column.nullable and built[column.name].null_count:
            raise ContractError(f"{table_name}.{column.name} has empty values where none may be")
    keys = list(contract.grain)
    if built.select(keys).group_by(keys).aggregate([]).num_rows != built.num_rows:
        raise ContractError(f"{table_name}: {contract.grain} stands more than once")
    return built.sort_by([(name, "ascending") for name in keys])


def write_rows(rows: pa.Table, path: Path) -> None:
    """Write rows to one Parquet file.

    Raises:
        StoreError: The disk failed.
    """
    try:
        pq.write_table(rows, path, compression="zstd", row_group_size=_ROW_GROUP_ROWS)
    except OSError as error:
        raise StoreError(
            f"{path.name} could not be written: {error}", hint="look at free space with `regulars doctor`"
        ) from error


class _Digest:
    """A sink that keeps nothing but the digest of what is written into it."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()
        self.closed = False

    def write(self, data: bytes) -> int:
        self.sha256.update(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        self.closed = True


def rows_digest(tables: Mapping[str, pa.Table]) -> str:
    """SHA-256 over the rows of tables as text, hex: the same on every machine, whatever wrote them."""
    sink = _Digest()
    for name in sorted(tables):
        sink.write(f"{name}\n".encode())
        pc.write_csv(tables[name], pa.PythonFile(sink, mode="w"))
        sink.closed = False
    return sink.sha256.hexdigest()
