"""What is wrong with a problem is named and left out, the rest is solved, and no limit is broken: one case a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from allocation_problems import CENT, shop, tables

from regulars.flows import solve_files, solve_report, solve_tables
from regulars.kernel import ContractError

DOLLAR = 100 * CENT
NAN, INF = float("nan"), float("inf")
Change = tuple[str, str, list[Any]]

CASES: dict[str, tuple[list[Change], int, dict[str, int], set[str]]] = {
    "slots contradict": (
        [("households", "slots_min", [5, 1])], 4, {"slots_contradict": 1}, {"minimum-within-maximum"}),
    "a band contradicts": (
        [("households", "face_min_micros", [9 * DOLLAR, DOLLAR])], 4, {"face_contradict": 1},
        {"minimum-within-maximum"}),
    "no money at all": (
        [("limits", "budget_micros", [None, 0, 0])], 0, {"no_options": 2},
        {"option-can-be-paid", "guarantee-is-possible"}),
    "budgets below zero": (
        [("limits", "budget_micros", [None, -5, -5])], 0, {"no_options": 2},
        {"limit-not-negative", "option-can-be-paid", "guarantee-is-possible"}),
    "funding below zero": (
        [("levels", "funding_micros", [-1, DOLLAR, DOLLAR // 2, 0])], 4, {}, {"funding-within-face", "level-is-known"}),
    "funding above the face": (
        [("levels", "funding_micros", [2 * DOLLAR, DOLLAR, DOLLAR // 2, 0])], 4, {},
        {"funding-within-face", "level-is-known"}),
    "redemptions are no numbers": (
        [("options", "redemptions", [NAN, INF, -1.0, 0.5, 0.5, 0.5, 1e300, None])], 2, {},
        {"redemptions-are-a-number", "guarantee-is-possible"}),
    "values are no numbers": (
        [("options", "value_micros", [NAN, INF, -INF, 1.5, 1e18, 5.0, None, 7.0])], 2, {"no_options": 1},
        {"value-is-a-number", "guarantee-is-possible"}),
    "values of all sizes": (
        [("options", "value_micros", [2**63 - 1, -(2**63), 10**12, -(10**12), 2**31, 2**31 - 1, -(2**31), 5])], 3, {},
        {"value-is-a-number"}),
    "an offer without a category": (
        [("offers", "category_id", [None, "c1", "c2"])], 4, {}, {"limits-are-whole", "offer-is-known"}),
    "an offer without a vendor": ([("offers", "vendor_id", [None, "v1", "v2"])], 4, {}, set()),
    "budgets beyond counting": ([("limits", "budget_micros", [None, 2**62, 2**63 - 1])], 4, {}, set()),
    "caps beyond counting": ([("offers", "distributions_max", [2**63 - 1, 2**60, 2**53])], 4, {}, set()),
    "lists beyond counting": ([("households", "slots_max", [2**31, 2**62])], 4, {}, set()),
    "minima beyond counting": (
        [("households", "slots_min", [2**31, 2**62]), ("households", "slots_max", [2**31, 2**62])], 2,
        {"slots_contradict": 1}, {"minimum-within-maximum", "bounds-are-whole", "household-is-known"}),
    "faces beyond counting": (
        [("levels", "face_micros", [2**63 - 1, 10**12, 10**12 + 1, DOLLAR])], 2, {},
        {"funding-within-face", "level-is-known", "face-within-maximum", "guarantee-is-possible"}),
    "a household without a maximum": (
        [("households", "slots_max", [None, 2])], 2, {}, {"bounds-are-whole", "household-is-known"}),
    "half an offer": (
        [("households", "slots_min", [1.5, 1.0])], 2, {}, {"bounds-are-whole", "household-is-known"}),
    "a household without a name": (
        [("households", "household_id", [None, "h2"])], 2, {}, {"key-is-given", "household-is-known"}),
    "an offer without a name": (
        [("offers", "offer_id", [None, "o2", "o3"])], 4, {}, {"key-is-given", "offer-is-known"}),
    "no minima": ([("households", "slots_min", [None, NAN])], 4, {}, set()),
    "a level that is none": (
        [("options", "level", [1.0, 2.0, 1.0, 1.5, NAN, 2.0, 1.0, 1.0])], 3, {}, {"level-is-known"}),
    "a scope that is none": ([("limits", "scope", ["category", "vendr", "store"])], 4, {}, {"scope-is-known"}),
    "a closed category": (
        [("limits", "max_count", [0, None, None])], 2, {}, {"option-can-be-paid", "guarantee-is-possible"}),
    "all barred": (
        [("options", "excluded", [True] * 8)], 0, {"no_options": 2}, {"guarantee-is-possible"}),
    "promised beyond reach": ([("offers", "distributions_min", [None, 50, None])], 4, {}, {"guarantee-is-possible"}),
    "promises in each other's way": ([("offers", "distributions_min", [2, 2, None])], 4, {}, set()),
}  # fmt: skip


def problem_with(changes: list[Change]) -> dict[str, pa.Table]:
    problem = tables(shop())
    for name, column, values in changes:
        kind = pa.float64() if any(isinstance(value, float) for value in values) else problem[name][column].type
        place = problem[name].column_names.index(column)
        problem[name] = problem[name].set_column(place, column, pa.array(values, kind, from_pandas=False))
    return problem


@pytest.mark.parametrize(("changes", "rows", "waived", "rules"), CASES.values(), ids=CASES)
def test_the_rest_is_solved(changes: list[Change], rows: int, waived: dict[str, int], rules: set[str]) -> None:
    report = solve_report(solve_tables(**problem_with(changes)))
    assert not any(report["violations"].values()), report["violation_examples"]
    assert (report["rows"], report["waived_counts"]) == (rows, waived)
    assert {finding["rule"] for finding in report["findings"]} == rules


@pytest.mark.parametrize("empty", ["households", "offers", "levels", "options", "limits", "all"])
def test_empty_tables_are_solved(empty: str) -> None:
    problem = tables(shop())
    problem |= {name: rows.slice(0, 0) for name, rows in problem.items() if empty in (name, "all")}
    report = solve_report(solve_tables(**problem))
    assert not any(report["violations"].values()), report["violation_examples"]
    assert report["rows"] == (4 if empty == "limits" else 0)


@pytest.mark.parametrize("kind", [pa.int32(), pa.uint32(), pa.uint64(), pa.float64(), pa.float32()], ids=str)
def test_numbers_of_any_type_make_the_same_plan(kind: pa.DataType) -> None:
    problem = tables(shop())
    once = solve_tables(**problem)
    cast = {}
    for name, rows in problem.items():
        fields = [
            pa.field(one.name, kind if pa.types.is_int64(one.type) and _fits(rows[one.name], kind) else one.type)
            for one in rows.schema
        ]
        cast[name] = rows.cast(pa.schema(fields))
    assert cast["households"].schema.field("slots_max").type == kind
    again = solve_tables(**cast)
    assert again.verdict.ok
    assert again.solution.plan.equals(once.solution.plan)


def _fits(column: pa.ChunkedArray, kind: pa.DataType) -> bool:
    try:
        return bool(column.cast(kind).cast(pa.int64()).equals(column))
    except pa.ArrowInvalid:
        return False


@pytest.mark.parametrize("money", [NAN, INF, 0.5, -1.0, 1e300])
def test_money_of_a_level_that_is_no_amount_is_left_out_even_where_minima_give_way(money: float) -> None:
    changes: list[Change] = [
        ("levels", "funding_micros", [money] * 4),
        ("households", "slots_min", [2, 2]),
    ]
    report = solve_report(solve_tables(**problem_with(changes)))
    assert not any(report["violations"].values()), report["violation_examples"]
    assert report["rows"] == 0


@pytest.mark.parametrize("minimum", [-INF, -1.0, -(2.0**63)])
def test_minima_below_zero_are_none(minimum: float) -> None:
    changes: list[Change] = [
        ("households", "slots_min", [minimum] * 2),
        ("households", "face_min_micros", [minimum] * 2),
    ]
    report = solve_report(solve_tables(**problem_with(changes)))
    assert not any(report["violations"].values()), report["violation_examples"]


def test_a_limit_that_names_nothing_limits_nothing() -> None:
    problem = tables(shop())
    other = pa.table(
        {"scope": ["store", "vendor"], "id": ["ALL", ""], "max_count": [None, None], "budget_micros": [0, 0]},
        schema=problem["limits"].schema,
    )
    once = solve_tables(**problem)
    again = solve_tables(**{**problem, "limits": pa.concat_tables([problem["limits"], other])})
    assert again.verdict.ok
    assert again.solution.plan.equals(once.solution.plan)
    assert {finding.rule for finding in again.solution.findings} == {"limit-names-something"}


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "options",
            lambda rows: rows.drop_columns(["household_id"]),
            "options.parquet has no column 'household_id'",
        ),
        (
            "options",
            lambda rows: rows.append_column("level", rows["level"]),
            "has 2 columns 'level'; expected one",
        ),
        (
            "offers",
            lambda rows: rows.append_column("make_good_micros", rows["offer_id"]),
            "'make_good_micros': expected",
        ),
    ],
)
def test_columns_that_are_not_as_agreed_are_named(tmp_path: Path, name: str, change: Any, message: str) -> None:
    for each, rows in tables(shop()).items():
        pq.write_table(change(rows) if each == name else rows, tmp_path / f"{each}.parquet")
    with pytest.raises(ContractError) as refused:
        solve_files(tmp_path, tmp_path / "out")
    assert message in refused.value.message


@pytest.mark.parametrize("twice", ["households", "offers", "levels", "limits"])
def test_rows_that_stand_twice_count_once(twice: str) -> None:
    problem = tables(shop())
    once = solve_tables(**problem)
    again = solve_tables(**{**problem, twice: pa.concat_tables([problem[twice]] * 2)})
    assert again.verdict.ok
    assert again.solution.plan.equals(once.solution.plan)
    assert [finding.rule for finding in again.solution.findings] == ["key-is-unique"]


@pytest.mark.parametrize(
    "content", [b"", b"household_id,offer_id\nh1,o1\n", None], ids=["empty", "csv", "cut off"]
)
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, content: bytes | None) -> None:
    for name, rows in tables(shop()).items():
        pq.write_table(rows, tmp_path / f"{name}.parquet")
    file = tmp_path / "options.parquet"
    file.write_bytes(file.read_bytes()[:300] if content is None else content)
    with pytest.raises(ContractError, match=r"options\.parquet is no Parquet file"):
        solve_files(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["households", "options"])
def test_text_that_is_no_utf8_is_refused(name: str) -> None:
    problem = tables(shop())
    raw = pa.array([b"h\xe91"] * problem[name].num_rows, pa.binary())
    text = pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())
    problem[name] = problem[name].set_column(0, "household_id", text)
    with pytest.raises(ContractError, match="UTF-8"):
        solve_tables(**problem)
