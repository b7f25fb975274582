"""`plan solve` on files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.allocate._entry import forget_stale_machine_code
from regulars.flows import solve_files, solve_report, solve_tables
from regulars.kernel import ContractError, StoreError
from regulars.testing import InstanceSize, allocation_tables, write_allocation_files

SIZE = InstanceSize(300, 40, pairs=20, seed=5)


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    write_allocation_files(SIZE, tmp_path / "problem")
    return tmp_path / "problem"


def test_files_in_plan_and_report_out(problem: Path, tmp_path: Path) -> None:
    report = solve_files(problem, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["plan.parquet", "report.json"]
    plan = pq.read_table(tmp_path / "out" / "plan.parquet")
    assert json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8")) == report
    assert plan.schema.names == ["household_id", "offer_id", "level"]
    assert report["rows"] == len(plan)
    assert sum(report["violations"].values()) == 0
    assert report["objective_micros"] <= report["bound_micros"]
    assert 0.98 < report["share_of_bound"] == report["objective_micros"] / report["bound_micros"]
    assert {"read", "solve", "verify"} <= set(report["seconds"])
    scopes = {price["scope"] for price in report["prices"]}
    assert scopes == {"offer", "vendor", "store"}


def test_files_and_tables_give_the_same_plan_whatever_the_row_groups(problem: Path, tmp_path: Path) -> None:
    solved = solve_tables(**allocation_tables(SIZE), workers=2)
    options = pq.read_table(problem / "options.parquet").sort_by([("value_micros", "descending")])
    pq.write_table(options, problem / "options.parquet", row_group_size=1_000)
    report = solve_files(problem, tmp_path / "out")
    assert pq.read_table(tmp_path / "out" / "plan.parquet").equals(solved.solution.plan)
    assert {name: value for name, value in report.items() if name != "seconds"} == solve_report(solved)


def test_the_same_bytes_again(problem: Path, tmp_path: Path) -> None:
    solve_files(problem, tmp_path / "one")
    solve_files(problem, tmp_path / "two", workers=2)
    assert (tmp_path / "one/plan.parquet").read_bytes() == (tmp_path / "two/plan.parquet").read_bytes()


def test_a_missing_file_is_named(problem: Path, tmp_path: Path) -> None:
    (problem / "limits.parquet").unlink()
    with pytest.raises(ContractError, match=r"limits\.parquet is not there; expected a Parquet file"):
        solve_files(problem, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_no_parquet_is_named(problem: Path, tmp_path: Path) -> None:
    (problem / "offers.parquet").write_text("offer_id,category_id\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"offers\.parquet is no Parquet file"):
        solve_files(problem, tmp_path / "out")


def test_a_wrong_column_is_named_with_its_file(problem: Path, tmp_path: Path) -> None:
    levels = pq.read_table(problem / "levels.parquet")
    wrong = levels.set_column(2, "face_micros", pa.array(["a"] * len(levels)))
    pq.write_table(wrong, problem / "levels.parquet")
    with pytest.raises(
        ContractError, match=r"levels\.parquet, column 'face_micros': expected integer, found string"
    ):
        solve_files(problem, tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_named(problem: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    with pytest.raises(StoreError, match="out cannot be written"):
        solve_files(problem, tmp_path / "out")


def test_machine_code_older_than_any_source_is_compiled_anew(tmp_path: Path) -> None:
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    for path, age in (
        (tmp_path / "a.py", 20),
        (tmp_path / "b.py", 10),
        (cache / "a.nbi", 15),
        (cache / "b.nbi", 5),
    ):
        path.touch()
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    forget_stale_machine_code(tmp_path)
    assert [path.name for path in cache.iterdir()] == ["b.nbi"]
