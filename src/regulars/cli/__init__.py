"""The command line: parse, call one flow, render.

In: arguments. Out: stdout is data, stderr the rest; exit 0 done, 1 rejected, 2 usage, 3 store, 130 interrupted.
Rules: heavy imports are deferred; every command has `--help` and `--json`.
Not here: any decision.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from types import FrameType

__all__ = ["main"]

_EXIT_INTERRUPTED = 130


def main() -> None:
    """Run the command line and leave with its exit code."""
    in_main = threading.current_thread() is threading.main_thread()
    if in_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    try:
        from ._common import run
        from ._root import commands

        code = run(commands, None)
    except KeyboardInterrupt:
        code = _EXIT_INTERRUPTED  # while the program was still being read
    if code == _EXIT_INTERRUPTED:
        _leave_interrupted()
    sys.exit(code)


def _interrupt(_: int, frame: FrameType | None) -> None:
    """Raise at Ctrl-C, as Python does; but leave at once while a module is being read.

    A compiled library whose start is torn in the middle may end in a fault of the machine; a kill at any
    point leaves the workspace as it was or as it shall be, so nothing is lost by going.
    """
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            _leave_interrupted()
        frame = frame.f_back
    raise KeyboardInterrupt


def _leave_interrupted() -> None:
    """Leave at once: what could be put away is, and Python must not kill itself by the signal in the end.

    It would, under `python -m`, where the signal fell into code that a library runs from C, caught or not.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(_EXIT_INTERRUPTED)
