"""Deals and campaigns by command: from draft to ended, with their money; what cannot be given is named."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from synthetic_chain import result_here, run_here

from regulars.bootstrap import Workspace
from regulars.contracts import table
from regulars.flows import read_plan

pytestmark = pytest.mark.slow

DAY = date(2017, 12, 11)
"""The day decisions are judged on: the newest cycle that the shop's data reach into."""

BASE: dict[str, Any] = {
    "vendor_id": "VCHE", "kind": "percent_off", "rungs": '[{"percent": 20}, {"percent": 30}]', "funding_percent": 100,
    "fee_cents": 8, "department_id": "GROCERY", "category_id": "CHEESE", "from_on": "2017-11-01",
    "until_on": "2018-01-14", "budget_cents": 5_000, "distributions_min": 0, "make_good_cents": 0, "synthetic": "true",
    "known_from_on": "2017-11-01", "state": "approved",
}  # fmt: skip
DEALS: dict[str, dict[str, Any]] = {
    "A-life": {"state": "draft"},
    "B-gone": {"vendor_id": "GONE"},
    "C-zero": {"budget_cents": 0, "category_id": "SOUP", "vendor_id": "VSOU"},
    "D-negative": {"funding_percent": -5, "category_id": "SOUP", "vendor_id": "VSOU"},
    "E-promised": {"distributions_min": 10_000, "make_good_cents": 5, "category_id": "BREAD", "vendor_id": "VBRE"},
}


def write_deals(path: Path) -> None:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, table("deals").column_names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({"deal_id": name, "name": name, **BASE, **terms} for name, terms in DEALS.items())


def standing(root: Path, deal_id: str) -> dict[str, Any]:
    (told,) = result_here("deal", "show", deal_id, "--as-of", DAY, "--workspace", root)
    deal: dict[str, Any] = told["deal"]
    return deal


def plan_rows(root: Path, plan_id: str, name: str) -> list[dict[str, Any]]:
    with Workspace.open(root) as workspace:
        rows: list[dict[str, Any]] = read_plan(workspace.warehouse, plan_id, name).to_pylist()
        return rows


