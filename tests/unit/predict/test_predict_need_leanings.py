"""What a household's other needs say of each: against regressions done by hand and by a plain solver."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.predict import _need_leanings as module
from regulars.predict import leaning_needs, learn_leanings, need_leanings

ONE = 1 << 30


def weights_of(rows):
    names = ("household_id", "need_id", "weight_21", "weight_120")
    types = (pa.string(), pa.string(), pa.int64(), pa.int64())
    columns = [[row[place] for row in rows] for place in range(4)]
    return pa.table({n: pa.array(c, t) for n, c, t in zip(names, columns, types, strict=True)})


def test_of_two_needs_one_follows_from_the_other_by_their_sums():
    """200 households hold bread as often as milk: coefficient c / (a + 400), a = c = 200 log(2)^2."""
    both = [(f"h{n}", need, ONE, ONE) for n in range(200) for need in ("BREAD", "MILK")]
    leanings = learn_leanings(["BREAD", "MILK"], [weights_of(both)])
    squares = 200 * np.log(2) ** 2
    expected = squares / (squares + 400)
    for coefficients in leanings.coefficients:
        assert coefficients[0, 1] / 2**16 == pytest.approx(expected, abs=2e-3)
        assert coefficients[0, 0] == coefficients[1, 1] == 0
    asked = weights_of([("new", "BREAD", 3 * ONE, 3 * ONE), ("new", "MILK", 0, ONE // 2)])
    bread, milk = need_leanings(asked, leanings).to_pylist()
    assert milk["leaning_21"] / 2**16 == pytest.approx(expected * np.log(4), abs=2e-3)
    assert bread["leaning_21"] == 0
    assert bread["leaning_120"] / 2**16 == pytest.approx(expected * np.log(1.5), abs=2e-3)


def test_all_needs_at_once_are_what_one_ridge_regression_for_each_says():
    rng = np.random.default_rng(7)
    counts = rng.poisson(0.7, (300, 6)) * rng.integers(1, 3, (300, 6))
    rows = [
        (f"h{h}", f"N{n}", int(counts[h, n]) * ONE, int(counts[h, n]) * ONE)
        for h in range(300)
        for n in range(6)
        if counts[h, n]
    ]
    leanings = learn_leanings([f"N{n}" for n in range(6)], [weights_of(rows)])
    logs = np.log1p(counts)
    for need in range(6):
        others = [n for n in range(6) if n != need]
        held = logs[:, others]
        solved = np.linalg.solve(held.T @ held + 400 * np.eye(5), held.T @ logs[:, need])
        assert leanings.coefficients[0][others, need] / 2**16 == pytest.approx(solved, abs=1e-3)


def test_a_need_few_hold_is_not_foreseen_and_says_nothing(monkeypatch):
    monkeypatch.setattr(module, "LEANING_NEEDS", 2)
    totals = pa.table(
        {
            "level": ["need", "product", "need", "need", "need"],
            "item_id": ["RARE", "p", "B", "A", "MOST"],
            "buyers_182": [1, 99, 5, 5, 7],
        }
    )
    need_ids = leaning_needs(totals)
    assert need_ids == ["MOST", "A"]
    rows = [
        ("h", "MOST", ONE, ONE),
        ("h", "RARE", 9 * ONE, 9 * ONE),
        ("h", "A", ONE, ONE),
        ("i", "RARE", ONE, ONE),
    ]
    leanings = learn_leanings(need_ids, [weights_of(rows)])
    said = need_leanings(weights_of(rows), leanings).to_pylist()
    assert [row["need_id"] for row in said] == ["MOST", "RARE", "A", "RARE"]
    assert [row["leaning_21"] is None for row in said] == [False, True, False, True]
    without = need_leanings(weights_of([row for row in rows if row[1] != "RARE"]), leanings).to_pylist()
    assert [row for row in said if row["need_id"] != "RARE"] == without


@pytest.mark.parametrize("need_ids", [[], ["A"]])
def test_nothing_to_learn_from_is_no_fault(need_ids):
    leanings = learn_leanings(need_ids, [])
    assert need_leanings(weights_of([]), leanings).num_rows == 0
    (row,) = need_leanings(weights_of([("h", "A", ONE, ONE)]), leanings).to_pylist()
    assert row["leaning_21"] == (0 if need_ids else None)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("WXYZ"), st.integers(0, 40 * ONE)),
        unique_by=lambda row: row[:2],
    ),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_neither_buckets_nor_the_order_of_rows_matter(pairs, buckets, random):
    rows = [(household, need, weight // 3, weight) for household, need, weight in pairs]
    whole = learn_leanings(list("WXYZ"), [weights_of(rows)])
    random.shuffle(rows)
    dealt = [[row for row in rows if ord(row[0]) % buckets == n] for n in range(buckets)]
    parts = learn_leanings(list("WXYZ"), map(weights_of, dealt))
    for one, other in zip(whole.coefficients, parts.coefficients, strict=True):
        assert np.array_equal(one, other)
    expected = {(r["household_id"], r["need_id"]): r for r in need_leanings(weights_of(rows), whole).to_pylist()}
    for part in dealt:
        for row in need_leanings(weights_of(part), parts).to_pylist():
            assert row == expected[row["household_id"], row["need_id"]]
