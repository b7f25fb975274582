"""A print run whose workers note who they are and then never come to an end: `python endless_print.py FOLDER`."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from regulars.contracts import Finding, ListBatch
from regulars.flows import render_lists
from regulars.testing import sample_document


@dataclass(frozen=True)
class EndlessPrinter:
    """Notes its process beside the file it should write."""

    fingerprint: str = "endless"
    pages_per_list: int = 1

    def render(self, batch: ListBatch, target: Path) -> tuple[Finding, ...]:
        part = target.with_suffix(".part")
        part.write_text(f"{os.getpid()}")
        part.rename(target.with_suffix(".pid"))
        time.sleep(600)
        return ()


if __name__ == "__main__":
    documents = [sample_document(seed, items=4, specials=2) for seed in range(2)]
    render_lists(documents, EndlessPrinter(), target_folder=Path(sys.argv[1]), batch_size=1, workers=2)
