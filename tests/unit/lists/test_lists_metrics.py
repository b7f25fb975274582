"""Texts set by measured widths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.lists import Face, TextMeasure

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=12), min_size=1, max_size=8).map(" ".join)
STEPS = ((10.0, 1), (9.0, 1), (9.0, 2))


def test_width_is_the_sum_of_advances_and_one_per_cent(measure: TextMeasure) -> None:
    assert measure.width(Face.TEXT, "abcd", 10) == pytest.approx(4 * 0.42 * 10 * 1.01)


def test_every_digit_is_as_wide_as_the_widest() -> None:
    own = dict.fromkeys(range(32, 127), 0.5) | {ord("1"): 0.2, ord("8"): 0.7}
    narrow = TextMeasure(dict.fromkeys(Face, own))
    assert narrow.width(Face.TEXT, "111", 10) == narrow.width(Face.TEXT, "888", 10) == pytest.approx(21.21)


@given(text=WORDS, width=st.floats(20, 200))
def test_a_fitted_text_fits_and_loses_nothing_unsaid(measure: TextMeasure, text: str, width: float) -> None:
    fitted = measure.fit(Face.TEXT, text, width, STEPS)
    assert len(fitted.lines) <= 2
    assert all(measure.width(Face.TEXT, line, fitted.size) <= width for line in fitted.lines)
    if fitted.shortened:
        assert any(line.endswith("…") for line in fitted.lines)
    else:
        assert " ".join(fitted.lines) == text


def test_a_text_shrinks_before_it_breaks_and_breaks_before_it_is_cut(measure: TextMeasure) -> None:
    assert measure.fit(Face.TEXT, "abcd efgh", 39, STEPS).size == 10.0
    assert measure.fit(Face.TEXT, "abcd efgh", 35, STEPS) == measure.fit(Face.TEXT, "abcd efgh", 35, STEPS[1:])
    assert measure.fit(Face.TEXT, "abcd efgh", 25, STEPS).lines == ("abcd", "efgh")
    cut = measure.fit(Face.TEXT, "abcd efgh ijkl", 25, STEPS)
    assert cut.shortened
    assert cut.lines == ("abcd", "efgh…")


@pytest.mark.parametrize(
    ("text", "printed", "lost"),
    [
        ("plain", "plain", False),
        ("  two\tblanks \n", "two blanks", False),
        ("Cafe\u0301", "Café", False),
        ("Pat \U0001f34e", "Pat", True),
        ("a\u202eb\u200dc\x00d", "abcd", False),
        ("ﬁn", "fin", True),
        ("Ωmega", "mega", True),
        ("", "", False),
    ],
)
def test_only_characters_of_the_fonts_are_printed(
    measure: TextMeasure, text: str, printed: str, lost: bool
) -> None:
    assert measure.printable(text) == (printed, lost)
