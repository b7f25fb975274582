"""A forecast written to a file for people: which rows, named, with what it is a forecast of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from regulars.ingest import pretty_need
from regulars.kernel import StoreError, formula_safe
from regulars.predict import DAYS_MAX, predict_step

from ._files import whole_file
from ._names import snapshot
from ._ports import DataFile, Engine, Warehouse
from ._rows import contract_schema, read_rows

_BATCH_ROWS = 100_000
_RANK_MAX = 2**31 - 1
_CHANCE = pa.decimal128(5, 4)
_DAYS = ("expected_on", *(f"expected_on_{end}_{share}" for share in (80, 50) for end in ("low", "high")))


@dataclass(frozen=True)
class ForecastWanted:
    """Which rows of a forecast are written.

    Args:
        level: ``need`` or ``product``; empty for both.
        most: The likeliest so many of each household and level; None for all.
        chance_min: Only those at least so likely.
    """

    level: str = ""
    most: int | None = None
    chance_min: float = 0.0


@dataclass(frozen=True)
class ForecastMade:
    """What a forecast is one of: the day, the window's length, the method."""

    as_of_on: date
    days: int
    method: str


def export_forecast(
    warehouse: Warehouse,
    engine: Engine,
    files: Iterable[DataFile],
    made: ForecastMade,
    wanted: ForecastWanted,
    out: Path,
) -> int:
    """Write a forecast's rows to a CSV file where the name says so, else to a Parquet file.

    In a CSV file chances have four digits, a day that stands for "then or later" is an empty cell, and a text that a
    spreadsheet would take for a formula begins with an apostrophe; a Parquet file holds all three as they are.

    Args:
        warehouse: Holds `products` and the day's profiles.
        engine: Runs the SQL.
        files: The forecast.
        made: What it is one of.
        wanted: Which rows.
        out: The file.

    Returns:
        How many rows were written.

    Raises:
        StoreError: The file cannot be written; there is none, or the one there was.
    """
    step = predict_step("forecast_export")
    far_on = made.as_of_on + timedelta(days=DAYS_MAX)
    needs = warehouse.files(snapshot(made.as_of_on, "household_needs"))
    products = warehouse.files("products")
    sources = {
        "forecast": [file.path for file in files],
        "household_needs": [file.path for file in needs],
        "products": [file.path for file in products],
        "need_names": _need_names(read_rows(products, "products")),
    }
    parameters = {
        "as_of_on": made.as_of_on,
        "window_days": made.days,
        "method": made.method,
        "far_on": far_on,
        "level": wanted.level,
        "rank_max": _RANK_MAX if wanted.most is None else wanted.most,
        "chance_min": wanted.chance_min,
    }
    schema = contract_schema(step.table)
    for_people = out.suffix == ".csv"
    if for_people:
        schema = schema.set(schema.get_field_index("probability"), pa.field("probability", _CHANCE))
    rows = 0
    try:
        with whole_file(out) as part, _writer(part, schema, for_people=for_people) as writer:
            for batch in engine.batches(step, sources, parameters, _BATCH_ROWS):
                table = pa.Table.from_batches([batch])
                writer.write_table(_for_people(table, far_on) if for_people else table)
                rows += len(batch)
    except StoreError:
        raise
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror or error}") from error
    return rows


def _writer(part: Path, schema: pa.Schema, *, for_people: bool) -> pyarrow.csv.CSVWriter | pq.ParquetWriter:
    return (
        pyarrow.csv.CSVWriter(part, schema) if for_people else pq.ParquetWriter(part, schema, compression="zstd")
    )


def _need_names(products: pa.Table) -> pa.Table:
    """Each need as a person writes it, by category."""
    known = products.filter(pc.is_valid(products["need_id"])).group_by(["need_id", "category_id"])
    found = [(row["need_id"], row["category_id"]) for row in known.aggregate([]).to_pylist()]
    return pa.table(
        {
            "need_id": pa.array([need_id for need_id, _ in found], pa.string()),
            "category_id": pa.array([category_id or "" for _, category_id in found], pa.string()),
            "name": pa.array([pretty_need(need_id, category_id) for need_id, category_id in found], pa.string()),
        }
    )


def _for_people(table: pa.Table, far_on: date) -> pa.Table:
    """Rows with chances of four digits, no day where one stands for "then or later", and no text that is a formula."""
    chances = pc.round(table["probability"], 4).cast(_CHANCE, safe=False)
    table = table.set_column(table.column_names.index("probability"), "probability", chances)
    for name in _DAYS:
        days = pc.if_else(pc.less(table[name], pa.scalar(far_on)), table[name], pa.scalar(None, pa.date32()))
        table = table.set_column(table.column_names.index(name), name, days)
    for place, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(place, field, _formula_safe(table[field.name]))
    return table


def _formula_safe(texts: pa.ChunkedArray) -> pa.Array:
    """Texts of which a spreadsheet takes none for a formula."""
    coded = texts.combine_chunks().dictionary_encode()
    return pa.array(map(formula_safe, coded.dictionary.to_pylist()), pa.string()).take(coded.indices)
