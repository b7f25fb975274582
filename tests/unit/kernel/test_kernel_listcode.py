"""List codes: genuine ones pass, mistyped, forged and foreign ones do not."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import (
    CodeForm,
    CodeKeys,
    ContractError,
    ListCode,
    check_digit,
    list_code,
    qr_secret,
    read_list_code,
    shuffled_sequence,
)

KEYS = CodeKeys(code=b"code" * 8, shuffle=b"shuf" * 8, phone=b"phon" * 8)
CYCLE = 23
EAN = CodeForm(47, ean_prefix=29)


def code(sequence: int, cycle_number: int = CYCLE) -> str:
    return list_code(KEYS, CodeForm(47), cycle_number=cycle_number, sequence=sequence)


def with_right_check_digit(body: str) -> str:
    return body + str(check_digit(body))


def test_a_code_is_the_same_for_ever() -> None:
    assert code(5) == "47023000000057317912"
    assert code(51_620) == "47023000516203743529"
    assert qr_secret(KEYS, cycle_number=CYCLE, sequence=5) == "YTFE8S8N9CAZ3HDD"
    assert shuffled_sequence(KEYS, CYCLE, 0) == 72_217_207


@given(sequence=st.integers(0, 10**8 - 1), cycle_number=st.integers(1, 5_000), version=st.integers(0, 99))
def test_genuine_codes_pass(sequence: int, cycle_number: int, version: int) -> None:
    printed = list_code(KEYS, CodeForm(version), cycle_number=cycle_number, sequence=sequence)
    expected = ListCode(version, cycle_number, sequence)
    assert read_list_code(KEYS, printed, cycle_number=cycle_number) == expected


@given(sequence=st.integers(0, 10**8 - 1), cycle_number=st.integers(1, 3_000), other=st.integers(1, 3_000))
def test_a_code_of_another_cycle_is_refused(sequence: int, cycle_number: int, other: int) -> None:
    if cycle_number % 1000 != other % 1000:
        assert read_list_code(KEYS, code(sequence, cycle_number), cycle_number=other) is None


def test_a_code_of_the_cycle_a_thousand_later_is_refused() -> None:
    """The three printed digits come round; the cycle's own key does not. Chance lets one in a million pass."""
    passed = [n for n in range(2_000) if read_list_code(KEYS, code(n), cycle_number=CYCLE + 1000)]
    assert passed == []


def test_every_single_wrong_digit_is_refused() -> None:
    for sequence in (0, 5, 51_620, 99_999_999, *range(10_000, 10_200)):
        printed = code(sequence)
        for place, right in enumerate(printed):
            for wrong in "0123456789".replace(right, ""):
                typed = printed[:place] + wrong + printed[place + 1 :]
                assert check_digit(typed) != 0
                assert read_list_code(KEYS, typed, cycle_number=CYCLE) is None


def test_every_swap_of_neighbours_is_refused() -> None:
    for sequence in range(20_000, 20_500):
        printed = code(sequence)
        for place in range(19):
            typed = printed[:place] + printed[place + 1] + printed[place] + printed[place + 2 :]
            assert typed == printed or check_digit(typed) != 0


def test_the_check_digit_finds_each_swap_whatever_stands_before() -> None:
    """The table is totally anti-symmetric: no interim digit hides a swap."""
    for before in range(10):
        prefix = next(f"{n}" for n in range(1_000) if check_digit(f"{n}") == before)
        for one in "0123456789":
            for two in "0123456789".replace(one, ""):
                assert check_digit(prefix + one + two) != check_digit(prefix + two + one)


def test_200_000_guesses_with_a_right_check_digit_are_refused_as_chance_allows() -> None:
    """The MAC alone lets one guess in a million pass; the live sequence, cycle and store are checked beside it."""
    draw = random.Random(20261125)
    passed = 0
    for _ in range(200_000):
        body = f"47{CYCLE:03d}{draw.randrange(10**8):08d}{draw.randrange(10**6):06d}"
        passed += read_list_code(KEYS, with_right_check_digit(body), cycle_number=CYCLE) is not None
    assert passed <= 2


def test_a_control_with_the_right_key_passes_where_guesses_fail() -> None:
    other = replace(KEYS, code=b"else" * 8)
    printed = code(77)
    assert read_list_code(KEYS, printed, cycle_number=CYCLE) is not None
    assert read_list_code(other, printed, cycle_number=CYCLE) is None


