"""What a user gets wrong: one sentence with what, where and what was expected, a hint, and nothing half-written."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from synthetic_chain import DAY, run_here, run_regulars


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder; the lock file says who held it last and does not count."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


CASES = {
    "a missing file": (["data", "load", "nowhere.csv", "--kind", "lines"], 3, "nowhere.csv"),
    "a missing file no mapping names": (["data", "load", "nosuch.csv"], 3, "there is no file nosuch.csv"),
    "an unknown mapping": (["data", "load", "nowhere.csv", "--map", "nonsense"], 2, "nonsense"),
    "a day before the data": (["cycle", "run", "--as-of", "2017-01-23"], 1, "2017-01-23"),
    "a day that starts no cycle": (["cycle", "run", "--as-of", "2017-11-28"], 2, "cycle 24 starts on 2017-11-27"),
    "a forecast into a file of another kind": (
        ["forecast", "run", "--out", "f.xlsx"],
        2,
        "f.xlsx is neither a .parquet nor a .csv file",
    ),
    "a day that is none": (
        ["cycle", "run", "--as-of", "27.11.2017"],
        2,
        "27.11.2017 is no day; expected a date as",
    ),
    "a day after the data": (["forecast", "evaluate", "--as-of", "2018-06-11"], 1, "has not closed"),
    "a plan that is not there": (["lists", "render", "2017-11-27-00000000"], 1, "2017-11-27-00000000"),
    "applying no plan": (["plan", "apply", "nonsense"], 1, "nonsense"),
    "a window of no days": (["forecast", "run", "--days", "0"], 2, "0"),
    "a household without a list": (["lists", "show", "nobody"], 1, ""),
}


@pytest.mark.parametrize("name", CASES)
def test_one_sentence_a_hint_and_nothing_written(workspace: Path, name: str) -> None:
    arguments, code, expected = CASES[name]
    before = tree(workspace)
    done = run_here(*arguments, "--workspace", workspace, code=code)
    assert done.stdout == ""
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(workspace) == before


def test_wrong_columns_name_the_missing_one_and_what_is_there(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text("household,shop\n1,2\n")
    before = tree(workspace)
    done = run_here("data", "load", tmp_path / "lines.csv", "--kind", "lines", "--workspace", workspace, code=2)
    assert "no column 'store_id'" in done.stderr
    assert "it has household, shop" in done.stderr
    assert "hint:" in done.stderr
    assert tree(workspace) == before


def test_files_before_one_that_fails_are_told(workspace: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "households-1.csv", tmp_path / "households-2.csv"
    good.write_text("household_id,name\nnew,New\n")
    bad.write_text("household,name\nnewer,Newer\n")
    done = run_here("data", "load", tmp_path, "--kind", "households", "--workspace", workspace, code=2)
    assert "households-1.csv" in done.stdout
    assert "households-2.csv has no column" in done.stderr
    done = run_here("data", "load", good, bad, "--json", "--workspace", workspace, code=2)
    assert [json.loads(line)["rows_repeated"] for line in done.stdout.splitlines()] == [1]


def test_a_tier_that_does_not_exist_stops_every_command(workspace: Path) -> None:
    settings = workspace / "regulars.toml"
    settings.write_text(settings.read_text().replace('"painkiller"]', '"pain killer"]'))
    for command in (["config", "validate"], ["doctor"], ["profiles", "build"], ["plan", "build"]):
        done = run_here(*command, "--workspace", workspace, code=2)
        assert "names 'pain killer'; expected never, medicine" in done.stderr


def test_a_class_with_a_suspicious_word_is_told_by_doctor_and_in_the_list(workspace: Path) -> None:
    (workspace / "sensitive.toml").write_text('[[rule]]\ntier = "pet"\nneed = "NONE"\n')
    classes = run_here("data", "classes", "--open", "--json", "--workspace", workspace).stdout.splitlines()
    suspicious = [json.loads(line) for line in classes if json.loads(line)["suspicious_word"]]
    done = run_here("doctor", "--workspace", workspace, code=1 if suspicious else 0)
    assert suspicious
    assert "regulars data classes --open" in done.stdout


def test_no_eligible_household_says_so(workspace: Path) -> None:
    settings = workspace / "regulars.toml"
    settings.write_text(settings.read_text().replace("weekly_spend_cents = 2500", "weekly_spend_cents = 99999900"))
    before = tree(workspace)
    done = run_here("cycle", "run", "--as-of", DAY, "--workspace", workspace, code=1)
    assert "no household is eligible" in done.stderr
    assert "hint:" in done.stderr
    assert tree(workspace) == before


def test_broken_settings_name_file_and_place(workspace: Path) -> None:
    (workspace / "regulars.toml").write_text("[store]\nname = \n")
    done = run_here("data", "status", "--workspace", workspace, code=2)
    assert "regulars.toml is not TOML" in done.stderr
    assert "line 2" in done.stderr


def test_a_folder_that_is_no_workspace(tmp_path: Path) -> None:
    done = run_here("data", "status", "--workspace", tmp_path, code=2)
    assert "is no workspace" in done.stderr
    assert "regulars init" in done.stderr


def held_to_permissions(*arguments: object) -> subprocess.CompletedProcess[str]:
    """A command by a user whom permissions bind: root is held to them without the capabilities to pass them by."""
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    command = [*bound, sys.executable, "-m", "regulars.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


UNREADABLE = (
    ("keys.toml", ("config", "validate"), 3, "Permission denied"),
    ("warehouse/manifest.json", ("data", "status"), 3, "Permission denied"),
    ("ledger.db", ("doctor",), 1, "its file cannot be opened"),
)


@pytest.mark.parametrize(("name", "command", "code", "why"), UNREADABLE)
def test_a_file_that_cannot_be_read_is_named(
    workspace: Path, name: str, command: tuple[str, ...], code: int, why: str
) -> None:
    (workspace / "regulars.toml").write_text((workspace / "regulars.toml").read_text().replace("demo = true", ""))
    before = tree(workspace)
    mode = (workspace / name).stat().st_mode
    (workspace / name).chmod(0o000)
    done = held_to_permissions(*command, "--workspace", workspace)
    (workspace / name).chmod(mode)
    told = done.stdout + done.stderr
    assert done.returncode == code
    assert "Traceback" not in told
    assert str(workspace / name) in told
    assert why in told
    assert tree(workspace) == before


def test_no_write_permission_says_so(workspace: Path) -> None:
    before = tree(workspace)
    for folder in (workspace, workspace / "warehouse"):
        folder.chmod(0o555)
    done = held_to_permissions("profiles", "build", "--as-of", DAY, "--workspace", workspace)
    for folder in (workspace, workspace / "warehouse"):
        folder.chmod(0o755)
    assert done.returncode == 3, done.stderr
    assert "Permission denied" in done.stderr
    assert "hint:" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree(workspace) == before


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to mount a small disk")
def test_a_full_disk_keeps_what_was_there_and_going_on_works(loaded: Path, finished: Path, tmp_path: Path) -> None:
    size = sum(path.stat().st_size for path in loaded.rglob("*") if path.is_file())
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size + 1_500_000}", "tmpfs", disk], check=True)
    try:
        shutil.copytree(loaded, disk / "w")
        done = run_regulars("cycle", "run", "--as-of", DAY, "--apply", "--workspace", disk / "w", code=3)
        assert "No space left" in done.stderr or "disk is full" in done.stderr or "full" in done.stderr
        assert "hint:" in done.stderr
        assert "Traceback" not in done.stderr
        subprocess.run(["mount", "-o", "remount,size=500m", disk], check=True)
        run_regulars("cycle", "run", "--as-of", DAY, "--apply", "--workspace", disk / "w")
        names = ("manifest.csv", "lists-0001.pdf")
        lists = Path("out") / DAY.isoformat() / "lists"
        assert all((disk / "w" / lists / n).read_bytes() == (finished / lists / n).read_bytes() for n in names)
    finally:
        subprocess.run(["umount", disk], check=True)
