"""Read one POSLog file under limits: ``python -I -m regulars.poslog``, started by the adapter for each file."""

from __future__ import annotations

import argparse
import gc
import resource
import signal
from pathlib import Path

from regulars.kernel import VariableLayout

from ._worker import OutOfTime, ReadSettings, read_file


def main() -> None:
    """Set the limits, then read the file the arguments name."""
    parser = argparse.ArgumentParser(prog="regulars.poslog", description=__doc__)
    parser.add_argument("--stamps-zone", default="UTC")
    parser.add_argument("--store-zone", default="UTC")
    parser.add_argument("--layout", action="append", default=[], help="02IIIIIVPPPPK:2")
    parser.add_argument("--memory-bytes", type=int, required=True)
    parser.add_argument("--cpu-seconds", type=int, required=True)
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (given.memory_bytes, given.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (given.cpu_seconds, given.cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, _stop)
    gc.disable()  # what is read of a transaction holds no cycles, and goes with it
    layouts = tuple(
        VariableLayout(pattern, int(decimals))
        for pattern, _, decimals in (one.partition(":") for one in given.layout)
    )
    read_file(given.file, given.folder, ReadSettings(given.stamps_zone, given.store_zone, layouts))


def _stop(*_: object) -> None:
    raise OutOfTime


if __name__ == "__main__":
    main()
