"""The Engine port on DuckDB, in process: SQL steps over Parquet files or rows in memory, results as Parquet."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from regulars.contracts import SqlStep, Table, table
from regulars.flows import Source, first_unreadable, unreadable_file
from regulars.kernel import ContractError, RegularsError, StoreError

_DUCKDB_TYPES = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_OF_NO_FILE = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConversionException,
    duckdb.OutOfMemoryException,
    duckdb.ParserException,
)
"""Errors that no file is to blame for."""
_ROW_GROUP_ROWS = 122_880
_FILE = (
    f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP_ROWS}, "
    "DICTIONARY_SIZE_LIMIT 5000, WRITE_BLOOM_FILTER false"
)
"""How files are written. A longer dictionary costs more than it saves; rows are in order, so parts that cannot hold a
value are passed over by their least and greatest one."""


class DuckDBEngine:
    """Runs SQL steps in one process.

    Args:
        threads: How many threads one step may use.
        memory_mb: Cap on DuckDB's own buffers; it spills to `spill_folder` beyond.
        spill_folder: Where it may spill.
    """

    def __init__(self, *, threads: int = 2, memory_mb: int = 2_000, spill_folder: Path | None = None) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(f"SET threads = {threads:d}")
        self._connection.execute(f"SET memory_limit = '{memory_mb:d}MB'")
        if spill_folder is not None:
            self._connection.execute(f"SET temp_directory = {_literal(str(spill_folder))}")

    def build(
        self, step: SqlStep, sources: Mapping[str, Source], parameters: Mapping[str, Any], target: Path
    ) -> int:
        """Run a step and write its rows, sorted by the table's grain; see the port."""
        partial = target.with_name(target.name + ".partial")
        with self._session(step, sources) as session:
            copy = f"COPY ({_typed(step)}) TO {_literal(str(partial))} ({_FILE})"
            with _translated(step, sources):
                session.execute(copy, dict(parameters))
                rows = _audit(step, partial)
        with _translated(step):
            partial.replace(target)
        return rows

    def query(self, step: SqlStep, sources: Mapping[str, Source], parameters: Mapping[str, Any]) -> pa.Table:
        """Run a step into memory; see the port."""
        contract = table(step.table)
        with self._session(step, sources) as session, _translated(step, sources):
            found = session.sql(_cast(step), params=dict(parameters)).to_arrow_table()
        return _in_order(found.cast(arrow_schema(contract)), contract.grain)

    def batches(
        self, step: SqlStep, sources: Mapping[str, Source], parameters: Mapping[str, Any], rows: int
    ) -> Iterator[pa.RecordBatch]:
        """Run a step and hand its rows on in batches; see the port."""
        schema = arrow_schema(table(step.table))
        with self._session(step, sources) as session, _translated(step, sources):
            reader = session.sql(_typed(step), params=dict(parameters)).to_arrow_reader(rows)
            assert reader is not None
            for batch in reader:
                yield batch.cast(schema)

    @contextmanager
    def _session(self, step: SqlStep, sources: Mapping[str, Source]) -> Iterator[duckdb.DuckDBPyConnection]:
        """A session in which every table the step reads stands as a view of its name."""
        missing = set(step.reads) - set(sources)
        if missing:
            raise ContractError(f"{step.source} reads {sorted(missing)}, which were not given to it")
        session = self._connection.cursor()
        try:
            for name in step.reads:
                with _translated(step, sources):
                    _provide(session, name, sources[name])
            yield session
        finally:
            session.close()


def arrow_schema(contract: Table) -> pa.Schema:
    """The Arrow schema of a table's contract."""
    kinds = {
        "text": pa.string(),
        "integer": pa.int64(),
        "double": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
    }
    return pa.schema([pa.field(column.name, kinds[column.type]) for column in contract.columns])


def _provide(session: duckdb.DuckDBPyConnection, name: str, source: Source) -> None:
    if isinstance(source, pa.Table):
        session.register(name, source)
        return
    if source:
        files = ", ".join(_literal(os.fspath(path)) for path in source)
        session.execute(f"CREATE TEMP VIEW {_name(name)} AS SELECT * FROM read_parquet([{files}])")
        return
    columns = ", ".join(f"{_name(c.name)} {_DUCKDB_TYPES[c.type]}" for c in table(name).columns)
    session.execute(f"CREATE TEMP TABLE {_name(name)} ({columns})")


def _cast(step: SqlStep) -> str:
    """The step's text with the contract's types: integer sums are wider than a column until cast."""
    columns = ", ".join(
        f"CAST({_name(c.name)} AS {_DUCKDB_TYPES[c.type]}) AS {_name(c.name)}" for c in table(step.table).columns
    )
    return f"SELECT {columns} FROM ({step.text}) AS step_result"


