"""Items in their columns, and the columns balanced, judged by a plain search."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from regulars.contracts import ListLine, Reason, ReasonCode
from regulars.lists import Face, TextMeasure
from regulars.lists._items import DENSITIES, Balance, Density, Row, balance, item_row

TIGHT = DENSITIES[-1]
LINE = ListLine(
    "NEED", "1", "Bananas", "2 lb", 1, 138, "$1.38", False, 0.5, Reason(ReasonCode.DUE_BY_HABIT, "often")
)


def rows_of(heights: list[list[float]]) -> list[list[Row]]:
    return [[Row(height, False, {}) for height in part] for part in heights]


def tallest_by_search(rows: list[list[Row]], density: Density, tail: float) -> float:
    """The lowest possible tallest column over every pair of breaks, found by trying all of them."""
    flat = [(at, row.height) for at, part in enumerate(rows) for row in part]

    def column(part: list[tuple[int, float]]) -> float:
        sections = len({at for at, _ in part})
        return sum(height for _, height in part) + sections * density.heading + max(0, sections - 1) * density.gap

    best = float("inf")
    for one in range(len(flat) + 1):
        for two in range(one, len(flat) + 1):
            last = column(flat[two:]) + tail + (density.gap if flat[two:] and tail else 0.0)
            best = min(best, max(column(flat[:one]), column(flat[one:two]), last))
    return best


SECTIONS = st.lists(st.lists(st.sampled_from([15.2, 26.4]), min_size=1, max_size=6), min_size=1, max_size=6)


@given(heights=SECTIONS, tail=st.sampled_from([0.0, 40.0]))
def test_every_row_stands_once_in_order_and_the_heights_are_true(heights: list[list[float]], tail: float) -> None:
    rows = rows_of(heights)
    split = balance(rows, TIGHT, tail, 10_000.0)
    assert split is not None
    seen = [
        (b.section, place) for column in split.columns for b in column for place in range(b.from_row, b.until_row)
    ]
    assert seen == [(at, place) for at, part in enumerate(rows) for place in range(len(part))]
    for column, height in zip(split.columns, split.heights, strict=True):
        body = sum(rows[b.section][place].height for b in column for place in range(b.from_row, b.until_row))
        expected = body + len(column) * TIGHT.heading + max(0, len(column) - 1) * TIGHT.gap
        assert abs(height - expected) < 1e-6


@given(heights=SECTIONS)
def test_what_can_fit_does_fit(heights: list[list[float]]) -> None:
    rows = rows_of(heights)
    lowest = tallest_by_search(rows, TIGHT, 0.0)
    assert isinstance(balance(rows, TIGHT, 0.0, lowest + 1e-6), Balance)
    assert balance(rows, TIGHT, 0.0, lowest - 1e-3) is None


def test_a_section_is_split_only_where_it_pays() -> None:
    split = balance(rows_of([[15.2] * 4, [15.2] * 4, [15.2] * 4]), TIGHT, 0.0, 500.0)
    assert split is not None
    assert [len(column) for column in split.columns] == [1, 1, 1]
    one_long = balance(rows_of([[15.2] * 12]), TIGHT, 0.0, 500.0)
    assert one_long is not None
    assert [(c[0].from_row, c[0].until_row) for c in one_long.columns] == [(0, 4), (4, 8), (8, 12)]


def test_no_items_are_three_empty_columns() -> None:
    split = balance([], TIGHT, 40.0, 100.0)
    assert split == Balance(((), (), ()), (0.0, 0.0, 0.0))


@given(
    name=st.lists(st.text("abcdefgh", min_size=1, max_size=14), min_size=1, max_size=9).map(" ".join),
    quantity=st.integers(1, 12),
    size_text=st.sampled_from(["", "6 ct", "1.75 liter"]),
    special=st.booleans(),
    density=st.sampled_from(DENSITIES),
)
def test_an_item_keeps_its_name_in_two_lines_and_clear_of_its_price(
    measure: TextMeasure, name: str, quantity: int, size_text: str, special: bool, density: Density
) -> None:
    line = replace(LINE, name=name[:60].strip(), quantity=quantity, size_text=size_text, special=special)
    width = 150.0
    row = item_row(line, width, density, measure)
    lines, size = row.data["lines"], row.data["size"]
    assert 1 <= len(lines) <= 2
    assert row.height == density.pitch + density.second_line * (len(lines) - 1)
    printed = " ".join(part["name"] for part in lines if part["name"])
    if row.shortened:
        assert printed.endswith("…")
    else:
        assert printed == line.name
    assert "".join(part["small"] for part in lines) == size_text
    for place, part in enumerate(lines):
        words = [
            (part["strong"], Face.STRONG, 1.0),
            (part["name"], Face.TEXT, 1.0),
            (part["small"], Face.TEXT, 0.82),
        ]
        used = sum(measure.width(face, text, size * factor) for text, face, factor in words)
        used += measure.width(Face.TEXT, line.price_text, row.data["price_size"]) if place == 0 else 0.0
        used += size if special and place == len(lines) - 1 else 0.0
        assert used <= width


def test_densities_go_from_wide_to_tight_and_never_below_nine_and_a_half_points() -> None:
    assert all(one.size >= two.size and one.pitch > two.pitch for one, two in pairwise(DENSITIES))
    assert min(density.size for density in DENSITIES) == 9.5
