"""The synthetic shop driven by the command line as a user would, and what a cycle leaves behind."""

import io
import json
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from regulars.cli._common import run
from regulars.cli._root import commands
from regulars.testing import ShopSize

DAY = date(2017, 11, 27)
SIZE = ShopSize(households=60, days=300)


@dataclass(frozen=True)
class Said:
    """What a command printed."""

    stdout: str
    stderr: str


def run_here(*arguments: object, code: int = 0) -> Said:
    """A command in this process: starting thirty programs would cost a minute.

    What must hold between programs (the same bytes again, a signal, an exit) is for `run_regulars`.
    """
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        found = run(commands, [str(one) for one in arguments])
    assert found == code, f"{arguments}: exit {found}\n{out.getvalue()}\n{errors.getvalue()}"
    return Said(out.getvalue(), errors.getvalue())


def result_here(*arguments: object) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run_here(*arguments, "--json").stdout.splitlines()]


def run_regulars(*arguments: object, code: int = 0) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [sys.executable, "-m", "regulars.cli", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def result_of(*arguments: object) -> list[dict[str, object]]:
    return [json.loads(line) for line in run_regulars(*arguments, "--json").stdout.splitlines()]


def set_list(root: Path, lines: str) -> None:
    """Settings of `[list]`, which a new workspace's file has already."""
    settings = root / "regulars.toml"
    before = settings.read_text()
    assert before.count("[list]\n") == 1
    settings.write_text(before.replace("[list]\n", f"[list]\n{lines}\n"))


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
