"""The synthetic shop in a workspace of its own."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from synthetic_chain import DAY, SIZE, run_regulars

from regulars.testing import write_shop


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
