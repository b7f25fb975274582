"""Cells that a file does not hold as they are needed: worked out from others, or a product's code read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from regulars.ingest import ComputedCell, FileMapping
from regulars.kernel import ConfigError, VariableLayout, read_product_code

from ._reader_rows import RowSource, file_list, literal

_BATCH_ROWS = 100_000


def with_computed(rows: RowSource, mapping: FileMapping, path: Path) -> RowSource:
    """Rows with the mapping's computed cells beside their own.

    Args:
        rows: The file's rows.
        mapping: How it is read.
        path: The file, for messages.

    Raises:
        ConfigError: A cell is worked out from a column that the file does not have.
    """
    cells, types = dict(rows.cells), dict(rows.types)
    if any(cell.within for cell in mapping.computed):
        relations = [
            f"SELECT *, source_line AS row_line FROM ({r})" for r in (rows.relation, rows.relation_with_raw)
        ]
        rows = replace(rows, relation=relations[0], relation_with_raw=relations[1])
    for cell in mapping.computed:
        missing = [name for name in cell.reads if name not in cells]
        if missing and (set(missing) - cell.optional or set(missing) == set(cell.reads)):
            missing = [name for name in missing if name not in cell.optional] or missing
            raise ConfigError(
                f"{path} has no column {missing[0]!r}, which {cell.name!r} of the mapping is worked out from"
            )
        cells[cell.name] = _worked_out(cell, cells, mapping)
        types[cell.name] = "text"
    return replace(rows, cells=cells, types=types)


def _worked_out(cell: ComputedCell, cells: dict[str, str], mapping: FileMapping) -> str:
    if cell.first_of:
        window = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"
        value = (
            f"first_value({cells[cell.first_of]} IGNORE NULLS) OVER "
            f"(PARTITION BY {cells[cell.within]} ORDER BY row_line {window})"
        )
    elif cell.number_by:
        order = ", ".join(f"{cells[name]} NULLS FIRST" for name in cell.number_by)
        number = f"row_number() OVER (PARTITION BY {cells[cell.within]} ORDER BY {order}, row_line)"
        value = f"CAST({number} AS VARCHAR)"
    elif cell.join:
        value = f"concat_ws(' ', {', '.join(cells[name] for name in cell.join)})"
    elif cell.first_not_empty:
        there = [name for name in cell.first_not_empty if name in cells]
        value = f"COALESCE({', '.join(f'CAST({cells[name]} AS VARCHAR)' for name in there)})"
    else:
        value = _sum(cell, cells, mapping)
    return f"COALESCE({value}, {literal(cell.otherwise)})" if cell.otherwise else value


def _sum(cell: ComputedCell, cells: dict[str, str], mapping: FileMapping) -> str:
    """The sum as the file would write it; a part that is no number stands for the whole, so that a rule names it."""
    numbers = {name: _number(cells[name], mapping) for name in cell.reads}
    parts = []
    if cell.times:
        parts.append(f"round({' * '.join(numbers[name] for name in cell.times)}, 2)")
    parts += [numbers[name] for name in cell.plus]
    total = " + ".join(parts) + "".join(f" - COALESCE({numbers[name]}, 0)" for name in cell.less)
    written = f"replace(CAST({total} AS VARCHAR), '.', {literal(mapping.text.decimal)})"
    bad = " ".join(
        f"WHEN {cells[name]} IS NOT NULL AND {numbers[name]} IS NULL THEN CAST({cells[name]} AS VARCHAR)"
        for name in cell.reads
    )
    return f"CASE {bad} ELSE {written} END"


def _number(cell: str, mapping: FileMapping) -> str:
    """A number as people write it: ``$1,234.50``, ``(4.00)``, ``4.00-``."""
    decimal = mapping.text.decimal
    kept = f"regexp_replace(CAST({cell} AS VARCHAR), '[^0-9A-Za-z()+{decimal}-]', '', 'g')"
    plain = f"regexp_replace({kept}, '^\\(([^()]*)\\)$|^([^()-]+)-$', '-\\1\\2')"
    pointed = plain if decimal == "." else f"replace({plain}, {literal(decimal)}, '.')"
    return f"TRY_CAST({pointed} AS DECIMAL(18, 4))"


def with_codes(
    rows: RowSource, mapping: FileMapping, folder: Path, session: duckdb.DuckDBPyConnection
) -> RowSource:
    """Rows whose product codes are read; the codes that occur are looked up once each.

    Args:
        rows: The file's rows.
        mapping: Which columns hold codes.
        folder: Where the codes that occur are kept.
        session: Reads the file.
    """
    columns = sorted({column.source for column in mapping.columns if column.code and column.source in rows.cells})
    cells = dict(rows.cells)
    relation, with_raw = rows.relation, rows.relation_with_raw
    for number, name in enumerate(column for column in columns if column is not None):
        given = f"CAST({rows.cells[name]} AS VARCHAR)"
        file = folder / f"codes-{number}.parquet"
        if not file.exists():
            reader = session.sql(f"SELECT DISTINCT {given} AS given FROM ({rows.relation})").to_arrow_reader(
                _BATCH_ROWS
            )
            assert reader is not None
            _write_codes(reader, mapping.labels, file)
        read = (
            f"(SELECT given AS given_{number}, product_id AS code_{number} FROM read_parquet({file_list([file])}))"
        )
        join = "SELECT r.*, code_{n} FROM ({relation}) r LEFT JOIN {read} ON given_{n} = {given}"
        relation = join.format(n=number, relation=relation, read=read, given=given)
        with_raw = join.format(n=number, relation=with_raw, read=read, given=given)
        cells[name] = f"code_{number}"
    return replace(rows, relation=relation, relation_with_raw=with_raw, cells=cells)


def _write_codes(batches: Iterable[pa.RecordBatch], layouts: tuple[VariableLayout, ...], file: Path) -> None:
    schema = pa.schema([("given", pa.string()), ("product_id", pa.string())])
    with pq.ParquetWriter(file, schema, compression="lz4") as writer:
        for batch in batches:
            texts = [text for text in batch.column("given").to_pylist() if text is not None]
            read = [read_product_code(text, layouts).product_id for text in texts]
            writer.write_table(pa.table({"given": texts, "product_id": read}, schema=schema))
