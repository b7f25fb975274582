from collections import Counter
from copy import deepcopy
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.offers import REDEMPTION_STEPS, Allowance, DrawBounds, DrawOption, draw_list, micros_used, steps_of

BOUNDS = DrawBounds(slots_max=6, face_aim_micros=5_000_000, face_max_micros=8_000_000, per_category_max=2)


def option(offer, level=1, *, face=1_000_000, funding=1_000_000, chance=0.25, deal=None, category=None, need=None):
    number = int(offer[1:])
    return DrawOption(
        offer,
        deal or offer,
        category or f"c{number % 5}",
        f"v{number % 3}",
        level,
        face,
        funding,
        steps_of(chance),
        face,
        need or offer,
    )


terms_of = st.tuples(st.integers(1, 3_000_000), st.integers(0, 100), st.integers(0, REDEMPTION_STEPS))
options_of = st.dictionaries(
    st.integers(0, 30).map(lambda n: f"o{n}"),
    st.lists(terms_of, min_size=1, max_size=3),
    max_size=25,
)
rooms = st.builds(
    Allowance,
    distributions=st.dictionaries(st.integers(0, 30).map(lambda n: f"o{n}"), st.integers(0, 3)),
    offer_steps=st.dictionaries(st.integers(0, 30).map(lambda n: f"o{n}"), st.integers(0, 3_000_000 << 20)),
    vendor_steps=st.dictionaries(st.sampled_from(["v0", "v1", "v2"]), st.integers(0, 5_000_000 << 20)),
    store_steps=st.one_of(st.none(), st.integers(0, 5_000_000 << 20)),
)


@settings(max_examples=60)
@given(options_of, rooms, st.integers(0, 2**32))
def test_no_draw_breaks_a_limit(entries, room, seed):
    offered = {
        offer: [
            option(offer, level, face=face, funding=face * percent // 100, chance=steps / REDEMPTION_STEPS)
            for level, (face, percent, steps) in enumerate(levels, start=1)
        ]
        for offer, levels in entries.items()
    }
    before = deepcopy(room)
    drawn = [draw_list(offered, BOUNDS, room, seed=seed + n) for n in range(3)]
    for chosen in drawn:
        assert len(chosen) <= BOUNDS.slots_max
        assert sum(entry.face_micros for entry in chosen) <= BOUNDS.face_max_micros
        assert max(Counter(entry.category_id for entry in chosen).values(), default=0) <= BOUNDS.per_category_max
        assert len({entry.offer_id for entry in chosen}) == len(chosen)
    taken = [entry for chosen in drawn for entry in chosen]
    for offer, most in before.distributions.items():
        given_out = sum(entry.offer_id == offer for entry in taken)
        assert room.distributions[offer] == most - given_out >= 0
    for offer, most in before.offer_steps.items():
        used = sum(entry.vendor_steps for entry in taken if entry.offer_id == offer)
        assert room.offer_steps[offer] == most - used >= 0
    for vendor, most in before.vendor_steps.items():
        used = sum(entry.vendor_steps for entry in taken if entry.vendor_id == vendor)
        assert room.vendor_steps[vendor] == most - used >= 0
    if before.store_steps is not None:
        assert room.store_steps == before.store_steps - sum(entry.store_steps for entry in taken) >= 0


def many(count=20, **changes):
    return {f"o{n}": [option(f"o{n}", **changes)] for n in range(count)}


def test_the_seed_decides_and_the_order_does_not():
    offered = many()
    first = draw_list(offered, BOUNDS, Allowance(), seed=7)
    assert draw_list(dict(reversed(offered.items())), BOUNDS, Allowance(), seed=7) == first
    assert draw_list(offered, BOUNDS, Allowance(), seed=8) != first


def test_a_list_is_filled_and_moved_to_its_face_from_either_side():
    offered = many(12, face=600_000) | {f"o{n}": [option(f"o{n}", face=1_400_000)] for n in range(12, 20)}
    for aim in (3_600_000, 5_200_000, 6_800_000):
        for seed in range(20):
            chosen = draw_list(offered, replace(BOUNDS, face_aim_micros=aim), Allowance(), seed=seed)
            assert sum(entry.printed_micros for entry in chosen) == aim
            assert len(chosen) == 6


def test_levels_give_way_before_offers():
    offered = {f"o{n}": [option(f"o{n}", level, face=level * 500_000) for level in (1, 2)] for n in range(15)}
    free = {
        seed: draw_list(offered, replace(BOUNDS, face_aim_micros=None), Allowance(), seed=seed)
        for seed in range(9)
    }
    for seed, chosen in free.items():
        aimed = draw_list(offered, replace(BOUNDS, face_aim_micros=4_500_000), Allowance(), seed=seed)
        assert [entry.offer_id for entry in aimed] == [entry.offer_id for entry in chosen]
        assert sum(entry.printed_micros for entry in aimed) == 4_500_000


def test_of_one_deal_one_offer_a_category():
    offered = {f"o{n}": [option(f"o{n}", deal="d", category="c")] for n in range(5)}
    assert len(draw_list(offered, BOUNDS, Allowance(), seed=1)) == 1


def test_of_one_need_one_offer():
    offered = {f"o{n}": [option(f"o{n}", category=f"c{n}", need="BATH TISSUE")] for n in range(5)}
    assert len(draw_list(offered, BOUNDS, Allowance(), seed=1)) == 1


def test_nothing_on_offer_is_an_empty_list():
    assert draw_list({}, BOUNDS, Allowance(), seed=1) == ()


def test_money_left_never_exceeds_the_truth():
    assert micros_used(0) == 0
    assert micros_used(1) == 1
    assert micros_used(REDEMPTION_STEPS) == 1
    assert micros_used(REDEMPTION_STEPS + 1) == 2


def test_of_offers_that_share_a_product_one_is_drawn():
    apart = {
        "o1": [option("o1", category="a")],
        "o2": [option("o2", category="b")],
        "o3": [option("o3", category="c")],
    }
    shared = {"o1": frozenset({"o2"}), "o2": frozenset({"o1"}), "o3": frozenset()}
    offered = {
        name: [replace(entry, overlaps=shared[name]) for entry in entries] for name, entries in apart.items()
    }
    drawn = {
        frozenset(entry.offer_id for entry in draw_list(offered, BOUNDS, Allowance(), seed=n)) for n in range(20)
    }
    assert drawn == {frozenset({"o1", "o3"}), frozenset({"o2", "o3"})}
