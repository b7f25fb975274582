"""Fixed columns of an unknown file: where fields seem to begin and end, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from regulars.kernel import CodeKind, read_product_code

from ._sniff_values import are_codes, are_codes_or_plu, day_pattern, has_clock

_STAMP_DIGITS = (14, 12, 8)
_CODE_DIGITS = (14, 13, 12)
_LINES = 100


@dataclass(frozen=True)
class SeenField:
    """A field that was made out.

    Args:
        first: Its first character, from 1.
        length: Its length.
        cells: What stands in it, line by line.
        means: ``sold_at``, ``sold_on`` or ``product_id`` when its values say so; or empty.
        pattern: How its days or stamps are written.
    """

    first: int
    length: int
    cells: tuple[str, ...]
    means: str = ""
    pattern: str = ""


def seen_fields(lines: Sequence[str]) -> list[SeenField]:
    """Fields of lines of one length, from left to right.

    A field ends where every line is blank, or where digits and other characters meet; in a run of digits a day, a stamp
    and a product's code are known by their values.

    Args:
        lines: The file's first lines.
    """
    lines = lines[:_LINES]
    width = max(map(len, lines))
    padded = [line.ljust(width) for line in lines]
    fields: list[SeenField] = []
    for first, end in _runs(padded, width):
        fields += _split(padded, first, end)
    return fields


def _runs(lines: Sequence[str], width: int) -> list[tuple[int, int]]:
    """Stretches of one sort of character: digits (with blanks before them), or anything else."""
    sorts = [_sort({line[place] for line in lines}) for place in range(width)]
    runs, start = [], 0
    for place in range(1, width + 1):
        ends = place == width or (sorts[place] != sorts[start] and " " not in {sorts[place], sorts[start]})
        if not ends and sorts[start] != " " and sorts[place] == " ":
            ends = True
        if ends:
            if any(sort != " " for sort in sorts[start:place]):
                runs.append((start, place))
                start = place
        elif sorts[start] == " " and sorts[place] != " ":
            sorts[start:place] = [sorts[place]] * (place - start)
    return runs


def _sort(characters: set[str]) -> str:
    said = characters - {" "}
    if not said:
        return " "
    return "d" if all(one.isdigit() or one in "+-.," for one in said) else "a"


def _split(lines: Sequence[str], first: int, end: int) -> list[SeenField]:
    """The stretch as one field, or cut around a stamp, a day or a code in it."""
    whole = tuple(line[first:end].strip() for line in lines)
    if are_codes_or_plu(whole):
        return [SeenField(first + 1, end - first, whole, "product_id")]
    for digits in (*_STAMP_DIGITS, *_CODE_DIGITS):
        for start in range(first, end - digits + 1):
            if _meaning(tuple(line[start : start + digits] for line in lines[:2]), digits) is None:
                continue
            cells = tuple(line[start : start + digits].strip() for line in lines)
            found = _meaning(cells, digits)
            if found is not None:
                before = _split(lines, first, start) if start > first else []
                behind = _split(lines, start + digits, end) if start + digits < end else []
                return [*before, SeenField(start + 1, digits, cells, *found), *behind]
    return [SeenField(first + 1, end - first, whole)] if any(whole) else []


def _meaning(cells: Sequence[str], digits: int) -> tuple[str, str] | None:
    if not all(re.fullmatch(r"\d+", cell) for cell in cells):
        return None
    if digits in _STAMP_DIGITS and all(len(cell) == digits and "1990" <= cell[:4] < "2100" for cell in cells):
        pattern = day_pattern(cells)
        if pattern is not None:
            return ("sold_at" if has_clock(pattern) else "sold_on"), pattern
    if digits in _CODE_DIGITS and (are_codes(cells) or (len(cells) < 3 and all(map(_is_code, cells)))):
        return "product_id", ""
    return None


def _is_code(cell: str) -> bool:
    return read_product_code(cell).kind in {CodeKind.GTIN, CodeKind.VARIABLE}
