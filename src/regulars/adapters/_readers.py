"""The SourceReader port on DuckDB: CSV and Parquet files become typed, checked rows, and none is lost."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from regulars.contracts import Table, table
from regulars.flows import LineCounts, StagedFile
from regulars.ingest import FileMapping
from regulars.kernel import ConfigError, StoreError, bucket_of

from ._duckdb import arrow_schema
from ._reader_poslog import POSLOG_COLUMNS, file_findings, not_undone, read_poslog, with_raw, with_transactions
from ._reader_rows import RowSource, file_list, literal, parquet_rows, text_rows
from ._reader_sql import (
    RowStatement,
    contested_statement,
    findings_statement,
    sorted_statement,
    union_statement,
)
from ._reader_text import prepare_text, shown

_BATCH_ROWS = 122_880
_COLUMNS_SHOWN = 40
_REFUSED = "refused"


class DuckDBReader:
    """Reads source files in process.

    Args:
        threads: How many threads one file may use.
        memory_mb: Cap on DuckDB's own buffers; it spills to `spill_folder` beyond.
        spill_folder: Where it may spill.
    """

    def __init__(self, *, threads: int = 2, memory_mb: int = 800, spill_folder: Path | None = None) -> None:
        self._connection = duckdb.connect()
        self._connection.execute(f"SET threads = {threads:d}")
        self._connection.execute(f"SET memory_limit = '{memory_mb:d}MB'")
        self._connection.execute("SET preserve_insertion_order = true")
        self._connection.execute("SET TimeZone = 'UTC'")
        if spill_folder is not None:
            self._connection.execute(f"SET temp_directory = {literal(str(spill_folder))}")

    def stage(self, path: Path, mapping: FileMapping, folder: Path) -> StagedFile:
        """Read a file whole; see the port."""
        with _translated(path):
            _require_file(path)
            folder.mkdir(parents=True, exist_ok=True)
            rows, rows_in = self._rows(path, mapping, folder)
            statement = RowStatement(mapping, table(mapping.kind), rows)
            parts = folder / "parts"
            with self._session() as session:
                session.execute(
                    f"COPY ({statement.text()}) TO {literal(str(parts))} "
                    "(FORMAT parquet, COMPRESSION lz4, PARTITION_BY (part), OVERWRITE true)"
                )
            staged = self._staged(path, mapping, rows_in, parts)
            return with_transactions(staged, self._connection) if mapping.format == "poslog" else staged

    def sorted_rows(
        self, table_name: str, existing: Sequence[Path], staged: Sequence[Path], buckets: int
    ) -> Iterator[pa.RecordBatch]:
        """Rows of both in order; see the port."""
        contract = table(table_name)
        rows = union_statement(contract, existing, staged)
        schema = _sorted_schema(contract)
        with self._session() as session, _translated(None):
            if contract.bucketed:
                session.register("household_buckets", _household_buckets(session, rows, buckets))
                session.execute(f"CREATE TEMP TABLE contested AS {contested_statement(contract, rows)}")
            reader = session.sql(sorted_statement(contract, rows)).to_arrow_reader(_BATCH_ROWS)
            assert reader is not None
            for batch in reader:
                yield batch.cast(schema)

    def findings(self, staged: StagedFile, conflict_lines: Sequence[int]) -> pa.Table:
        """Refused rows and conflicting lines as rows of the table ``findings``; see the port."""
        schema = arrow_schema(table("findings"))
        if not staged.refused and not conflict_lines and staged.counts is None:
            return schema.empty_table()
        contract = table(staged.mapping.kind)
        with _translated(staged.path), self._session() as session:
            rows, _ = self._rows(staged.path, staged.mapping, staged.folder or self._scratch_of(staged))
            statement = RowStatement(staged.mapping, contract, rows)
            session.register("rules", _rules_table(statement, contract))
            conflicts = pa.table(
                {
                    "source_line": pa.array(conflict_lines, pa.int64()),
                    "broken": pa.array([0] * len(conflict_lines), pa.int64()),
                }
            )
            session.register("conflicts", conflicts)
            refused = "SELECT source_line, broken FROM conflicts"
            if staged.refused:
                refused += f" UNION ALL SELECT source_line, broken FROM read_parquet({file_list(staged.refused)})"
            session.execute(f"CREATE TEMP TABLE wanted AS {refused}")
            if staged.counts is not None:
                rows = with_raw(staged, rows, session)
            found = session.sql(findings_statement(staged.mapping, staged.path.name, rows)).to_arrow_table()
            told = [found] if staged.counts is None else [found, file_findings(staged, session)]
        return pa.concat_tables([part.cast(schema) for part in told])

    def line_counts(self, staged: StagedFile, without_lines: Sequence[int]) -> LineCounts:
        """What the good lines come to; see the port."""
        files = [path for paths in staged.parts.values() for path in paths]
        if not files:
            return LineCounts()
        with _translated(staged.path), self._session() as session:
            left_out = pa.table({"source_line": pa.array(without_lines, pa.int64())})
            session.register("left_out", left_out)
            row = session.execute(
                "SELECT count(DISTINCT (store_id, lane_id, sold_on, transaction_id)), "
                "count(*) FILTER (NOT is_return), count(*) FILTER (is_return), sum(amount_cents), "
                "count(DISTINCT (store_id, lane_id, sold_on, transaction_id)) FILTER (household_id IS NOT NULL), "
                "count(DISTINCT store_id) FROM ("
                "SELECT *, quantity_milli < 0 OR amount_cents < 0 AS is_return "
                f"FROM read_parquet({file_list(files)}) AS rows "
                "WHERE NOT EXISTS (SELECT 1 FROM left_out o WHERE o.source_line = rows.source_line)"
                f"{not_undone(staged)})"
            ).fetchone()
        assert row is not None
        return LineCounts(*(int(value or 0) for value in row))

    @contextmanager
    def _session(self) -> Iterator[duckdb.DuckDBPyConnection]:
        session = self._connection.cursor()
        try:
            yield session
        finally:
            session.close()

    def _rows(self, path: Path, mapping: FileMapping, folder: Path) -> tuple[RowSource, int]:
        """The file's rows as SQL, and how many there are by its own count."""
        if mapping.format == "poslog":
            log = read_poslog(path, mapping, folder)
            _require_columns(path, mapping, POSLOG_COLUMNS)
            return log.row_source(), log.rows
        if mapping.format == "csv":
            file = prepare_text(path, mapping.text, folder)
            _require_columns(path, mapping, file.header)
            quoting = mapping.text.quoting and file.has_quotes
            return text_rows(file.path, file.header, mapping, quoting=quoting), file.rows
        types, count = self._parquet_columns(path)
        _require_columns(path, mapping, tuple(types))
        return parquet_rows(path, mapping, table(mapping.kind), types), count

    def _parquet_columns(self, path: Path) -> tuple[dict[str, str], int]:
        """Columns of a Parquet file with their types, and how many rows its own head says it has."""
        with path.open("rb") as stream:
            if stream.read(4) != b"PAR1":
                raise ConfigError(
                    f"{path} is not a Parquet file; its first bytes should be PAR1",
                    hint="if it is a CSV file, say so with --format csv",
                )
        with self._session() as session:
            described = session.execute(f"DESCRIBE SELECT * FROM read_parquet({file_list([path])})").fetchall()
            counted = session.execute(
                f"SELECT num_rows FROM parquet_file_metadata({file_list([path])})"
            ).fetchone()
        assert counted is not None
        if counted[0] == 0:
            raise StoreError(f"{path} holds no row", hint="look whether the export of this file was cut short")
        return {str(row[0]): str(row[1]) for row in described}, int(counted[0])

    def _staged(self, path: Path, mapping: FileMapping, rows_in: int, folder: Path) -> StagedFile:
        parts: dict[str, list[Path]] = {}
        for file in sorted(folder.glob("part=*/*.parquet")):
            parts.setdefault(file.parent.name.removeprefix("part="), []).append(file)
        refused = parts.pop(_REFUSED, [])
        with self._session() as session:
            counts = [self._count(session, files) for files in (*parts.values(), refused)]
        if sum(counts) != rows_in:
            raise StoreError(
                f"{path} holds {rows_in} rows, but {sum(counts)} were read; nothing was loaded",
                hint="this should not happen: keep the file and report it",
            )
        return StagedFile(
            path,
            mapping,
            rows_in,
            counts[-1],
            {_period(part): parts[part] for part in sorted(parts)},
            refused,
            folder=folder.parent,
        )

    def _count(self, session: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> int:
        if not files:
            return 0
        row = session.execute(f"SELECT sum(num_rows) FROM parquet_file_metadata({file_list(files)})").fetchone()
        assert row is not None
        return int(row[0])

    def _scratch_of(self, staged: StagedFile) -> Path:
        """Where a clean copy of the file may be put again: beside its parts."""
        return next(iter([*staged.refused, *(p for paths in staged.parts.values() for p in paths)])).parent


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise StoreError(f"there is no file {path}", hint="check the path; a folder is read with a mapping")
    if path.stat().st_size == 0:
        raise StoreError(f"{path} is empty", hint="look whether the export of this file was cut short")


def _require_columns(path: Path, mapping: FileMapping, header: Sequence[str]) -> None:
    """Refuse a file that lacks a column of the mapping, or has one twice."""
    twice = sorted({name for name in header if list(header).count(name) > 1})
    if twice:
        raise ConfigError(f"{path} has more than one column {shown(twice[0])!r}; expected every name once")
    for column in mapping.columns:
        name = column.file_column
        if name is None or (column.optional and name not in header):
            continue
        if name not in header:
            more = f" and {len(header) - _COLUMNS_SHOWN} more" if len(header) > _COLUMNS_SHOWN else ""
            nearest = difflib.get_close_matches(name, header, n=1)
            raise ConfigError(
                f"{path} has no column {shown(name)!r}, which {mapping.kind}.{column.target} is read from; "
                f"it has {', '.join(map(shown, header[:_COLUMNS_SHOWN]))}{more}",
                hint=f"did you mean {shown(nearest[0])!r}? Change the mapping"
                if nearest
                else "change the mapping",
            )


def _household_buckets(session: duckdb.DuckDBPyConnection, rows: str, buckets: int) -> pa.Table:
    """The bucket of every household that occurs."""
    found = session.execute(
        f"SELECT DISTINCT household_id FROM ({rows}) WHERE household_id IS NOT NULL"
    ).fetchall()
    ids = [str(row[0]) for row in found]
    numbers = [bucket_of(household_id, buckets) for household_id in ids]
    return pa.table({"id": pa.array(ids, pa.string()), "bucket": pa.array(numbers, pa.int64())})


def _sorted_schema(contract: Table) -> pa.Schema:
    return pa.schema(
        [
            pa.field("bucket", pa.int64()),
            *arrow_schema(contract),
            pa.field("is_new", pa.bool_()),
            pa.field("source_line", pa.int64()),
        ]
    )


def _rules_table(statement: RowStatement, contract: Table) -> pa.Table:
    """Number, column, name and expectation of each rule; number 0 is the conflict of two rows with one key."""
    key = " ".join(contract.grain)
    rows = [(0, "", "key-has-one-content", f"the row that is already there for the same {key}")]
    rows += [(n, rule.column, rule.name, rule.expected) for n, rule in enumerate(statement.rules, start=1)]
    numbers, columns, names, expected = zip(*rows, strict=True)
    return pa.table(
        {
            "number": pa.array(numbers, pa.int64()),
            "rule_column": pa.array(columns, pa.string()),
            "rule": pa.array(names, pa.string()),
            "expected": pa.array(expected, pa.string()),
        }
    )


def _period(part: str) -> str:
    return "" if part == "all" else f"{part[:4]}-{part[4:]}"


@contextmanager
def _translated(path: Path | None) -> Iterator[None]:
    """Let a driver's error leave as ours, with the file's name and what the driver said."""
    what = str(path) if path is not None else "the warehouse"
    try:
        yield
    except StoreError:
        raise
    except (duckdb.Error, OSError, pa.ArrowException) as error:
        if "No space left" in str(error):
            raise StoreError(
                f"{what}: the disk is full; nothing was loaded", hint="make room on the disk"
            ) from error
        first = str(error).strip().splitlines()[0]
        raise StoreError(
            f"{what} could not be read: {first}",
            hint="look at the file, free space and permissions (`regulars doctor`)",
        ) from error