def _typed(step: SqlStep) -> str:
    """The same in the order of the table's grain."""
    order = ", ".join(_name(name) for name in table(step.table).grain)
    return f"{_cast(step)} ORDER BY {order}"


def _in_order(rows: pa.Table, grain: tuple[str, ...]) -> pa.Table:
    """Rows in the order of the grain; those that stand so already, as rows of a kept table do, are not sorted."""
    rows = rows.combine_chunks()
    same, after = pa.scalar(True), pa.scalar(False)
    for name in grain:
        column = rows[name].combine_chunks()
        if column.null_count:
            return rows.sort_by([(name, "ascending") for name in grain])
        one, next_one = column.slice(0, max(0, len(rows) - 1)), column.slice(1)
        after = pc.or_(after, pc.and_(same, pc.greater(one, next_one)))
        same = pc.and_(same, pc.equal(one, next_one))
    if len(rows) > 1 and pc.any(after).as_py():
        return rows.sort_by([(name, "ascending") for name in grain])
    return rows


def _audit(step: SqlStep, written: Path) -> int:
    """Count what was written and refuse it when its grain repeats or a value is missing where none may be.

    Rows are written in the order of their grain, so rows of one grain are neighbours. Texts are compared by their
    numbers in a dictionary.
    """
    contract = table(step.table)
    texts = [column.name for column in contract.columns if column.type == "text" and column.name in contract.grain]
    with pq.ParquetFile(written, read_dictionary=texts) as file:
        missing = _first_missing(file.metadata, contract)
        if missing is not None:
            raise ContractError(f"{step.source}: {missing} has empty values")
        last: pa.RecordBatch | None = None
        for batch in file.iter_batches(_ROW_GROUP_ROWS, columns=list(contract.grain)):
            repeated = _first_repeated([last, batch] if last is not None else [batch])
            if repeated is not None:
                raise ContractError(f"{step.source}: {contract.grain} = {repeated} stands more than once")
            last = batch.slice(len(batch) - 1)
        return int(file.metadata.num_rows)


def _first_missing(written: pq.FileMetaData, contract: Table) -> str | None:
    """The first column that lacks a value and must not, by the counts DuckDB writes beside each of its parts."""
    places = {written.schema.column(place).name: place for place in range(written.num_columns)}
    for column in contract.columns:
        if not column.nullable:
            parts = (written.row_group(number) for number in range(written.num_row_groups))
            if any(part.column(places[column.name]).statistics.null_count for part in parts):
                return column.name
    return None


def _first_repeated(batches: list[pa.RecordBatch]) -> tuple[Any, ...] | None:
    """The first row that equals the one before it."""
    rows = pa.Table.from_batches(batches).combine_chunks()
    same = pa.scalar(True)
    for column in rows.columns:
        values = column.combine_chunks()
        codes = values.indices if pa.types.is_dictionary(values.type) else values
        one, next_one = codes.slice(0, len(rows) - 1), codes.slice(1)
        both_empty = pc.and_(pc.is_null(one), pc.is_null(next_one))
        same = pc.and_(same, pc.or_(pc.fill_null(pc.equal(one, next_one), False), both_empty))
    place = pc.index(same, True).as_py() if len(rows) > 1 else -1
    return None if place < 0 else tuple(value.as_py() for value in (column[place] for column in rows.columns))


@contextmanager
def _translated(step: SqlStep, sources: Mapping[str, Source] = MappingProxyType({})) -> Iterator[None]:
    """Let a driver's error leave as ours: the file that is damaged, or the step's name and what the driver said."""
    try:
        yield
    except duckdb.InterruptException as error:
        raise KeyboardInterrupt from error
    except (duckdb.Error, OSError) as error:
        if isinstance(error, StoreError):
            raise
        if "KeyboardInterrupt" in str(error):
            raise KeyboardInterrupt from error
        raise _refusal(step, sources, error) from error


def _refusal(step: SqlStep, sources: Mapping[str, Source], error: Exception) -> RegularsError:
    files = [path for source in sources.values() if not isinstance(source, pa.Table) for path in source]
    damaged = None if isinstance(error, _OF_NO_FILE) else first_unreadable(files)
    if damaged is not None:
        return unreadable_file(damaged)
    if isinstance(error, duckdb.IOException | OSError):
        return StoreError(
            f"{step.source} could not be run: {_first_line(error)}",
            hint="look at free space and permissions with `regulars doctor`",
        )
    return ContractError(f"{step.source}: {_first_line(error)}\nstatement: {step.text.strip()}")


def _first_line(error: BaseException) -> str:
    return str(error).strip().splitlines()[0]


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
