"""A full disk and a folder one may not write: one sentence, a hint, nothing half-written."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from ledger_samples import AT, WHO, plan_content
from permissions import without_rights

from regulars.adapters.ledger import create_ledger, open_ledger
from regulars.kernel import StoreError

HERE = Path(__file__).parent


def _may_mount() -> bool:
    with TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False)
        return mounted.returncode == 0 and subprocess.run(["umount", folder], check=False).returncode == 0


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def _fill(folder: Path, kind: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, HERE / "ledger_filling.py", folder, kind], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["untouched"], seen["findings"], seen["smaller"]) == (True, 0, True), seen
    assert seen["message"].startswith(f"the ledger {folder}/ledger.db could not apply plan plan-b: ")
    assert isinstance(seen, dict)
    return seen


def test_refused_write_leaves_nothing(tmp_path: Path) -> None:
    assert "check free space" in str(_fill(tmp_path, "limited")["hint"])


@pytest.mark.skipif(not _may_mount(), reason="needs the right to mount a small disk")
def test_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with _small_disk(tmp_path):
        seen = _fill(tmp_path, "small disk")
    assert "the disk is full" in str(seen["message"])
    assert seen["hint"] == "free some space and run the command again; nothing of it was written"


def test_folder_one_may_not_write() -> None:
    with without_rights() as folder, pytest.raises(StoreError, match="its file cannot be opened") as refused:
        create_ledger("sqlite:///ledger.db", folder=folder)
    assert "this user may read and write it" in refused.value.hint


def test_ledger_one_may_only_read(tmp_path: Path) -> None:
    made = create_ledger("sqlite:///ledger.db", folder=tmp_path)
    made.apply_plan(plan_content(), at=AT, actor=WHO)
    made.close()
    content = (tmp_path / "ledger.db").read_bytes()
    with without_rights({"ledger.db": content}) as folder:
        with pytest.raises(StoreError, match=r"ledger\.db could not be opened"):
            open_ledger("sqlite:///ledger.db", folder=folder)
        assert (folder / "ledger.db").read_bytes() == content
