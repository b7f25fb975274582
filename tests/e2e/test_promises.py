"""What was promised is kept: codes the till knows, keys and ledger that are not replaced, results not half-written."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from synthetic_chain import DAY, planned, printed, run_here


@pytest.fixture
def applied(finished: Path, tmp_path: Path) -> tuple[Path, str]:
    root = shutil.copytree(finished, tmp_path / "w")
    (plan_id,) = {name.split("/")[1] for name in planned(root)}
    return root, plan_id


def test_codes_the_ledger_does_not_know_are_never_printed(applied: tuple[Path, str]) -> None:
    root, plan_id = applied
    before = printed(root)
    with (root / "regulars.toml").open("a") as stream:
        stream.write("\n[code]\nversion = 48\n")
    done = run_here("lists", "render", plan_id, "--workspace", root, code=1)
    assert "list codes" in done.stderr
    assert "keys.toml" in done.stderr
    assert printed(root) == before


@pytest.mark.parametrize("name", ["keys.toml", "ledger.db"])
def test_keys_and_ledger_of_a_workspace_with_plans_are_never_made_anew(
    applied: tuple[Path, str], name: str
) -> None:
    root, _ = applied
    (root / name).unlink()
    done = run_here("init", root, code=3)
    assert f"{name} is missing" in done.stderr
    assert "backup" in done.stderr
    assert not (root / name).exists()


def test_init_says_that_it_drew_keys(tmp_path: Path) -> None:
    assert "keys.toml" in run_here("init", tmp_path / "w").stdout
    assert "nothing was missing" in run_here("init", tmp_path / "w").stdout


@pytest.mark.parametrize("target", ["/dev/null", "nowhere/f.parquet"])
def test_a_forecast_goes_into_a_file_or_nowhere(workspace: Path, target: str) -> None:
    device = Path("/dev/null").stat()
    done = run_here("forecast", "run", "--as-of", DAY, "--out", target, "--workspace", workspace, code=2)
    assert target in done.stderr
    assert Path("/dev/null").stat().st_rdev == device.st_rdev


ONCE_STARTED = "from regulars.cli import main; print(flush=True); main()"


@pytest.mark.parametrize("seconds", [0.3, 1.5, 3.0, 4.5])
def test_interrupting_leaves_130_and_no_traceback(workspace: Path, seconds: float) -> None:
    command = [sys.executable, "-c", ONCE_STARTED, "cycle", "run", "--as-of", str(DAY), "--workspace", workspace]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None
    run.stdout.readline()  # before that the signal is Python's own matter
    time.sleep(seconds)
    os.kill(run.pid, signal.SIGINT)
    _, errors = run.communicate()
    assert run.returncode == 130, errors
    assert "Traceback" not in errors


WHILE_READ = """
import builtins
from regulars.cli import main
real = builtins.__import__
def interrupted(name, *more, **named):
    if name == "_root":
        raise KeyboardInterrupt
    return real(name, *more, **named)
builtins.__import__ = interrupted
main()
"""


IN_C = """
import ctypes
from regulars.cli import _common, main
def interrupted(*_):
    run = ctypes.pythonapi.PyRun_String
    run.restype, run.argtypes = ctypes.py_object, [ctypes.c_char_p, ctypes.c_int, ctypes.py_object, ctypes.py_object]
    try:
        run(b"raise KeyboardInterrupt", 257, {}, {})
    except KeyboardInterrupt:
        return 130
_common.run = interrupted
main()
"""


def test_interrupting_a_library_that_runs_python_from_c_leaves_130_too(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(IN_C)
    command = [sys.executable, "-m", "interrupted"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


TORN = """
import os, signal
try:
    os.kill(os.getpid(), signal.SIGINT)
finally:
    print("the reading of the module was torn")
"""


def test_interrupting_while_a_module_is_read_tears_nothing(tmp_path: Path) -> None:
    (tmp_path / "torn.py").write_text(TORN)
    script = "from regulars.cli import _common, main; _common.run = lambda *_: __import__('torn'); main()"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_interrupting_while_the_program_is_read_leaves_130_too() -> None:
    done = subprocess.run([sys.executable, "-c", WHILE_READ], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_result_that_cannot_be_written_is_told(workspace: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "regulars.cli", "data", "status", "--workspace", workspace],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 3
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
