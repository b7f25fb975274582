"""Symbols as run lengths and paths."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.lists import bars_path, code_bars, grid_path, module_points


def test_digits_stand_in_groups_under_either_bars() -> None:
    assert code_bars("47023000000057317912").digits == "47023 00000005 7317912"
    assert (code_bars("2901234567890").digits, code_bars("2901234567890").quiet) == ("2 901234 567890", 11)


@given(rows=st.lists(st.text("01", min_size=5, max_size=5), min_size=1, max_size=5))
def test_a_path_darkens_exactly_the_dark_modules(rows: list[str]) -> None:
    dark = {(x, y) for y, row in enumerate(rows) for x, mark in enumerate(row) if mark == "1"}
    drawn: list[tuple[int, int]] = []
    for left, top, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", grid_path(rows)):
        drawn += [(int(left) + step, int(top)) for step in range(int(width))]
    assert sorted(drawn) == sorted(dark)


def test_bars_are_one_path() -> None:
    assert bars_path((1, 2, 3)) == "M0 0h1v1h-1zM3 0h3v1h-3z"


@pytest.mark.parametrize(
    ("dpi", "least_mils", "dots"),
    [(300, 13.3, 4), (600, 13.3, 8), (203, 13.3, 3), (300, 31.0, 10), (600, 31.0, 19)],
)
def test_modules_are_whole_printer_dots(dpi: int, least_mils: float, dots: int) -> None:
    assert module_points(dpi, least_mils) * dpi / 72 == pytest.approx(dots, abs=1e-9)
