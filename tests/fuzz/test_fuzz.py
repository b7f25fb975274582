"""Every parser of foreign bytes: its corpus again, and a short search for what is not in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
SECONDS = int(os.environ.get("REGULARS_FUZZ_SECONDS", "4"))
"""How long each parser is searched: a little in every test run, ten minutes by `make fuzz-parsers`."""
FRESH = ("sh", "-c", '"$@"; exit "$?"', "sh")
"""Starts a command from a small process: Linux counts the memory of whoever starts it towards its greatest use."""


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_holds(name: str) -> None:
    cases = sorted((CORPUS / name).iterdir())
    assert cases
    for case in cases:
        TARGETS[name](case.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_search_finds_nothing(name: str, tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="no wheel for this machine")
    shutil.copytree(CORPUS / name, tmp_path / "corpus")
    command = [
        *FRESH,
        sys.executable,
        "-m",
        "fuzz.run",
        name,
        f"-max_total_time={SECONDS}",
        "-rss_limit_mb=1024",
        "corpus",
    ]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PYTHONPATH": str(CORPUS.parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    assert "Done " in done.stderr
