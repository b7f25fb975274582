"""Which lines are plain: judged against each line taken apart alone, and against Python's csv module."""

import csv

from hypothesis import example, given, settings
from hypothesis import strategies as st

from regulars.adapters._reader_lines import Fault, LineShape, take_apart

TEXT = st.text(alphabet='ab,;" \t\x00\x7f\u00e9\ufffd', max_size=12)
CELL = st.sampled_from(["a", "", '"a"', '""', '"a,b"', '"a""b"', '"a"b', 'a"b', '"a', "\u00e9"])
LINE = TEXT | st.lists(CELL, min_size=1, max_size=4).map(",".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(LINE, min_size=1, max_size=6), st.integers(1, 3), st.booleans())
@example(['"a","b"', '"a","b"'], 2, True)
@example(['"a""b","c"', '"a,b"'], 2, True)
@example(['"a,b","c"', "a"], 2, True)
def test_a_line_is_plain_if_and_only_if_it_can_be_taken_apart(lines: list[str], cells: int, quoting: bool) -> None:
    shape = LineShape(cells, ",", quoting, frozenset([""]))
    judged = shape.judge("\n".join([*lines, ""]).encode())
    assert judged.lines == len(lines)
    for number, line in enumerate(lines):
        row = take_apart(shape, number, line)
        plain = row.fault is Fault.NONE and line != ""
        if line == "":
            continue
        assert (number not in judged.odd) == plain, line
        if plain and quoting:
            (parsed,) = csv.reader([line], strict=True)
            assert row.cells == tuple(cell.strip(" ") or None for cell in parsed)
        elif plain:
            assert row.cells == tuple(cell.strip(" ") or None for cell in line.split(","))
    assert judged.blank + sum(lines[number] == "" for number in judged.odd) == lines.count("")
    if not judged.has_blanks:
        edges = [line for n, line in enumerate(lines) if n not in judged.odd]
        assert not any(cell != cell.strip(" ") for line in edges for cell in line.split(","))
