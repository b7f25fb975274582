"""Bars and any grid of modules as one vector path.

Bars and QR modules are each drawn as a single filled path: separate rectangles show seams in viewers and printers.

Source: docs/concepts/list-code.md for the sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from regulars.kernel import code_128_runs, ean_13_runs

QR_QUIET_ZONE_MODULES = 4


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
