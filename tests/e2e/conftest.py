"""The synthetic shop in a workspace of its own, driven by the command line as a user would."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest

from regulars.testing import ShopSize, write_shop

DAY = date(2017, 11, 27)
SIZE = ShopSize(households=60, days=300)

Regulars = Callable[..., "subprocess.CompletedProcess[str]"]


def run_regulars(*arguments: object, code: int = 0) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-m", "regulars.cli", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def result_of(*arguments: object) -> list[dict[str, object]]:
    return [json.loads(line) for line in run_regulars(*arguments, "--json").stdout.splitlines()]


@pytest.fixture(scope="session")
def shop_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_shop(tmp_path_factory.mktemp("shop"), SIZE, seed=1)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory, shop_files: Sequence[Path]) -> Path:
    """A workspace with the shop's data and keys that stay the same in every copy."""
    root = tmp_path_factory.mktemp("loaded") / "w"
    run_regulars("init", root)
    for file in shop_files:
        run_regulars("data", "load", file, "--kind", file.stem, "--workspace", root)
    return root


@pytest.fixture
def workspace(loaded: Path, tmp_path: Path) -> Path:
    """A copy of the loaded workspace to do things in."""
    shutil.copytree(loaded, tmp_path / "w")
    return tmp_path / "w"


@pytest.fixture(scope="session")
def finished(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which one cycle was run and applied without interruption; not to be changed."""
    root = tmp_path_factory.mktemp("finished") / "w"
    shutil.copytree(loaded, root)
    run_regulars("cycle", "run", "--as-of", DAY, "--apply", "--workspace", root)
    return root


def printed(root: Path) -> dict[str, bytes]:
    """All that a cycle printed: lists, manifest, report; not the notes a run keeps for itself."""
    out = root / "out" / DAY.isoformat()
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and ".render" not in path.parts
    }


def planned(root: Path) -> dict[str, object]:
    """The plan's tables by name, as digests of their files."""
    manifest = json.loads((root / "warehouse" / "manifest.json").read_text())
    return {
        name: [record["sha256"] for record in entry["files"]]
        for name, entry in manifest["datasets"].items()
        if name.startswith("plans/")
    }