@pytest.fixture(scope="module")
def desk(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration workspace, whose service can be told the day, with deals of all sorts loaded."""
    folder = tmp_path_factory.mktemp("desk")
    root = shutil.copytree(loaded, folder / "w")
    settings = root / "regulars.toml"
    settings.write_text("demo = true\n" + settings.read_text())
    write_deals(folder / "deals.csv")
    (report,) = result_here("data", "load", folder / "deals.csv", "--kind", "deals", "--workspace", root)
    assert (report["rows_kept"], report["rows_quarantined"]) == (len(DEALS) - 1, 1)
    assert "funding" in run_here("data", "findings", "--workspace", root).stdout
    return root


@pytest.fixture(scope="module")
def applied(desk: Path) -> tuple[Path, str]:
    """The deal A-life approved and a campaign made, by command, and a plan applied."""
    early = run_here("deal", "approve", "A-life", "--workspace", desk, code=1)
    assert "deal A-life is draft; only one that is submitted can become approved" in early.stderr
    run_here("deal", "submit", "A-life", "--by", "buyer", "--note", "as agreed", "--workspace", desk)
    run_here("deal", "approve", "A-life", "--by", "manager", "--workspace", desk)
    assert standing(desk, "A-life")["state"] == "running"
    run_here("campaign", "new", "paper", "--aim", "convert_to_own", "--category", "PAPER GOODS", "--from", DAY,
                 "--until", "2018-02-19", "--budget", "200", "--timing", "always", "--workspace", desk)  # fmt: skip
    run_here("cycle", "run", "--as-of", DAY, "--apply", "--workspace", desk)
    (shown,) = result_here("plan", "show", "--as-of", DAY, "--workspace", desk)
    assert shown["state"] == "applied"
    return desk, str(shown["plan_id"])


def test_a_deal_in_force_is_given_and_its_money_promised(applied: tuple[Path, str]) -> None:
    root, plan_id = applied
    grants = plan_rows(root, plan_id, "plan_grants")
    deals = {(row["offer_id"], row["level"]): row["deal_id"] for row in plan_rows(root, plan_id, "plan_terms")}
    mine = [row for row in grants if deals[row["offer_id"], row["level"]] == "A-life"]
    deal = standing(root, "A-life")
    assert mine
    assert deal["promised_cents"] >= sum(row["funding_cents"] for row in mine)
    assert 0 < deal["expected_cents"] <= deal["promised_cents"]
    assert (deal["used_cents"], deal["released_cents"]) == (0, 0)
    assert deal["left_cents"] == 5_000 - deal["expected_cents"]
    (told,) = result_here("deal", "show", "A-life", "--as-of", DAY, "--workspace", root)
    decisions = told["decisions"]
    assert [(one["state"], one["actor"], one["note"]) for one in decisions] == [
        ("submitted", "buyer", "as agreed"),
        ("approved", "manager", ""),
    ]


def test_what_cannot_be_given_is_named_and_the_rest_is_solved(applied: tuple[Path, str]) -> None:
    root, plan_id = applied
    left_out = {row["deal_id"]: row["reason_code"] for row in plan_rows(root, plan_id, "plan_left_out")}
    given = {row["deal_id"] for row in plan_rows(root, plan_id, "plan_terms")}
    assert "B-gone" in left_out
    assert given.isdisjoint({"B-gone", "D-negative"})
    offers = {row["offer_id"] for row in plan_rows(root, plan_id, "plan_terms") if row["deal_id"] == "C-zero"}
    funded = [row for row in plan_rows(root, plan_id, "plan_grants") if row["offer_id"] in offers]
    assert funded == []
    wrong = {one["deal_id"]: one["faults"] for one in result_here(
        "deal", "list", "--wrong", "--as-of", DAY, "--workspace", root)[0]["deals"]}  # fmt: skip
    assert [fault["rule"] for fault in wrong["C-zero"]] == ["budget-gives-something"]
    assert "guarantee-can-be-kept" in [fault["rule"] for fault in wrong["E-promised"]]


def test_a_guarantee_that_cannot_be_kept_tells_need_most_short_and_what_is_owed(
    applied: tuple[Path, str],
) -> None:
    root, plan_id = applied
    rows = [row for row in plan_rows(root, plan_id, "plan_guarantees") if row["offer_id"].startswith("E-promised")]
    assert sum(row["wanted"] for row in rows) == 10_000
    assert {row["outcome"] for row in rows} == {"impossible"}
    assert all(row["owed_cents"] == 5 * (row["wanted"] - row["given"]) for row in rows)
    assert all(row["given"] == row["most"] < row["wanted"] for row in rows)
    text = run_here("plan", "build", "--as-of", DAY, "--workspace", root).stdout
    assert "guarantee missed" in text
    assert f"{sum(row['wanted'] - row['given'] for row in rows[:1]):,}" in text


def test_a_campaign_is_told_and_stopped(applied: tuple[Path, str]) -> None:
    root, plan_id = applied
    members = plan_rows(root, plan_id, "plan_campaigns")
    assert {row["campaign_id"] for row in members} == {"paper"}
    assert {row["brand_module"] for row in members} <= {"national", "switcher"}
    again = run_here("campaign", "new", "paper", "--aim", "win_back", "--category", "PAPER GOODS", "--from", DAY,
                         "--until", "2018-02-19", "--budget", "1", "--workspace", root, code=1)  # fmt: skip
    assert "paper" in again.stderr
    assert "paper" in run_here("campaign", "show", "paper", "--as-of", DAY, "--workspace", root).stdout
    run_here("campaign", "stop", "paper", "--workspace", root)
    run_here("campaign", "stop", "paper", "--workspace", root)
    assert "stopped" in run_here("campaign", "list", "--workspace", root).stdout


@contextmanager
def service(root: Path) -> Iterator[str]:
    """The service over a workspace, on a free port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "regulars.cli", "serve", "--port", str(port), "--today", str(DAY)]
    running = subprocess.Popen([*command, "--workspace", str(root)], stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            with socket.socket() as call:
                if call.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert running.poll() is None
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.kill(running.pid, signal.SIGINT)
        _, told = running.communicate(timeout=30)
        assert b"leaked" not in told, told.decode()


def test_money_is_used_at_the_till_and_then_nothing_is_recalled(applied: tuple[Path, str], tmp_path: Path) -> None:
    root = shutil.copytree(applied[0], tmp_path / "w")
    with service(root) as url:
        (seen,) = result_here("till", "sim", "--url", url, "--baskets", 60, "--workspace", root)
        (told,) = result_here("deal", "list", "--as-of", DAY, "--workspace", root)  # beside the service
        (billed,) = result_here("settlement", "bill", "--workspace", root)
    assert seen["offers_given"]
    assert 0 < sum(one["invoice"]["amount_cents"] for one in billed) <= seen["saved_cents"]
    assert "0 findings" in run_here("ledger", "verify", "--workspace", root).stdout
    deals: list[dict[str, Any]] = told["deals"]
    used = sum(one["used_cents"] for one in deals)
    assert 0 < used <= seen["saved_cents"]
    assert all(one["left_cents"] is None or one["left_cents"] >= 0 for one in deals)
    assert "held, armed or spent" in run_here("plan", "recall", applied[1], "--workspace", root, code=1).stderr


GUIDE = Path(__file__).parents[2] / "docs/guides/ring-a-basket.md"


def test_the_basket_of_the_guide_gets_its_discounts(
    applied: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shutil.copytree(applied[0], tmp_path / "w")
    page = GUIDE.read_text(encoding="utf-8").partition("## Write to it from a till of your own")[2]
    for line in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)[0].splitlines():
        command, _, target = line.partition(" > ")
        words = (
            command.removeprefix(".venv/bin/regulars ").replace("demo", str(root)).replace(" 367 ", " 1 ").split()
        )
        (tmp_path / (target or "shown")).write_text(run_here(*words).stdout)
    goods = json.loads((tmp_path / "goods.json").read_text())
    assert goods["list_code"] in (tmp_path / "shown").read_text()
    program = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    monkeypatch.chdir(tmp_path)
    found: dict[str, Any] = {}
    with service(root) as url:
        for was, now in (("http://127.0.0.1:8320", url), ("date(2017, 11, 27)", repr(DAY).partition(".")[2])):
            assert program.count(was) == 1
            program = program.replace(was, now)
        assert program.count('"367"') == 2
        program = program.replace('"367"', '"1"')
        exec(program, found)
        found["till"].close()
    savings = {one["name"]: (one["saving_cents"], one["reason"]) for one in found["quote"]["offers"]}
    assert len(savings) == len(goods["specials"]) > 1
    assert all(cents for cents, _ in savings.values()), savings
    assert sum(one["discount_cents"] for one in found["given"]) == found["quote"]["saving_cents"]
    assert {word for fact in found["told"]["facts"] for word in fact["outcomes"].values()} == {"spent"}


def test_goods_are_told_by_code_by_household_and_of_every_special(applied: tuple[Path, str]) -> None:
    root, plan_id = applied
    (first,) = result_here("till", "goods", "--workspace", root)
    code, household = first["list_code"], first["household_id"]
    for wanted in (household, code, f"{code[:5]} {code[5:13]} {code[13:]}"):
        assert result_here("till", "goods", wanted, "--workspace", root) == [first], wanted
    covered: dict[str, set[str]] = {}
    for row in plan_rows(root, plan_id, "plan_products"):
        covered.setdefault(row["offer_id"], set()).add(row["product_id"])
    grants = [row for row in plan_rows(root, plan_id, "plan_grants") if row["household_id"] == household]
    assert [one["offer_id"] for one in first["specials"]] == [
        row["offer_id"] for row in sorted(grants, key=lambda row: row["slot"])
    ]
    assert {one["offer_id"]: set(one["product_ids"]) for one in first["specials"]} == {
        row["offer_id"]: covered[row["offer_id"]] for row in grants
    }
    assert "has no list for household" in run_here("till", "goods", "nobody", "--workspace", root, code=1).stderr
    mistyped = f"{code[:-1]}{(int(code[-1]) + 1) % 10}"
    assert (
        f"code {mistyped} opens no list" in run_here("till", "goods", mistyped, "--workspace", root, code=1).stderr
    )


def test_a_day_to_come_and_a_mistyped_store_are_not_closed(applied: tuple[Path, str]) -> None:
    at = ("--by", "manager", "--workspace", applied[0])
    assert "2099-01-01 is still to come" in run_here("till", "close-day", "s1", "2099-01-01", *at, code=1).stderr
    assert "no list was printed" in run_here("till", "close-day", "nowhere", "2017-11-28", *at, code=1).stderr


def test_looking_at_deals_builds_nothing(loaded: Path, tmp_path: Path) -> None:
    root = shutil.copytree(loaded, tmp_path / "w")
    write_deals(tmp_path / "deals.csv")
    run_here("data", "load", tmp_path / "deals.csv", "--kind", "deals", "--workspace", root)
    for words in (("list",), ("show", "A-life")):
        refused = run_here("deal", *words, "--workspace", root, code=1).stderr
        assert "no profiles yet" in refused
        assert "regulars profiles build" in refused
    assert not list((root / "warehouse").rglob("household_cells"))
    run_here("profiles", "build", "--as-of", "2017-11-27", "--workspace", root)
    made = sorted((root / "warehouse").rglob("*.parquet"))
    (newest,) = result_here("deal", "show", "A-life", "--workspace", root)
    (later,) = result_here("deal", "show", "A-life", "--as-of", DAY, "--workspace", root)
    assert (newest["as_of_on"], newest["judged_on"]) == ("2017-11-27", "2017-11-27")
    assert (later["as_of_on"], later["judged_on"]) == (str(DAY), "2017-11-27")
    told = run_here("deal", "show", "A-life", "--as-of", DAY, "--workspace", root).stdout
    assert "those of 2017-11-27, the newest profiles there are" in told
    assert "or before" in run_here("deal", "list", "--as-of", "2017-11-26", "--workspace", root, code=1).stderr
    assert sorted((root / "warehouse").rglob("*.parquet")) == made


def test_a_recall_releases_what_was_promised_and_an_ended_deal_stays_ended(
    applied: tuple[Path, str], tmp_path: Path
) -> None:
    root, plan_id = shutil.copytree(applied[0], tmp_path / "w"), applied[1]
    before = standing(root, "A-life")
    run_here("plan", "recall", plan_id, "--workspace", root)
    after = standing(root, "A-life")
    assert (after["promised_cents"], after["released_cents"]) == (0, before["promised_cents"])
    assert (after["expected_cents"], after["left_cents"]) == (0, 5_000)
    (edited,) = result_here("deal", "edit", "A-life", "--set", "budget_cents=6000", "--workspace", root)
    assert edited["state"] == "draft"
    run_here("deal", "end", "A-life", "--workspace", root)
    ended = standing(root, "A-life")
    assert (ended["state"], ended["budget_cents"]) == ("ended", 6_000)
    done = run_here("deal", "edit", "A-life", "--set", "budget_cents=7000", "--workspace", root, code=1)
    assert "has ended" in done.stderr
