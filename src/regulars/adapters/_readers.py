"""The SourceReader port on DuckDB: CSV and Parquet files become typed, checked rows, and none is lost."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from regulars.contracts import Table, table
from regulars.flows import LineCounts, StagedFile, read_parts
from regulars.ingest import FileMapping, Sample
from regulars.kernel import ConfigError, StoreError

from ._archives import names_inside, unpacked
from ._duckdb import arrow_schema
from ._reader_cards import HELD_CARD, OWN_CARD, holders_statement, moved_statement
from ._reader_cells import with_codes, with_computed
from ._reader_fixed import fixed_rows
from ._reader_lines import UNREADABLE
from ._reader_parts import Parts, dataset
from ._reader_poslog import POSLOG_COLUMNS, file_findings, not_undone, read_poslog, with_raw, with_transactions
from ._reader_rows import PICKED, RowSource, file_list, literal, parquet_rows, text_rows
from ._reader_sample import beginning_of
from ._reader_sql import (
    RowStatement,
    findings_statement,
    line_counts_statement,
    newest_statement,
    sorted_statement,
    union_statement,
)
from ._reader_text import pick_lines, prepare_text, shown

_BATCH_ROWS = 122_880
_REPEATED_ROWS = 4_096
_COLUMNS_SHOWN = 40
_WANTED = pa.schema([("source_line", pa.int64()), ("broken", pa.int32())])


class DuckDBReader:
    """Reads source files in process.

    Args:
        threads: How many threads one file may use.
        memory_mb: Cap on DuckDB's own buffers; it spills to `spill_folder` beyond.
        spill_folder: Where it may spill.
    """

    def __init__(self, *, threads: int = 2, memory_mb: int = 400, spill_folder: Path | None = None) -> None:
        self._row_sources: dict[Path, RowSource] = {}
        self._connection = duckdb.connect()
        self._connection.execute(f"SET threads = {threads:d}")
        self._connection.execute(f"SET memory_limit = '{memory_mb:d}MB'")
        self._connection.execute("SET preserve_insertion_order = true")
        self._connection.execute("SET TimeZone = 'UTC'")
        if spill_folder is not None:
            self._connection.execute(f"SET temp_directory = {literal(str(spill_folder))}")

    def stage(self, path: Path, mapping: FileMapping, folder: Path) -> StagedFile:
        """Read a file whole; see the port."""
        contract = table(mapping.kind)
        with _translated(path):
            _require_file(path)
            folder.mkdir(parents=True, exist_ok=True)
            rows, rows_in = self._rows(path, mapping, folder)
            parts = Parts(contract, folder)
            with self._session() as session:
                reader = session.sql(RowStatement(mapping, contract, rows).text()).to_arrow_reader(_BATCH_ROWS)
                assert reader is not None
                schema = pa.schema([*arrow_schema(contract), ("source_line", pa.int64()), ("broken", pa.int32())])
                for batch in reader:
                    parts.add(batch.cast(schema))
            parts.flush()
        if parts.rows != rows_in:
            raise StoreError(
                f"{path} holds {rows_in} rows, but {parts.rows} were read; nothing was loaded",
                hint="this should not happen: keep the file and report it",
            )
        self._row_sources[folder] = rows
        periods = {period: parts.files[period] for period in sorted(parts.files)}
        staged = StagedFile(path, mapping, rows_in, parts.rows_refused, periods, parts.refused, folder=folder)
        return with_transactions(staged, self._connection) if mapping.format == "poslog" else staged

    def names_inside(self, path: Path) -> tuple[str, ...]:
        """What is packed in a file; see the port."""
        with _translated(path):
            return names_inside(path)

    def sample(self, path: Path, folder: Path) -> tuple[Sample, Path]:
        """The file's beginning; see the port."""
        with _translated(path):
            _require_file(path)
            return beginning_of(path, folder)

    def first_rows(self, staged: StagedFile, count: int) -> list[dict[str, Any]]:
        """First good rows of a staged file; see the port."""
        files = [path for paths in staged.parts.values() for path in paths]
        if not files:
            return []
        rows = read_parts(files).sort_by("source_line").slice(0, count)
        shown: list[dict[str, Any]] = rows.select(table(staged.mapping.kind).column_names).to_pylist()
        return shown

    def sorted_rows(
        self,
        table_name: str,
        existing: Sequence[Path],
        staged: Sequence[Sequence[Path]],
        undone: pa.Table | None = None,
        cards: Sequence[Path] | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Rows of both in order; see the port."""
        contract = table(table_name)
        schema = _sorted_schema(contract)
        with self._session() as session, _translated(None):
            relations = {f"staged_{number}": number for number, paths in enumerate(staged) if paths}
            for relation, number in relations.items():
                session.register(relation, dataset(staged[number]))
            rows = union_statement(contract, existing, relations)
            versions = bool(contract.versioned_by) and _has_versions(session, rows)
            if versions:
                session.execute(f"CREATE TEMP TABLE newest AS {newest_statement(contract, rows)}")
            if undone is not None:
                session.register("undone", undone)
            household = "" if cards is None else _household(session, rows, cards)
            statement = sorted_statement(
                contract, rows, versions=versions, undone=undone is not None, household=household
            )
            reader = session.sql(statement).to_arrow_reader(_BATCH_ROWS)
            assert reader is not None
            for batch in reader:
                yield batch.cast(schema)

    def is_moved_by(self, cards: Sequence[Path], lines: Sequence[Path]) -> bool:
        """Whether the cards give some line another household; see the port."""
        with self._session() as session, _translated(None):
            rows = f"SELECT card_id, sold_on, household_id FROM read_parquet({file_list(lines)})"
            found = session.execute(moved_statement(rows, _household(session, rows, cards))).fetchall()
        return bool(found[0][0])

    def findings(self, staged: StagedFile, conflict_lines: Sequence[int]) -> pa.Table:
        """Refused rows and conflicting lines as rows of the table ``findings``; see the port."""
        schema = arrow_schema(table("findings"))
        if not staged.refused and not conflict_lines and staged.counts is None:
            return schema.empty_table()
        contract = table(staged.mapping.kind)
        rows = self._row_sources[staged.folder]
        refused = pa.concat_tables(
            [_WANTED.empty_table(), *([read_parts(staged.refused)] if staged.refused else [])]
        )
        conflicts = pa.table({"source_line": conflict_lines, "broken": [0] * len(conflict_lines)}, schema=_WANTED)
        wanted = pa.concat_tables([refused, conflicts])
        with _translated(staged.path), self._session() as session:
            if rows.text is not None:
                lines = wanted["source_line"].to_numpy()
                pick_lines(rows.text, staged.mapping, lines, staged.folder / PICKED)
            statement = RowStatement(staged.mapping, contract, rows)
            session.register("rules", _rules_table(statement, contract))
            session.register("wanted", wanted)
            if staged.counts is not None:
                rows = with_raw(staged, rows, session)
            found = session.sql(findings_statement(staged.mapping, staged.path.name, rows)).to_arrow_table()
            found = found.append_column("head", _repeated(rows.head, found.num_rows))
            told = [found] if staged.counts is None else [found, file_findings(staged, session)]
        return pa.concat_tables([part.cast(schema) for part in told])

    def rebuild(self, raws: Sequence[str], file_format: str, head: str, target: Path) -> None:
        """Write a file of rows as findings hold them; see the port."""
        with _translated(target), self._session() as session:
            if file_format != "parquet":
                target.write_text("\n".join((head, *raws, "")), encoding="utf-8")
                return
            numbered = pa.table({"n": pa.array(range(len(raws)), pa.int64()), "raw": pa.array(raws, pa.string())})
            session.register("raws", numbered)
            rows = f"SELECT n, from_json(raw, {literal(head)}) AS cells FROM raws"
            session.execute(
                f"COPY (SELECT unnest(cells) FROM ({rows}) ORDER BY n) TO {literal(str(target))} (FORMAT parquet)"
            )

    def line_counts(self, staged: StagedFile, without_lines: Sequence[int]) -> LineCounts:
        """What the good lines come to; see the port."""
        files = [path for paths in staged.parts.values() for path in paths]
        if not files:
            return LineCounts()
        rows = f"SELECT * FROM staged AS rows WHERE true{not_undone(staged)}"
        with _translated(staged.path), self._session() as session:
            session.register("staged", dataset(files))
            if without_lines:
                session.register("left_out", pa.table({"source_line": pa.array(without_lines, pa.int64())}))
                rows += " AND source_line NOT IN (SELECT source_line FROM left_out)"
            if _has_versions(session, rows):
                names = ", ".join(table("lines").versioned_by)
                rows = f"SELECT * FROM ({rows}) QUALIFY version = max(version) OVER (PARTITION BY {names})"
            counts = session.execute(line_counts_statement(rows)).fetchall()[0]
        return LineCounts(*(int(value or 0) for value in counts))

    @contextmanager
    def _session(self) -> Iterator[duckdb.DuckDBPyConnection]:
        session = self._connection.cursor()
        try:
            yield session
        finally:
            session.close()

    def _rows(self, path: Path, mapping: FileMapping, folder: Path) -> tuple[RowSource, int]:
        """The file's rows as SQL, and how many there are by its own count."""
        rows, count = self._format_rows(unpacked(path, folder), mapping, folder)
        rows = with_computed(rows, mapping, path)
        if any(column.code for column in mapping.columns):
            with self._session() as session:
                rows = with_codes(rows, mapping, folder, session)
        return rows, count

    def _format_rows(self, path: Path, mapping: FileMapping, folder: Path) -> tuple[RowSource, int]:
        if mapping.format == "poslog":
            _require_columns(path, mapping, POSLOG_COLUMNS)
            log = read_poslog(path, mapping, folder)
            return log.row_source(), log.rows
        if mapping.format == "fixed":
            _require_columns(path, mapping, [field.name for field in mapping.fields])
            return fixed_rows(path, mapping, folder)
        if mapping.format == "csv":
            file = prepare_text(path, mapping, folder)
            _require_text(path, file.header)
            _require_columns(path, mapping, file.header)
            return text_rows(file, mapping, folder), file.rows
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
        return {str(row[0]): str(row[1]) for row in described}, int(counted[0])


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise StoreError(f"there is no file {path}", hint="check the path; a folder is read with a mapping")
    if path.stat().st_size == 0:
        raise StoreError(f"{path} is empty", hint="look whether the export of this file was cut short")


def _require_text(path: Path, header: Sequence[str]) -> None:
    """Refuse a file whose first line is no text: a picture, a table of another program."""
    if any(UNREADABLE in name or any(mark < " " and mark != "\t" for mark in name) for name in header):
        raise ConfigError(
            f"{path} is not a CSV file; expected a first line of text, the columns' names",
            hint="if it is text in another encoding, name it in the mapping; else say what it is with --format",
        )


def _require_columns(path: Path, mapping: FileMapping, header: Sequence[str]) -> None:
    """Refuse a file that lacks a column of the mapping, or has twice one that is read."""
    computed = {cell.name for cell in mapping.computed}
    counts = Counter(header)
    read = {column.file_column for column in mapping.columns} | {
        name for cell in mapping.computed for name in cell.reads
    }
    twice = sorted(name for name, count in counts.items() if count > 1 and name in read)
    if twice:
        raise ConfigError(
            f"{path} has more than one column {shown(twice[0])!r}, which the mapping reads; expected one",
            hint="give the other another name, or leave it out of the export",
        )
    for column in mapping.columns:
        name = column.file_column
        if name is None or name in computed or (column.optional and name not in header):
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


def _household(session: duckdb.DuckDBPyConnection, rows: str, cards: Sequence[Path]) -> str:
    """Whose a line is, as SQL; what it needs is made ready."""
    if not cards:
        return OWN_CARD
    session.execute(f"CREATE TEMP TABLE holders AS {holders_statement(rows, cards)}")
    return HELD_CARD


def _has_versions(session: duckdb.DuckDBPyConnection, rows: str) -> bool:
    """Whether some rows are of another version than others."""
    found = session.execute(f"SELECT min(version) < max(version) FROM ({rows})").fetchall()
    return bool(found[0][0])


def _sorted_schema(contract: Table) -> pa.Schema:
    return pa.schema(
        [
            *arrow_schema(contract),
            pa.field("source_file", pa.int64()),
            pa.field("source_line", pa.int64()),
            pa.field("past_by", pa.int64()),
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


def _repeated(text: str, count: int) -> pa.ChunkedArray:
    """A text so many times, in the memory of a few thousand: a header can be long, and findings many."""
    chunk = pa.repeat(pa.scalar(text, pa.string()), min(count, _REPEATED_ROWS))
    whole, rest = divmod(count, _REPEATED_ROWS)
    return pa.chunked_array([*[chunk] * whole, chunk.slice(0, rest)], pa.string())


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
