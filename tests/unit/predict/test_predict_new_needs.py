import numpy as np
import pyarrow as pa
import pytest

from regulars.predict import (
    NeedNeighbours,
    ScoredNeeds,
    listed_new_needs,
    need_neighbours,
    new_need_curve,
    new_need_scores,
)


def holdings(*rows):
    names = ("household_id", "need_id", "age_first", "held", "bought_next")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def neighbours(need_ids, lift=None):
    size = len(need_ids)
    return NeedNeighbours(
        tuple(need_ids),
        np.zeros((size, size)),
        np.ones(size),
        np.zeros((size, size)) if lift is None else lift,
        np.ones(size),
    )


def held(household, need, *, age_first=100):
    return household, need, age_first, True, False


CROWD = holdings(
    *[held(f"h{n}", need) for n in range(20) for need in ("milk", "cereal")],
    *[held(f"h{n}", "cat food") for n in range(20, 40)],
    held("new", "milk"),
    held("late", "tea", age_first=5),
)


def test_what_goes_with_a_household_s_needs_comes_first():
    found = need_neighbours([CROWD])
    assert found.need_ids == ("cat food", "cereal", "milk", "tea")
    assert found.together[2].tolist() == [0, round(20 / 26 * 2**20), 0, 0]
    scored = new_need_scores(CROWD, found)
    row = scored.scores[scored.household_ids.index("new")]
    assert row[2] == -1
    assert row[1] > row[0]
    listed = listed_new_needs(scored, new_need_curve([scored]), found)
    told = {(row["household_id"], row["need_id"]): row["because_need_id"] for row in listed.to_pylist()}
    assert not {("new", "milk"), ("h0", "cereal")} & set(told)
    assert told["new", "cereal"] == "milk"


def test_a_need_held_no_more_is_known_and_one_bought_in_the_window_is_not():
    """Known is what was bought before the day, however long ago; a need first bought after it can still come."""
    rows = [held("h0", "milk"), ("h0", "tea", 400, False, True), ("h0", "jam", 0, False, True)]
    crowd = holdings(*rows, *[held(f"h{n}", need) for n in range(1, 20) for need in ("milk", "tea", "jam")])
    scored = new_need_scores(crowd, need_neighbours([crowd]))
    assert need_neighbours([crowd]).need_ids == ("jam", "milk", "tea")
    assert (scored.scores[0] >= 0).tolist() == [True, False, False]
    assert scored.bought[0].tolist() == [True, False, True]


def test_who_buys_much_comes_to_more_that_is_new():
    """Both lean to jam by all they hold; the one that holds four times as much comes to it twice as likely."""
    goods = ("bread", "butter", "coffee", "milk")
    crowd = holdings(
        *[held(f"h{n:02}", need) for n in range(30) for need in (*goods, "jam")],
        *[held("much", need) for need in goods],
        held("little", "bread"),
        held("late", "jam", age_first=5),
    )
    scored = new_need_scores(crowd, need_neighbours([crowd]))
    much, little = (scored.scores[scored.household_ids.index(name)].max() for name in ("much", "little"))
    assert much / little == pytest.approx(2, rel=0.05)


def test_a_need_taken_up_lately_counts_more_and_buckets_change_nothing():
    found = need_neighbours([CROWD])
    assert found.taken_up[3] > found.taken_up[0]
    parts = [CROWD.slice(0, 30), CROWD.slice(30)]
    assert need_neighbours(parts[::-1]).together.tolist() == found.together.tolist()
    assert need_neighbours(parts).taken_up.tolist() == found.taken_up.tolist()


def test_one_great_fortnight_does_not_make_a_need_taken_up_often():
    """Turkey was first bought by 40 of 1,000 households in the last fortnight, jam by ten in each of four."""
    others = [held(f"h{n:03}", "bread") for n in range(1000)]
    turkey = [held(f"h{n:03}", "turkey", age_first=3) for n in range(40)]
    jam = [held(f"h{n:03}", "jam", age_first=3 + 14 * (n % 4)) for n in range(40)]
    found = need_neighbours([holdings(*others, *turkey, *jam)])
    taken_up = dict(zip(found.need_ids, found.taken_up, strict=True))
    assert taken_up["turkey"] == pytest.approx(taken_up["jam"], rel=0.03)
    assert taken_up["turkey"] == pytest.approx(0.01, rel=0.1)


def test_in_a_store_s_first_weeks_only_fortnights_with_one_before_them_count():
    """Of 40 households all bought bread in the first fortnight, 20 milk in the second, the last."""
    bread = [held(f"h{n:02}", "bread", age_first=28) for n in range(40)]
    milk = [held(f"h{n:02}", "milk", age_first=10) for n in range(20)]
    found = need_neighbours([holdings(*bread, *milk)])
    rate = 20 / 40  # of 40 pairs of a household and a need it did not know
    assert found.taken_up.tolist() == pytest.approx([50 * rate / 50, (20 + 50 * rate) / (40 + 50)])


