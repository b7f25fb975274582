"""What the cells of an unknown column look like: numbers, product codes, days, times of day, numbers of lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from regulars.kernel import CodeKind, read_product_code

from ._sniff_sample import NUMBER, Sample

_DAYS = (
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%m/%d/%y", "%d.%m.%y", "%d-%m-%Y", "%Y/%m/%d",
)  # fmt: skip
_CLOCKS_BEHIND = (" %H:%M:%S", " %H:%M", "T%H:%M:%S", "%H%M%S", "%H%M", " %H:%M:%S %z")
_STAMPS = tuple(day + clock for day in _DAYS for clock in ("", *_CLOCKS_BEHIND))
CLOCKS = ("%H:%M:%S", "%H:%M", "%H%M%S", "%H%M", "%I:%M:%S %p", "%I:%M %p", "%H.%M")
_CELLS = 100
_NEARLY_ALL, _MOST = 0.9, 0.75


def are_numbers(cells: Sequence[str]) -> bool:
    """Whether nearly all are numbers, with marks of money or not."""
    return bool(cells) and sum(NUMBER.fullmatch(cell) is not None for cell in cells) >= _MOST * len(cells)


def are_codes(cells: Sequence[str]) -> bool:
    """Whether nearly all are trade items' codes with a right check digit."""
    kinds = [read_product_code(cell).kind for cell in cells]
    return len(kinds) > 2 and sum(
        kind in {CodeKind.GTIN, CodeKind.VARIABLE} for kind in kinds
    ) > _NEARLY_ALL * len(kinds)


def are_codes_or_plu(cells: Sequence[str]) -> bool:
    """The same where short numbers of produce stand among them."""
    said = [read_product_code(cell).kind for cell in cells if cell]
    known = sum(kind in {CodeKind.GTIN, CodeKind.VARIABLE} for kind in said)
    return known > 1 and known + said.count(CodeKind.PLU) > _NEARLY_ALL * len(said)


def are_cents(cells: Sequence[str]) -> bool:
    """Whether amounts look like cents: all whole, and most above a hundred."""
    whole = [cell for cell in cells if re.fullmatch(r"-?\d+", cell)]
    return bool(cells) and len(whole) == len(cells) and sum(len(cell) > 2 for cell in whole) > len(whole) / 2


def are_mostly_negative(cells: Sequence[str]) -> bool:
    """Whether most of those that are not zero are written as less than zero."""
    said = [cell for cell in cells if re.search(r"[1-9]", cell)]
    return bool(said) and sum(cell.startswith(("-", "(")) or cell.endswith("-") for cell in said) > len(said) / 2


def day_pattern(cells: Sequence[str]) -> str | None:
    """How days, or days with a time, are written; None for no way that is known."""
    return _pattern(tuple(cells[:_CELLS]), _STAMPS)


def clock_pattern(cells: Sequence[str]) -> str | None:
    """How times of day are written; None for no way that is known."""
    return _pattern(tuple(cells[:_CELLS]), CLOCKS)


def has_clock(pattern: str) -> bool:
    """Whether a pattern says a time of day."""
    return "%H" in pattern or "%I" in pattern


def said_pattern(pattern: str) -> str:
    """A pattern as a mapping says it: none for what is read without one."""
    usual = {"%Y-%m-%d" + clock for clock in ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S")}
    return "" if pattern in usual else pattern


def numbers_lines(sample: Sample, name: str, transaction: str | None) -> bool:
    """Whether a column numbers the lines of a receipt: whole numbers, each one greater than the one before it there."""
    if transaction is None or not all(re.fullmatch(r"\d{1,6}", cell) for cell in sample.column(name)):
        return False
    follows = [(one[1], two[1]) for one, two in pairwise(sample.pairs(transaction, name)) if one[0] == two[0]]
    rising = sum(bool(one and two) and int(two) > int(one) for one, two in follows)
    firsts = [two[1] for one, two in pairwise(sample.pairs(transaction, name)) if one[0] != two[0] and two[1]]
    starts = sum(int(cell) <= 1 for cell in firsts)
    return rising >= _NEARLY_ALL * len(follows) and starts >= len(firsts) / 2


def stays_within(sample: Sample, name: str, transaction: str | None) -> bool:
    """Whether a column says the same in all lines of a receipt."""
    if transaction is None:
        return True
    follows = [(one[1], two[1]) for one, two in pairwise(sample.pairs(transaction, name)) if one[0] == two[0]]
    return sum(one == two for one, two in follows) >= _NEARLY_ALL * len(follows)


@lru_cache(maxsize=4_096)
def _pattern(cells: tuple[str, ...], patterns: tuple[str, ...]) -> str | None:
    if not cells:
        return None
    return next((pattern for pattern in patterns if all(_parses(cell, pattern) for cell in cells)), None)


def _parses(cell: str, pattern: str) -> bool:
    try:
        stamp = datetime.strptime(cell, pattern)  # noqa: DTZ007 - only its form matters
    except ValueError:
        return False
    if cell.isdigit() and stamp.strftime(pattern) != cell:  # read with fewer digits than the pattern writes
        return False
    return 1990 <= stamp.year < 2100 or "%d" not in pattern
