"""The synthetic shop in a workspace of its own."""

import fcntl
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from synthetic_chain import DAY, SIZE, run_here, run_regulars

from regulars.testing import write_shop

# Workspaces made here have three household buckets, not sixteen: a cycle does the same statements for each, and one
# costs the same for 4 households as for 4,000. That their number changes nothing is tested elsewhere.
os.environ["REGULARS_WAREHOUSE__BUCKETS"] = "3"


@pytest.fixture(scope="session")
def shop_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_shop(tmp_path_factory.mktemp("shop"), SIZE, seed=1)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first worker to ask for it makes and all workers of the session share; not to be changed."""
    base = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (base / name).exists():
            shutil.rmtree(base / f"{name}.part", ignore_errors=True)
            make(base / f"{name}.part")
            (base / f"{name}.part").rename(base / name)
    return base / name


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory, shop_files: Sequence[Path]) -> Path:
    """A workspace with the shop's data and keys that stay the same in every copy."""

    def make(root: Path) -> None:
        run_here("init", root)
        for file in shop_files:
            run_here("data", "load", file, "--kind", file.stem, "--workspace", root)

    return made_once(tmp_path_factory, "loaded", make)


@pytest.fixture
def workspace(loaded: Path, tmp_path: Path) -> Path:
    """A copy of the loaded workspace to do things in."""
    shutil.copytree(loaded, tmp_path / "w")
    return tmp_path / "w"


@pytest.fixture(scope="session")
def finished(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy in which one cycle was run and applied without interruption; not to be changed."""

    def make(root: Path) -> None:
        shutil.copytree(loaded, root)
        run_regulars("cycle", "run", "--as-of", DAY, "--apply", "--workspace", root)

    return made_once(tmp_path_factory, "finished", make)
