"""Symbols as run lengths and paths."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import ContractError
from regulars.lists import bars_path, code_128_runs, code_bars, ean_13_runs, grid_path, module_points

DIGITS = st.text("0123456789", min_size=1, max_size=15).map(lambda text: text + text[::-1])


def decoded(runs: tuple[int, ...]) -> str:
    """Digits of a Code 128-C symbol by its definition: values of six runs, the check value, start and stop."""
    assert runs[-7:] == (2, 3, 3, 1, 1, 1, 2)
    table = {code_128_runs(f"{value:02d}")[6:12]: value for value in range(100)}
    values = [table[runs[at : at + 6]] for at in range(6, len(runs) - 13, 6)]
    return "".join(f"{value:02d}" for value in values)


def test_the_runs_of_a_known_symbol() -> None:
    assert "".join(map(str, code_128_runs("0123"))) == "2112322221223121312113312331112"


@given(digits=DIGITS)
def test_a_symbol_has_the_right_size_and_says_its_digits(digits: str) -> None:
    runs = code_128_runs(digits)
    assert sum(runs) == 11 * (len(digits) // 2 + 2) + 13
    assert set(runs) <= {1, 2, 3, 4}
    assert decoded(runs) == digits


def test_twenty_digits_are_145_modules() -> None:
    assert sum(code_128_runs("47023000000057317912")) == 145


@pytest.mark.parametrize("text", ["", "1", "123", "12a4", "１２"])
def test_what_is_no_even_number_of_digits_is_refused(text: str) -> None:
    with pytest.raises(ContractError, match="even number of digits"):
        code_128_runs(text)


def test_the_thirteen_digit_bars_of_a_known_number() -> None:
    """2 901234 567890 by ISO/IEC 15420: number set A is 0 for a space and 1 for a bar, B is C read backwards."""
    set_a = [f"{bits:07b}" for bits in (0x0D, 0x19, 0x13, 0x3D, 0x23, 0x31, 0x2F, 0x3B, 0x37, 0x0B)]
    set_c = ["".join("10"[int(bit)] for bit in digit) for digit in set_a]
    set_b = [digit[::-1] for digit in set_c]
    left = "".join(
        {"A": set_a, "B": set_b}[which][int(digit)] for which, digit in zip("AABBAB", "901234", strict=True)
    )
    modules = "101" + left + "01010" + "".join(set_c[int(digit)] for digit in "567890") + "101"
    drawn = "".join("10"[place % 2] * width for place, width in enumerate(ean_13_runs("2901234567890")))
    assert drawn == modules


@pytest.mark.parametrize("text", ["290123456789", "3901234567890", "29012345678901", "290123456789x"])
def test_what_is_no_number_of_the_store_makes_no_thirteen_digit_bars(text: str) -> None:
    with pytest.raises(ContractError, match="thirteen digits from 2 on"):
        ean_13_runs(text)


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
