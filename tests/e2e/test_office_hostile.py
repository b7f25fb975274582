"""A short hostile use of the back office on a finished cycle; `make fuzz-office` is the long one."""

import shutil
from pathlib import Path

import pytest

from fuzz.office_hostile import OfficeTrial, use_hostilely
from regulars.bootstrap import Workspace

SETTINGS = "\n[office]\npassword_memory_kib = 8192\n"


@pytest.fixture
def trial(finished: Path, tmp_path: Path):
    root = tmp_path / "w"
    shutil.copytree(finished, root)
    with (root / "regulars.toml").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    with Workspace.open(root) as workspace:
        yield OfficeTrial(workspace)


def test_nothing_breaks_leaks_or_is_done_without_a_right(trial):
    hostile = use_hostilely(trial, seed=7, requests=120)
    assert hostile.faults == []
    assert {200, 303, 403, 404} <= set(hostile.answers)
    assert trial.workspace.ledger.verify() == []
