"""Adapters are read when they are asked for."""

import subprocess
import sys

import pytest

from regulars import adapters


def test_every_name_has_its_home() -> None:
    assert len(adapters.__all__) > 30
    assert all(getattr(adapters, name) is not None for name in adapters.__all__)
    with pytest.raises(AttributeError, match="attribute Nothing"):
        _ = adapters.Nothing


def test_a_process_that_prints_holds_no_database_and_no_client() -> None:
    script = "import sys; from regulars.adapters import DirectPrinter, TypstPrinter; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "typst" in loaded
    assert loaded & {"duckdb", "sqlalchemy", "cryptography", "httpx"} == set()
