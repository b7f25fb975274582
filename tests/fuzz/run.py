"""Fuzz one parser with coverage: ``python -m fuzz.run poslog -max_total_time=600 tests/fuzz/corpus/poslog``.

What it finds is kept in the first folder named; a crash is written beside it and ends the run.
"""

import sys

import atheris

with atheris.instrument_imports(
    include=["regulars.adapters._reader_lines", "regulars.poslog", "regulars.ingest", "regulars.kernel"]
):
    from fuzz.targets import TARGETS


def main() -> None:
    target = TARGETS[sys.argv[1]]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
