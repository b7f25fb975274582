from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from regulars.predict import isotonic_curve

counts = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 30)).map(lambda pair: (pair[0], min(pair))),
    min_size=1,
    max_size=12,
)


def curve_of(pairs, scores=None):
    scores = scores or list(range(10, 10 + len(pairs)))
    columns = [np.array(column, dtype=np.int64) for column in (scores, *zip(*pairs, strict=True))]
    corners, chances = isotonic_curve(*columns)
    return corners, chances, scores


def plain_chances(pairs):
    """The same by its definition: at each place the greatest over starts of the least over ends of the mean."""
    weights = [Fraction(n) for n, _ in pairs]
    hits = [Fraction(h) for _, h in pairs]
    for end in (0, -1):
        weights[end] += 1
        hits[end] += Fraction(1, 2)
    size = len(pairs)
    return [
        max(
            min(sum(hits[start : end + 1]) / sum(weights[start : end + 1]) for end in range(place, size))
            for start in range(place + 1)
        )
        for place in range(size)
    ]


@given(counts)
def test_the_curve_is_the_one_of_the_min_max_formula(pairs):
    corners, chances, scores = curve_of(pairs)
    at_scores = np.interp(scores, corners, chances)
    assert at_scores.tolist() == [float(chance) for chance in plain_chances(pairs)]


@given(counts)
def test_the_curve_rises_strictly_inside_nought_and_one(pairs):
    corners, chances, _ = curve_of(pairs)
    assert (np.diff(corners) > 0).all()
    assert (np.diff(chances) >= 0).all()
    assert (chances > 0).all()
    assert (chances < 1).all()


def test_all_bought_and_none_bought_stay_short_of_certainty():
    assert curve_of([(4, 0)])[1].tolist() == [1 / 6]
    assert curve_of([(4, 4)])[1].tolist() == [5 / 6]


def test_counts_of_any_size_are_exact():
    big = 10**15
    _, chances, _ = curve_of([(3 * big, big), (3 * big, big - 1), (1, 1)])
    assert chances.tolist()[0] == chances.tolist()[1] == (4 * big - 1) / (12 * big + 2)
