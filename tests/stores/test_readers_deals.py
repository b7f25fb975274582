"""Levels of deals at the door: each kind holds its own keys, in whole numbers above 0, and the message says which."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from regulars.adapters import DuckDBReader
from regulars.contracts import DealKind
from regulars.flows import StagedFile, find_mapping

HEADER = "deal_id|name|vendor_id|kind|rungs|funding_percent|department_id|from_on|until_on"

GOOD: list[tuple[str, list[dict[str, int]]]] = [
    ("percent_off", [{"percent": 1}, {"percent": 100}]),
    ("amount_off", [{"amount_cents": 50}]),
    ("fixed_price", [{"price_cents": 199}]),
    ("second_at_half", [{}]),
    ("second_at_half", [{"percent": 30}]),
    ("multibuy", [{"buy_quantity": 3, "pay_quantity": 2}]),
    ("multibuy_price", [{"buy_quantity": 2, "price_cents": 500}]),
    ("threshold", [{"threshold_cents": 2000, "amount_cents": n} for n in (100, 200, 300, 400, 500)]),
]
BAD: list[tuple[str, Any]] = [
    ("percent_off", [{"amount_cents": 100}]),
    ("percent_off", [{"percent": 101}]),
    ("percent_off", [{"percent": 10, "amount_cents": 100}]),
    ("percent_off", [{"percent": 20}, {"percent": 0}]),
    ("percent_off", [{"percent": 12.5}]),
    ("percent_off", [{"percent": "12"}]),
    ("percent_off", [{"percent": True}]),
    ("percent_off", [{"percent": None}]),
    ("percent_off", [{"percent": n} for n in (1, 2, 3, 4, 5, 6)]),
    ("percent_off", [{"percent": 10}, {"percent": 10}]),
    ("percent_off", []),
    ("percent_off", [10]),
    ("percent_off", [None]),
    ("amount_off", [{"percent": 10}]),
    ("amount_off", [{"amount_cents": -5}]),
    ("amount_off", [{"amount_cents": 10**30}]),
    ("fixed_price", [{"amount_cents": 10}]),
    ("second_at_half", [{"percent": 0}]),
    ("second_at_half", [{"amount_cents": 10}]),
    ("second_at_half", ["half"]),
    ("multibuy", [{"buy_quantity": 3}]),
    ("multibuy", [{"buy_quantity": 2, "pay_quantity": 2}]),
    ("multibuy_price", [{"buy_quantity": 1, "price_cents": 500}]),
    ("threshold", [{"amount_cents": 100}]),
]


def stage(folder: Path, deals: list[tuple[str, Any]]) -> tuple[DuckDBReader, StagedFile]:
    """A deals file with one deal a line, read."""
    rows = [
        f"d{number}|Deal|v|{kind}|{json.dumps(rungs)}|100|GROCERY|2017-01-01|2017-02-01"
        for number, (kind, rungs) in enumerate(deals)
    ]
    path = folder / "deals.csv"
    path.write_text("\n".join([HEADER, *rows, ""]))
    text = resources.files("regulars.ingest").joinpath("mappings/plain.toml").read_text(encoding="utf-8")
    own = folder / "piped.toml"
    own.write_text(text.replace("csv = { quoting = true }", 'csv = { delimiter = "|" }'))
    reader = DuckDBReader(threads=1)
    return reader, reader.stage(path, find_mapping(str(own)).file_mapping(path.name), folder / "staged")


def test_levels_that_fit_are_kept(tmp_path: Path) -> None:
    reader, staged = stage(tmp_path, GOOD)
    assert reader.findings(staged, []).to_pylist() == []
    assert (staged.rows_in, staged.rows_refused) == (len(GOOD), 0)


def test_levels_that_do_not_fit_are_refused_with_what_the_kind_needs(tmp_path: Path) -> None:
    reader, staged = stage(tmp_path, BAD)
    findings = reader.findings(staged, []).to_pylist()
    assert [finding["line"] for finding in findings] == list(range(2, len(BAD) + 2))
    assert {(finding["column"], finding["rule"]) for finding in findings} == {("rungs", "rungs-fit-the-kind")}
    assert findings[0]["message"] == (
        '[{"amount_cents": 100}]: expected 1 to 5 different levels, for percent_off each to hold '
        "percent (1 to 100), in whole numbers"
    )
    assert findings[20]["message"].endswith(
        "for multibuy each to hold buy_quantity (1 to 100) and pay_quantity (1 to 100), in whole numbers, "
        "fewer paid than bought"
    )


@pytest.mark.parametrize(("column", "values"), [("kind", tuple(DealKind)), ("state", ("draft", "submitted"))])
def test_kind_and_state_are_refused_with_the_values_there_are(
    tmp_path: Path, column: str, values: tuple[str, ...]
) -> None:
    path = tmp_path / "deals.csv"
    kind, state = ("half_price", "approved") if column == "kind" else ("amount_off", "live")
    row = f'd,Deal,v,{kind},"[{{""amount_cents"":5}}]",100,GROCERY,2017-01-01,2017-02-01,{state}'
    path.write_text(f"{HEADER.replace('|', ',')},state\n{row}\n")
    reader = DuckDBReader(threads=1)
    staged = reader.stage(path, find_mapping("plain").file_mapping(path.name), tmp_path / "staged")
    (finding,) = reader.findings(staged, []).to_pylist()
    assert (finding["column"], finding["rule"]) == (column, "code-is-known")
    assert all(value in finding["message"] for value in values)


def test_the_shipped_deals_are_all_kept(tmp_path: Path) -> None:
    text = resources.files("regulars.bootstrap").joinpath("demo/deals.csv").read_text(encoding="utf-8")
    (tmp_path / "deals.csv").write_text(text)
    reader = DuckDBReader(threads=1)
    file = tmp_path / "deals.csv"
    staged = reader.stage(file, find_mapping("plain").file_mapping(file.name), tmp_path / "staged")
    assert reader.findings(staged, []).to_pylist() == []
    assert staged.rows_in > 50


def test_a_wish_for_no_offers_names_nothing_and_others_do(tmp_path: Path) -> None:
    file = tmp_path / "wishes.csv"
    file.write_text("household_id,kind,item_id\nh1,no_offers,\nh2,no_vendor,\nh3,no_vendor,103\n")
    reader = DuckDBReader(threads=1)
    staged = reader.stage(file, find_mapping("plain").file_mapping(file.name), tmp_path / "staged")
    (finding,) = reader.findings(staged, []).to_pylist()
    assert (finding["line"], finding["column"], finding["rule"]) == (3, "item_id", "value-is-present")
    assert (staged.rows_in, staged.rows_refused) == (3, 1)
