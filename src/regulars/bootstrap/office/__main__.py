"""The worker of a back office: ``python -m regulars.bootstrap.office WORKSPACE``, started by the service."""

from __future__ import annotations

import sys
from pathlib import Path

from ._worker import run_worker

if __name__ == "__main__":
    run_worker(Path(sys.argv[1]))
