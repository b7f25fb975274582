"""Code 128-C and EAN-13 as run lengths, and any grid of modules as one vector path.

Bars and QR modules are each drawn as a single filled path: separate rectangles show seams in viewers and printers.

Source: ISO/IEC 15417 (Code 128); ISO/IEC 15420 (EAN-13); docs/concepts/list-code.md for the sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regulars.kernel import ContractError

QR_QUIET_ZONE_MODULES = 4
_START_C = 105
_STOP = (2, 3, 3, 1, 1, 1, 2)
_EAN_WIDTHS = ("3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112")
_EAN_MIRRORED = (False, False, True, True, False, True)
"""Which of the six digits left of the middle are mirrored: this says that the number begins with 2."""
_WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222"
    "123122123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321"
    "232121111323131123131321112313132113132311211313231113231311112133112331132131113123113321133121"
    "313121211331231131213113213311213131311123311321331121312113312311332111314111221411431111111224"
    "111422121124121421141122141221112214112412122114122411142112142211241211221114413111241112134111"
    "111242121142121241114212124112124211411212421112421211212141214121412121111143111341131141114113"
    "114311411113411311113141114131311141411131211412211214211232"
)


def code_128_runs(digits: str) -> tuple[int, ...]:
    """Widths of bars and spaces in modules, bar first, quiet zones left out.

    Args:
        digits: An even, positive number of ASCII digits; 20 of them make 145 modules.

    Returns:
        Run lengths, shape ``(6 * (len(digits) // 2 + 2) + 7,)``, each 1..4.

    Raises:
        ContractError: The text is not an even number of digits.

    Example:
        >>> sum(code_128_runs("47001000000051620577"))
        145
    """
    if not digits or len(digits) % 2 or not (digits.isascii() and digits.isdigit()):
        raise ContractError(f"Code 128-C takes an even number of digits, not {digits!r}")
    values = [_START_C, *(int(digits[place : place + 2]) for place in range(0, len(digits), 2))]
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    runs = [int(width) for value in (*values, check) for width in _WIDTHS[6 * value : 6 * value + 6]]
    return (*runs, *_STOP)


def ean_13_runs(digits: str) -> tuple[int, ...]:
    """Widths of bars and spaces in modules, bar first, quiet zones left out.

    Args:
        digits: Thirteen ASCII digits that begin with 2: numbers a store gives itself.

    Returns:
        Run lengths, shape ``(59,)``, each 1..4; together 95 modules.

    Raises:
        ContractError: The text is no such number.

    Example:
        >>> sum(ean_13_runs("2901234567891"))
        95
    """
    if len(digits) != 13 or not (digits.isascii() and digits.isdigit() and digits[0] == "2"):
        raise ContractError(f"these bars take thirteen digits from 2 on, not {digits!r}")
    widths = [_EAN_WIDTHS[int(digit)] for digit in digits[1:]]
    left = [text[::-1] if mirrored else text for text, mirrored in zip(widths[:6], _EAN_MIRRORED, strict=True)]
    return tuple(map(int, "".join(("111", *left, "11111", *widths[6:], "111"))))


@dataclass(frozen=True)
class Bars:
    """A list code as it is drawn.

    Args:
        runs: Widths of bars and spaces in modules, bar first.
        quiet: White modules before and after.
        digits: As printed beneath, in groups.
    """

    runs: tuple[int, ...]
    quiet: int
    digits: str


def code_bars(code: str) -> Bars:
    """The bars of a list code: Code 128-C of twenty digits, EAN-13 of thirteen.

    Raises:
        ContractError: It is neither.

    Example:
        >>> code_bars("2901234567891").digits
        '2 901234 567891'
    """
    if len(code) == 13:
        return Bars(ean_13_runs(code), 11, f"{code[0]} {code[1:7]} {code[7:]}")
    return Bars(code_128_runs(code), 10, f"{code[:5]} {code[5:13]} {code[13:]}")


def bars_path(runs: Sequence[int]) -> str:
    """The bars as one SVG path, one unit per module and one unit high.

    Example:
        >>> bars_path((2, 1, 1))
        'M0 0h2v1h-2zM3 0h1v1h-1z'
    """
    parts: list[str] = []
    at = 0
    for place, width in enumerate(runs):
        if place % 2 == 0:
            parts.append(f"M{at} 0h{width}v1h-{width}z")
        at += width
    return "".join(parts)


def grid_path(rows: Sequence[str]) -> str:
    """Dark modules as one SVG path, one unit per module; ``1`` is dark. Dark neighbours in a row join.

    Example:
        >>> grid_path(("110", "001"))
        'M0 0h2v1h-2zM2 1h1v1h-1z'
    """
    dark = np.frombuffer("".join(f"0{row}0" for row in rows).encode("ascii"), dtype=np.int8).reshape(len(rows), -1)
    edges = np.diff(dark, axis=1)
    tops, starts = np.nonzero(edges == 1)
    wide = (np.nonzero(edges == -1)[1] - starts).tolist()
    runs = zip(starts.tolist(), tops.tolist(), wide, wide, strict=True)
    return "".join(["M%d %dh%dv1h-%dz" % run for run in runs])  # noqa: UP031 - the quickest


def module_points(printer_dpi: int, least_mils: float) -> float:
    """Width of one module: the smallest whole number of printer dots not below a width (4 dots at 300 dpi).

    Args:
        printer_dpi: Dots per inch of the printer, > 0.
        least_mils: Smallest allowed width, thousandths of an inch.

    Returns:
        Points (1/72 inch).

    Example:
        >>> round(module_points(300, 13.3), 3)
        0.96
    """
    dots = 1
    while dots * 1000 < least_mils * printer_dpi:
        dots += 1
    return dots * 72 / printer_dpi
