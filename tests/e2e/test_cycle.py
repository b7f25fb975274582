"""One cycle on the synthetic shop: same bytes whenever it is killed, nothing twice, nothing from the future."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from synthetic_chain import DAY, planned, printed, result_of, run_regulars, set_list

from golden.reference_pages import folder_of
from regulars.adapters import FolderWarehouse


def test_a_second_run_does_nothing_again(finished: Path, tmp_path: Path) -> None:
    root = shutil.copytree(finished, tmp_path / "w")
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    (report,) = result_of("cycle", "run", "--as-of", DAY, "--apply", "--workspace", root)
    done = {step["name"]: step["now"] for step in report["steps"]}  # type: ignore[attr-defined]
    assert done == {"plan": False, "last forecast": True, "lists": False, "report": False}
    for pattern in ("*.parquet", "lists-*.pdf"):
        files = list(root.rglob(pattern))
        assert files
        assert [path for path in files if path.stat().st_mtime_ns != before[path]] == []
    assert printed(root) == printed(finished)


def test_two_workspaces_with_the_same_data_and_keys_print_the_same_bytes(finished: Path, workspace: Path) -> None:
    run_regulars("cycle", "run", "--as-of", DAY, "--apply", "--workspace", workspace)
    assert planned(workspace) == planned(finished)
    assert printed(workspace) == printed(finished)
    assert {"report.html", "lists/manifest.csv", "lists/lists-0001.pdf"} <= set(printed(finished))


def in_manifest(root: Path, text: str) -> bool:
    return text in (root / "warehouse" / "manifest.json").read_text()


def applied(root: Path) -> bool:
    with sqlite3.connect(f"file:{root / 'ledger.db'}?mode=ro", uri=True) as ledger:
        return bool(ledger.execute("SELECT COUNT(*) FROM plans WHERE state = 'applied'").fetchone()[0])


def listed(root: Path) -> list[Path]:
    return list((root / "out" / DAY.isoformat() / "lists").glob("*"))


WINDOWS: dict[str, Callable[[Path], bool]] = {
    "in the middle of profiles": lambda root: any((root / "warehouse" / "scratch").rglob("*.parquet")),
    "after profiles": lambda root: in_manifest(root, f"snapshots/{DAY}/household_value"),
    "after the forecast": lambda root: in_manifest(root, f"snapshots/{DAY}/forecast"),
    "after the plan": lambda root: in_manifest(root, '"plans/'),
    "after apply": applied,
    "in the middle of printing": lambda root: any(path.suffix == ".pdf" for path in listed(root)),
    "after printing": lambda root: any(path.name == "manifest.csv" for path in listed(root)),
}


@pytest.mark.slow
def test_a_cycle_killed_in_every_window_prints_the_same_bytes(finished: Path, workspace: Path) -> None:
    command = [sys.executable, "-m", "regulars.cli", "cycle", "run", "--as-of", str(DAY), "--apply"]
    for window, reached in WINDOWS.items():
        assert not reached(workspace), f"{window}: the window lies behind before it was hit"
        run = subprocess.Popen([*command, "--workspace", workspace], stdout=subprocess.DEVNULL)
        while not reached(workspace):
            assert run.poll() is None, f"{window}: the run ended before"
            time.sleep(0.001)
        os.kill(run.pid, signal.SIGKILL)
        assert run.wait() == -signal.SIGKILL, f"{window}: the run ended before it was killed"
    assert not (workspace / "out" / DAY.isoformat() / "report.html").exists()
    run_regulars(*command[3:], "--workspace", workspace)
    assert planned(workspace) == planned(finished)
    assert printed(workspace) == printed(finished)


def lists_of(root: Path) -> dict[str, bytes]:
    return {name: content for name, content in printed(root).items() if name.startswith("lists/")}


def test_an_applied_plan_stays_whatever_is_loaded_later_until_it_is_recalled(
    finished: Path, shop_files: list[Path], tmp_path: Path
) -> None:
    root = shutil.copytree(finished, tmp_path / "w")
    (plan_id,) = {name.split("/")[1] for name in planned(root)}
    late = tmp_path / "late.csv"
    head, first = shop_files[1].read_text().splitlines()[:2]
    late.write_text(
        "\n".join([head, first.replace("T0000001", "T9999999").replace("2017-02-", "2017-11-")]) + "\n"
    )
    run_regulars("data", "load", late, "--kind", "lines", "--workspace", root)
    set_list(root, "slots_min = 4\nslots_max = 6")
    run_regulars("cycle", "run", "--as-of", DAY, "--workspace", root)
    assert lists_of(root) == lists_of(finished)
    run_regulars("plan", "build", "--as-of", DAY, "--workspace", root)
    (other,) = {name.split("/")[1] for name in planned(root)} - {plan_id}
    refused = run_regulars("lists", "render", other, "--workspace", root, code=1)
    assert f"{plan_id} of the same cycle is applied" in refused.stderr
    assert f"plan recall {plan_id}" in refused.stderr
    assert lists_of(root) == lists_of(finished)
    run_regulars("plan", "apply", other, "--workspace", root, code=1)
    run_regulars("plan", "recall", plan_id, "--workspace", root)
    run_regulars("cycle", "run", "--as-of", DAY, "--apply", "--workspace", root)
    manifest = printed(root)["lists/manifest.csv"]
    codes = {line.split(b",")[3] for line in manifest.splitlines()[1:]}
    before = {line.split(b",")[3] for line in printed(finished)["lists/manifest.csv"].splitlines()[1:]}
    assert codes
    assert codes & before == set(), "a code of the recalled run must not open a list of the new one"


def test_without_apply_every_list_is_a_proof(finished: Path, workspace: Path) -> None:
    run_regulars("cycle", "run", "--as-of", DAY, "--workspace", workspace)
    assert not applied(workspace)
    assert planned(workspace) == planned(finished)
    proofs, lists = printed(workspace), printed(finished)
    assert proofs["lists/lists-0001.pdf"] != lists["lists/lists-0001.pdf"]


def test_the_page_of_tables_says_where_each_is_kept(finished: Path) -> None:
    datasets = FolderWarehouse(finished / "warehouse").datasets()
    kept = {re.sub(r"(?<=^snapshots/)[^/]+", "DAY", re.sub(r"(?<=^plans/)[^/]+", "PLAN", one)) for one in datasets}
    kept = {one for one in kept if not one.startswith(("models/", "planned/"))}
    assert {"plans/PLAN/plan_products", "snapshots/DAY/forecast", "lines"} <= kept
    assert {one for one in kept if folder_of(one.rpartition("/")[2]) != one} == set()
    assert not folder_of("offer_products")
