"""The SQL that one text may hold for two engines, and its rendering for Spark; `make golden` writes that anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "regulars"

ALLOWED: frozenset[type[exp.Expression]] = frozenset({
    # shape of a statement
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Union, exp.Distinct, exp.With, exp.CTE,
    exp.Subquery, exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Paren,
    # values
    exp.Literal, exp.Boolean, exp.Null, exp.Parameter, exp.Placeholder, exp.Var, exp.Cast, exp.DataType,
    # logic and arithmetic
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Neg, exp.Case, exp.If, exp.Coalesce, exp.Nullif,
    # aggregates and windows
    exp.Count, exp.Sum, exp.Min, exp.Max, exp.Window, exp.Order, exp.Ordered, exp.RowNumber, exp.Lag, exp.Ntile,
    # calendar
    exp.DateDiff,
})  # fmt: skip
"""Kinds of expression that DuckDB and Spark were seen to agree on, to the bit."""

TYPES = frozenset(
    {
        exp.DataType.Type.BIGINT,
        exp.DataType.Type.BOOLEAN,
        exp.DataType.Type.DATE,
        exp.DataType.Type.DOUBLE,
        exp.DataType.Type.TEXT,
        exp.DataType.Type.VARCHAR,
    }
)
"""Types to cast to."""


def findings(text: str) -> Iterator[str]:
    """What in a statement lies outside the subset."""
    statement = sqlglot.parse_one(text, read="duckdb")
    for node in statement.walk():
        if type(node) not in ALLOWED:
            yield f"{node.sql('duckdb')}: {type(node).__name__} is outside the subset"
        yield from _misuses(node)


def _misuses(node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.DateDiff) and node.text("unit").upper() != "DAY":
        yield f"{node.sql('duckdb')}: only differences in days agree on both engines"
    if isinstance(node, exp.Join) and not _is_plain_join(node):
        yield f"{node.sql('duckdb')}: only INNER, LEFT with ON, and CROSS joins agree on both engines"
    if isinstance(node, exp.DataType) and node.this not in TYPES:
        yield f"{node.sql('duckdb')}: cast to one of {', '.join(sorted(kind.value for kind in TYPES))}"
    if isinstance(node, exp.Union) and node.args.get("distinct"):
        yield "UNION without ALL: say UNION ALL, and DISTINCT where it is meant"
    if isinstance(node, exp.Order) and not isinstance(node.parent, exp.Window):
        yield "ORDER BY outside a window: the engine sorts by the table's grain"
    if isinstance(node, exp.Window):
        yield from _window_misuses(node)
    if isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
        yield "SELECT *: name the columns"


def _is_plain_join(node: exp.Join) -> bool:
    said = (node.side, node.kind, bool(node.args.get("on")))
    plain = {("", "INNER", True), ("LEFT", "", True), ("", "CROSS", False)}
    return said in plain and not node.args.get("method") and not node.args.get("using")


def _window_misuses(node: exp.Window) -> Iterator[str]:
    ranked = isinstance(node.this, (exp.RowNumber, exp.Lag, exp.Ntile))
    if ranked and not node.args.get("order"):
        yield f"{node.sql('duckdb')}: a window needs a total order"
    if node.args.get("spec"):
        yield f"{node.sql('duckdb')}: a window's frame is left to its default"


def spark_text(text: str) -> str:
    """The statement as Spark is given it."""
    return sqlglot.transpile(text, read="duckdb", write="spark", pretty=True, comments=False)[0] + "\n"


def step_files() -> dict[str, Path]:
    """Every step's file by its golden name, `profiles.open_lines.sql`."""
    files = sorted(SOURCES.rglob("*.sql"))
    return {".".join(file.relative_to(SOURCES).parts): file for file in files}