@pytest.mark.parametrize("text", ["", "123", "4702300000005162057x", "４" * 20, " " + "4" * 19, "-" + "4" * 19])
def test_what_is_no_code_is_refused(text: str) -> None:
    assert read_list_code(KEYS, text, cycle_number=CYCLE) is None


@given(cycle_number=st.integers(1, 1_000), positions=st.sets(st.integers(0, 10**8 - 1), min_size=2, max_size=50))
def test_shuffling_never_makes_two_lists_one(cycle_number: int, positions: set[int]) -> None:
    shuffled = {shuffled_sequence(KEYS, cycle_number, position) for position in positions}
    assert len(shuffled) == len(positions)
    assert all(0 <= sequence < 10**8 for sequence in shuffled)


def test_neighbours_in_the_run_are_strangers_in_the_code() -> None:
    first = [shuffled_sequence(KEYS, CYCLE, position) for position in range(1_000)]
    assert first != sorted(first)
    assert len({sequence // 10**4 for sequence in first}) > 900
    assert first != [shuffled_sequence(KEYS, CYCLE + 1, position) for position in range(1_000)]


def test_parts_that_do_not_fit_are_refused() -> None:
    for form, match in (
        ((100,), "version 100"),
        ((-1,), "version -1"),
        ((1, 19), "prefix 19"),
        ((1, 30), "prefix 30"),
    ):
        with pytest.raises(ContractError, match=match):
            CodeForm(*form)
    for cycle_number, sequence in ((0, 0), (1, 10**8), (1, -1)):
        for form in (CodeForm(1), EAN):
            with pytest.raises(ContractError, match="out of range"):
                list_code(KEYS, form, cycle_number=cycle_number, sequence=sequence)
    with pytest.raises(ContractError, match="eight digits"):
        shuffled_sequence(KEYS, 1, 10**8)


def test_thirteen_digits_have_the_check_digit_of_the_standard() -> None:
    """GS1 General Specifications, section 7.9: from the right, the digits count three and one times."""
    for sequence in range(500):
        printed = list_code(KEYS, EAN, cycle_number=CYCLE, sequence=sequence)
        weighted = sum((1, 3)[place % 2] * int(digit) for place, digit in enumerate(reversed(printed)))
        assert printed.startswith("29")
        assert len(printed) == 13
        assert weighted % 10 == 0


def test_thirteen_digits_differ_for_every_list_of_a_hundred_cycles_and_hide_both() -> None:
    lists = [(cycle, sequence) for cycle in range(1, 101) for sequence in (0, 1, 7, 10**8 - 1)]
    printed = {list_code(KEYS, EAN, cycle_number=cycle, sequence=n) for cycle, n in lists}
    assert len(printed) == len(lists)
    assert len({text[2:4] for text in printed}) > 90
    again = list_code(KEYS, EAN, cycle_number=101, sequence=0)
    assert again == list_code(KEYS, EAN, cycle_number=1, sequence=0)
    other = replace(KEYS, code=b"else" * 8)
    assert list_code(other, EAN, cycle_number=CYCLE, sequence=5) != list_code(
        KEYS, EAN, cycle_number=CYCLE, sequence=5
    )


def test_the_phone_secret_shares_nothing_with_the_code() -> None:
    secret = qr_secret(KEYS, cycle_number=CYCLE, sequence=5)
    assert len(secret) == 16
    assert set(secret) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert qr_secret(replace(KEYS, code=b"x" * 32, shuffle=b"y" * 32), cycle_number=CYCLE, sequence=5) == secret
    assert qr_secret(replace(KEYS, phone=b"z" * 32), cycle_number=CYCLE, sequence=5) != secret
    assert len({qr_secret(KEYS, cycle_number=CYCLE, sequence=n) for n in range(2_000)}) == 2_000


def test_keys_are_not_shown() -> None:
    assert repr(KEYS) == "CodeKeys(code=..., shuffle=..., phone=...)"


def test_another_plan_of_the_cycle_shuffles_anew() -> None:
    first = [shuffled_sequence(KEYS, CYCLE, position, "first") for position in range(500)]
    second = [shuffled_sequence(KEYS, CYCLE, position, "second") for position in range(500)]
    assert len(set(first)) == len(set(second)) == 500
    assert set(first) & set(second) == set()
