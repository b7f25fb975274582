"""Bars as run lengths, and Code 128 that could be taken for EAN-13."""

import numpy as np
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from regulars.kernel import (
    CodeForm,
    CodeKeys,
    ContractError,
    code_128_runs,
    ean_13_runs,
    list_code,
    reads_as_ean_13,
)

MISREAD = ("47023391816501386535", "47027425830478037632")
"""Read as EAN-13 alone at one scale or another by ZXing."""
READ_TWICE = (
    "47023705358821829587",
    "47024034250317063344",
    "47025909477529895024",
    "47026726025578510955",
    "47027502227718172621",
)
"""Read as Code 128 and, from the last bar on, as EAN-13 too, at four dots a module."""
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


def picture(runs: tuple[int, ...], dots: int) -> NDArray[np.uint8]:
    """Bars with clear space around them, forty dots high."""
    row = np.repeat(np.arange(len(runs)) % 2 * 255, np.array(runs) * dots)
    return np.pad(np.tile(row, (40, 1)), 20 * dots, constant_values=255).astype(np.uint8)


def kinds_read(code: str, dots: int) -> set[str]:
    kinds = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.EAN13])
    return {
        str(symbol.format) for symbol in zxingcpp.read_barcodes(picture(code_128_runs(code), dots), formats=kinds)
    }


@pytest.mark.parametrize("code", [*MISREAD, *READ_TWICE])
def test_bars_that_a_reader_took_for_an_ean_13_are_known(code: str) -> None:
    assert any("EAN-13" in kinds_read(code, dots) for dots in (2, 4))
    assert reads_as_ean_13(code_128_runs(code))


@pytest.mark.parametrize(("clear", "reads"), [(7, True), (3, True), (2, True), (1, False)])
def test_an_ean_13_is_known_by_clear_space_after_it(clear: int, reads: bool) -> None:
    assert reads_as_ean_13((*ean_13_runs("2901234567890"), clear)) is reads


@pytest.mark.parametrize(
    ("middle", "reads"),
    [((1, 1, 1, 1, 1), True), ((1, 3, 1, 2, 2), True), ((1, 4, 4, 4, 4), False), ((1, 4, 1, 1, 1), False)],
)
def test_an_ean_13_is_known_by_five_runs_alike_in_its_middle(middle: tuple[int, ...], reads: bool) -> None:
    runs = ean_13_runs("2901234567890")
    assert reads_as_ean_13((*runs[:27], *middle, *runs[32:], 7)) is reads


def test_no_list_code_can_be_taken_for_an_ean_13() -> None:
    """Some 300 of 2,000 would, had they their first MAC."""
    keys = CodeKeys(code=b"code" * 8, shuffle=b"shuf" * 8, phone=b"phon" * 8)
    codes = [list_code(keys, CodeForm(47), cycle_number=23, sequence=sequence) for sequence in range(2_000)]
    assert not any(reads_as_ean_13(code_128_runs(code)) for code in codes)
    assert {kind for code in codes[:200] for dots in (2, 4) for kind in kinds_read(code, dots)} == {"Code 128"}
