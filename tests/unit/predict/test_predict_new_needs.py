import numpy as np
import pyarrow as pa

from regulars.predict import listed_new_needs, need_neighbours, new_need_curve, new_need_scores


def holdings(*rows):
    names = ("household_id", "need_id", "known", "known_before", "held", "bought_lately", "bought_next")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def held(household, need, *, lately=False, following=False):
    return household, need, True, not lately, True, lately, following


def coming(household, need):
    return household, need, False, False, False, False, True


CROWD = holdings(
    *[held(f"h{n}", need) for n in range(20) for need in ("milk", "cereal")],
    *[held(f"h{n}", "cat food") for n in range(20, 40)],
    held("new", "milk"),
    held("late", "tea", lately=True),
)


def test_what_goes_with_a_household_s_needs_comes_first():
    neighbours = need_neighbours([CROWD])
    assert neighbours.need_ids == ("cat food", "cereal", "milk", "tea")
    assert neighbours.together[2].tolist() == [0, round(20 / 26 * 2**20), 0, 0]
    households, scores, _ = new_need_scores(CROWD, neighbours)
    row = scores[households.index("new")]
    assert row[2] == -1
    assert row[1] > row[0]
    listed = listed_new_needs(households, scores, new_need_curve([]), neighbours.need_ids)
    assert not {("new", "milk"), ("h0", "cereal")} & set(
        zip(listed["household_id"].to_pylist(), listed["need_id"].to_pylist(), strict=True)
    )


def test_a_need_taken_up_lately_counts_more_and_buckets_change_nothing():
    neighbours = need_neighbours([CROWD])
    assert neighbours.taken_up[3] > neighbours.taken_up[0]
    parts = [CROWD.slice(0, 30), CROWD.slice(30)]
    assert need_neighbours(parts[::-1]).together.tolist() == neighbours.together.tolist()
    assert need_neighbours(parts).taken_up.tolist() == neighbours.taken_up.tolist()


def test_chances_are_read_off_the_window_that_closed():
    scores = np.array([[1 << 20, 1 << 25, -1]] * 100)
    bought = np.zeros((100, 3), dtype=bool)
    bought[:10, 1] = True
    bought[:, 2] = True
    curve = new_need_curve([(scores, bought)])
    listed = listed_new_needs(["h"], scores[:1], curve, ["a", "b", "c"])
    assert listed.select(["need_id", "rank"]).to_pylist() == [
        {"need_id": "b", "rank": 1},
        {"need_id": "a", "rank": 2},
    ]
    said = listed["probability"].to_pylist()
    assert 0.1 <= said[0] < 0.11
    assert 0 < said[1] < 0.01


def test_without_a_closed_window_nothing_is_listed():
    nothing = (np.empty(0, dtype=np.int64), np.empty(0))
    assert len(listed_new_needs(["h"], np.array([[5, 3]], dtype=np.int64), nothing, ["a", "b"])) == 0
