"""What each parser of foreign bytes promises, as functions that raise when it is broken."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from regulars.adapters._reader_lines import Fault, LineShape, take_apart
from regulars.ingest import parse_mapping, propose_mapping, text_sample
from regulars.kernel import US_LAYOUTS, ConfigError, read_product_code
from regulars.poslog import FINDINGS, OTHERS, ROW_COLUMNS, ROWS, SEPARATOR, ReadSettings, read_file

_FOLDER = Path(tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
_SETTINGS = ReadSettings("Europe/Berlin", "Europe/Berlin", US_LAYOUTS)


def poslog(data: bytes) -> None:
    """Any bytes give counts that agree with the tables, and never an exception."""
    path = _FOLDER / "log.xml"
    path.write_bytes(data)
    counts = read_file(path, _FOLDER, _SETTINGS)
    assert counts.transactions == counts.retail_transactions + counts.other_transactions
    rows = (_FOLDER / ROWS).read_text(encoding="utf-8").split("\n")[:-1]
    others = (_FOLDER / OTHERS).read_text(encoding="utf-8").split("\n")[:-1]
    findings = (_FOLDER / FINDINGS).read_text(encoding="utf-8").split("\n")[:-1]
    assert (len(rows), len(others)) == (counts.rows, counts.other_transactions)
    assert all(row.count(SEPARATOR) == len(ROW_COLUMNS) - 1 for row in rows)
    assert sum(finding.endswith("true") for finding in findings) == counts.faults


def codes(data: bytes) -> None:
    """Any text is one product, and reading its id again gives the same."""
    read = read_product_code(data.decode("utf-8", "replace"))
    assert read_product_code(read.product_id).product_id == read.product_id


def mapping(data: bytes) -> None:
    """Any text is a mapping or is refused as a setting."""
    try:
        parse_mapping(data.decode("utf-8", "replace"), "fuzz.toml")
    except ConfigError:
        return


def sniff(data: bytes) -> None:
    """Any bytes give a proposal, and a proposed mapping is one."""
    proposal = propose_mapping(text_sample("sales-1.csv", data))
    if proposal.text:
        parse_mapping(proposal.text, "proposal.toml")


def lines(data: bytes) -> None:
    """A line that is said to be plain is one record of as many cells as the header has, and blocks lose no line."""
    text = data[1:].decode("utf-8", "replace").replace("\r", "") + "\n"
    shape = LineShape(1 + data[0] % 4 if data else 1, ",", bool(data and data[0] & 4), frozenset({""}))
    said = text.split("\n")[:-1]
    judged = shape.judge(text.encode())
    assert judged.lines == len(said)
    assert set(judged.odd) <= set(range(len(said)))
    assert judged.blank + sum(not said[number] for number in judged.odd) == said.count("")
    for number, line in enumerate(said):
        record = take_apart(shape, number, line)
        if line and number not in judged.odd:
            assert record.fault is Fault.NONE
            assert len(record.cells) == shape.cells


TARGETS: dict[str, Callable[[bytes], None]] = {
    "poslog": poslog,
    "codes": codes,
    "lines": lines,
    "mapping": mapping,
    "sniff": sniff,
}