def test_what_is_bought_in_the_window_was_not_taken_up_before_it_and_days_fall_into_one_fortnight():
    """Known three fortnights; jam first bought on the first day of the newest, rye of the oldest, tea in the window."""
    bread = [held(f"h{n:02}", "bread", age_first=60) for n in range(40)]
    first = [(f"h{n:02}", *row) for n in range(4) for row in (("jam", 14, True, False), ("rye", 42, True, False))]
    tea = [(f"h{n:02}", "tea", 0, False, True) for n in range(10)]
    found = need_neighbours([holdings(*bread, *first, *tea)])
    assert found.need_ids == ("bread", "jam", "rye", "tea")
    unknown = [0, 3 * 40, 36 + 36 + 40, 3 * 40]
    rate = 8 / sum(unknown)
    expected = [(taken + 50 * rate) / (50 + pairs) for taken, pairs in zip([0, 4, 4, 0], unknown, strict=True)]
    assert found.taken_up.tolist() == pytest.approx(expected)


def test_who_first_came_within_the_window_teaches_nothing():
    """They bought everything for the first time; as of the window's first day nobody knew them."""
    rows = [held(f"h{h}", f"n{n}", age_first=20 + h) for h in range(6) for n in range(3) if (h + n) % 3]
    rows.append(("h5", "n2", 0, False, True))
    came = [(f"new{place}", f"n{n}", 0, False, True) for place in range(4) for n in range(3)]
    found = []
    for table in (holdings(*rows), holdings(*rows, *came)):
        around = need_neighbours([table])
        scored = new_need_scores(table, around)
        curve = new_need_curve([scored])
        listed = listed_new_needs(scored, curve, around)
        found.append(
            (around.held.tolist(), around.lift.tolist(), around.taken_up.tolist(), *map(list, curve), listed)
        )
    assert found[0] == found[1]
    assert found[0][-1]["household_id"].to_pylist() != []


def test_chances_are_read_off_the_window_that_closed():
    scores = np.array([[1 << 20, 1 << 25, -1]] * 100)
    bought = np.zeros((100, 3), dtype=bool)
    bought[:10, 1] = True
    bought[:, 2] = True
    held = scores < 0
    curve = new_need_curve([ScoredNeeds(["h"] * 100, scores, held, bought)])
    listed = listed_new_needs(ScoredNeeds(["h"], scores[:1], held[:1], bought[:1]), curve, neighbours("abc"))
    assert listed.select(["need_id", "rank"]).to_pylist() == [
        {"need_id": "b", "rank": 1},
        {"need_id": "a", "rank": 2},
    ]
    said = listed["probability"].to_pylist()
    assert 0.1 <= said[0] < 0.11
    assert 0 < said[1] < 0.01


def test_without_a_closed_window_nothing_is_listed():
    nothing = (np.empty(0, dtype=np.int64), np.empty(0))
    flags = np.zeros((1, 2), dtype=bool)
    scored = ScoredNeeds(["h"], np.array([[5, 3]], dtype=np.int64), flags, flags)
    assert len(listed_new_needs(scored, nothing, neighbours("ab"))) == 0


def test_a_need_is_told_with_the_one_that_lifts_it_most_and_with_none_where_nothing_is_held():
    lift = np.array([[0, 0, 3], [0, 0, 7], [9, 9, 0]], dtype=np.float64)
    scores = np.array([[-1, -1, 1 << 22], [1 << 22, 1 << 22, 1 << 22]])
    held = np.array([[True, True, False], [False, False, False]])
    scored = ScoredNeeds(["h", "new"], scores, held, np.zeros((2, 3), dtype=bool))
    listed = listed_new_needs(scored, new_need_curve([scored]), neighbours("abc", lift))
    rows = [tuple(row.values())[:4] for row in listed.to_pylist()]
    assert rows == [
        ("h", "c", "b", 7),
        ("new", "a", None, None),
        ("new", "b", None, None),
        ("new", "c", None, None),
    ]


def test_a_lift_of_few_buyers_is_drawn_to_one():
    found = need_neighbours([CROWD])
    milk, cereal, tea = (found.need_ids.index(one) for one in ("milk", "cereal", "tea"))
    share = 20 / 42
    assert found.lift[milk, cereal] == pytest.approx((20 + 50 * share) / (21 + 50) / share)
    assert found.lift[tea, cereal] == pytest.approx(50 / 51)
    assert found.lift[milk, milk] == 0
