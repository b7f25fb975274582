"""The command line: parse, call one flow, render.

In: arguments. Out: stdout is data, stderr the rest; exit 0 done, 1 rejected, 2 usage, 3 store, 130 interrupted.
Rules: heavy imports are deferred; every command has `--help` and `--json`.
Not here: any decision.
"""

from __future__ import annotations

import contextlib
import os
import sys

__all__ = ["main"]

_EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from ._common import run
        from ._root import commands

        code = run(commands, None)
    except KeyboardInterrupt:
        code = _EXIT_INTERRUPTED  # while the program was still being read
    if code == _EXIT_INTERRUPTED:
        _leave_interrupted()
    sys.exit(code)


def _leave_interrupted() -> None:
    """Leave at once: everything is put away, and Python must not kill itself by the signal in the end.

    It would, under `python -m`, where the signal fell into code that a library runs from C, caught or not.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(_EXIT_INTERRUPTED)
