"""Each measure beside a slow plain twin that shares no code with it."""

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.kernel import ContractError
from regulars.predict import household_hits, judge_level, merged_tally, probability_tally

CHANCES = [0.05, 0.1, 0.2, 0.25, 0.5, 0.8, 0.9]


@st.composite
def shops(draw):
    """Households with a ranked forecast, what was bought of it, and how many other items they bought."""
    households = {}
    for place in range(draw(st.integers(1, 5))):
        chances = sorted(draw(st.lists(st.sampled_from(CHANCES), max_size=24)), reverse=True)
        bought = draw(st.lists(st.booleans(), min_size=len(chances), max_size=len(chances)))
        households[f"h{place}"] = (list(zip(chances, bought, strict=True)), draw(st.integers(0, 4)))
    return households


def tables(shop, level="need"):
    judged = [
        {
            "household_id": household,
            "level": level,
            "item_id": f"i{rank:02}",
            "rank": rank,
            "probability": chance,
            "bought": bought,
        }
        for household, (forecast, _) in shop.items()
        for rank, (chance, bought) in enumerate(forecast, 1)
    ]
    people = [
        {"household_id": household, "level": level, "targets": sum(b for _, b in forecast) + others}
        for household, (forecast, others) in shop.items()
    ]
    text, integer = pa.string(), pa.int64()
    ids = [("household_id", text), ("level", text)]
    items = [*ids, ("item_id", text), ("rank", integer), ("probability", pa.float64()), ("bought", pa.bool_())]
    return (
        pa.Table.from_pylist(judged, schema=pa.schema(items)),
        pa.Table.from_pylist(people, schema=pa.schema([*ids, ("targets", integer)])),
    )


def judged(shop):
    items, people = tables(shop)
    return judge_level("need", household_hits(items, people), merged_tally([probability_tally(items)]))


def mean(values):
    return sum(values) / len(values)


def can_be_judged(shop):
    return any(forecast for forecast, _ in shop.values()) and any(
        others or any(b for _, b in forecast) for forecast, others in shop.values()
    )


@given(shops().filter(can_be_judged))
def test_ranking_measures(shop):
    quality = judged(shop)
    recall_10, recall_20, precision, ndcg, hit = [], [], [], [], []
    for forecast, others in shop.values():
        outcomes = [bought for _, bought in forecast]
        targets = sum(outcomes) + others
        if targets == 0:
            continue
        recall_10.append(sum(outcomes[:10]) / targets)
        recall_20.append(sum(outcomes[:20]) / targets)
        precision.append(sum(outcomes[:10]) / 10)
        gain = sum(1 / math.log2(place + 2) for place, bought in enumerate(outcomes[:10]) if bought)
        ndcg.append(gain / sum(1 / math.log2(place + 2) for place in range(min(10, targets))))
        hit.append(any(outcomes[:10]))
    assert quality.households == len(shop)
    assert quality.households_shopping == len(hit)
    assert quality.recall_at_10 == pytest.approx(mean(recall_10))
    assert quality.recall_at_20 == pytest.approx(mean(recall_20))
    assert quality.precision_at_10 == pytest.approx(mean(precision))
    assert quality.first_ten_bought == pytest.approx(10 * mean(precision))
    assert quality.ndcg_at_10 == pytest.approx(mean(ndcg))
    assert quality.hit_rate_at_10 == pytest.approx(mean(hit))
    assert sum(quality.bought_of_ten) == len(hit)
    assert sum(n * count for n, count in enumerate(quality.bought_of_ten)) == round(10 * sum(precision))


@given(shops().filter(can_be_judged))
def test_measures_of_chance(shop):
    quality = judged(shop)
    pairs = [pair for forecast, _ in shop.values() for pair in forecast]
    assert quality.items == len(pairs)
    assert quality.items_bought == sum(b for _, b in pairs)
    assert quality.log_loss == pytest.approx(mean([-math.log(p if b else 1 - p) for p, b in pairs]))
    assert quality.brier == pytest.approx(mean([(p - b) ** 2 for p, b in pairs]))
    first = [pair for forecast, _ in shop.values() for pair in forecast[:10]]
    assert quality.first_ten_said == pytest.approx(mean([p for p, _ in first]))
    assert quality.first_ten_happened == pytest.approx(mean([b for _, b in first]))
    duels = [(p > q) + (p == q) / 2 for p, b in pairs if b for q, c in pairs if not c]
    assert quality.auc == (pytest.approx(mean(duels)) if duels else None)


@given(shops().filter(can_be_judged))
def test_calibration_error(shop):
    quality = judged(shop)
    pairs = sorted(pair for forecast, _ in shop.values() for pair in forecast)
    bins = {}
    for chance, bought in pairs:
        places = [place for place, (p, _) in enumerate(pairs) if p == chance]
        middle = (places[0] + places[-1] + 1) / 2
        bins.setdefault(int(10 * middle / len(pairs)), []).append((chance, bought))
    error = sum(abs(sum(p - b for p, b in found)) for found in bins.values()) / len(pairs)
    assert quality.calibration_error == pytest.approx(error)
    assert [b.items for b in quality.bins] == [len(bins[place]) for place in sorted(bins)]
    assert [b.happened for b in quality.bins] == [
        pytest.approx(mean([b for _, b in bins[place]])) for place in sorted(bins)
    ]


@given(shops().filter(can_be_judged))
def test_buckets_do_not_matter(shop):
    parts = [tables({household: entry}) for household, entry in shop.items()]
    hits = pa.concat_tables([household_hits(*part) for part in parts])
    tally = merged_tally([probability_tally(part[0]) for part in parts])
    assert judge_level("need", hits, tally) == judged(shop)


def test_nobody_who_bought_is_refused():
    with pytest.raises(ContractError, match="bought any need in the window"):
        judged({"h": ([(0.5, False)], 0)})


def test_a_year_of_certain_items_by_hand():
    quality = judged({"h": ([(0.9, True)] * 3 + [(0.1, False)] * 17, 1)})
    assert quality.recall_at_10 == 0.75
    assert quality.auc == 1.0
    assert quality.bins[-1].said == pytest.approx(0.9)
    assert quality.calibration_error == pytest.approx(0.1)
