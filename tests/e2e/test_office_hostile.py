"""A short hostile use of the back office on a finished cycle; `make fuzz-office` is the long one."""

import shutil
from pathlib import Path

import pytest

from fuzz.office_hostile import hostile_office, use_hostilely


@pytest.fixture
def hostile(finished: Path, tmp_path: Path):
    with hostile_office(Path(shutil.copytree(finished, tmp_path / "w"))) as (trial, provider):
        yield use_hostilely(trial, provider, seed=7, requests=160)


def test_nothing_breaks_leaks_or_is_done_without_a_right(hostile):
    assert hostile.faults == []
    assert {200, 303, 403, 404} <= set(hostile.answers)
    assert hostile.signed_on > 0
    assert sum(hostile.tables.values()) > 1
    hostile.do_work()
    assert hostile.faults == []
    assert hostile.trial.workspace.ledger.verify() == []
