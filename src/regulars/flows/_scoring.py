"""Reasons become scored options: what each household may be given, and what may be drawn for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.kernel import MICROS_PER_CENT
from regulars.lift import Arm
from regulars.offers import (
    KNOWN,
    NEW,
    Catalogue,
    LevelTable,
    OfferBook,
    Options,
    Pairs,
    Response,
    Wishes,
    calibrated_response,
    codes_of,
    fold_pairs,
    in_sample,
    keep_best,
    offer_step,
    options_table,
    pair_misses,
    pair_refusals,
    score_options,
    with_wishes,
    worth_giving,
)

from ._names import plan_dataset
from ._plan_settings import Households, PlanSettings
from ._ports import Warehouse
from ._rows import read_paths, read_rows
from ._step_files import StepFiles


def last_lists(warehouse: Warehouse, settings: PlanSettings) -> pa.Table:
    """Household and offer of each grant of the cycle before, as far as its plan is known."""
    dataset = plan_dataset(settings.last_plan_id or "", "plan")
    rows = read_rows(warehouse.files(dataset), "plan")
    return rows.select(["household_id", "offer_id"]).append_column(
        "stood", pa.array([True] * rows.num_rows, pa.bool_())
    )


@dataclass(frozen=True)
class Weighing:
    """What scoring looks at besides the reasons of a bucket."""

    households: Households
    book: OfferBook
    catalogue: Catalogue
    settings: PlanSettings
    wishes: Wishes
    last_lists: pa.Table
    rungs: Mapping[tuple[str, str], int] = field(default_factory=dict)


def score_buckets(
    tables: StepFiles, buckets: int, weighing: Weighing, drawn: pa.Table, advance: Callable[[], None]
) -> tuple[pa.Table, pa.Table, pa.Table, Mapping[str, int], Mapping[int, pa.Table]]:
    """Two passes over the buckets: the mean chances the response is calibrated on, then the options."""
    book, settings = weighing.book, weighing.settings
    offer_ids: list[str] = [offer.offer_id for offer in book.offers]
    sums, counts = np.zeros(3), np.zeros(3)
    for bucket in range(buckets):
        tables.build(offer_step("category_habits"), bucket=bucket)
        tables.build(offer_step("plan_lines"), bucket=bucket)
        tables.build(offer_step("plan_ideas"), bucket=bucket)
        tables.build(offer_step("candidates"), bucket=bucket)
        pairs = fold_pairs(_bucket_rows(tables, bucket), offer_ids)
        sums += np.bincount(pairs.standing, weights=np.round(pairs.without * 2.0**30), minlength=3)
        counts += np.bincount(pairs.standing, minlength=3)
        advance()
    means = np.divide(sums / 2.0**30, counts, out=np.full(3, np.nan), where=counts > 0)
    response = calibrated_response(means, settings.assumptions)
    table = LevelTable.of(book.offers, weighing.catalogue, settings.assumptions)
    sampled = _numbers_drawn(drawn, offer_ids)
    found: dict[str, list[pa.Table]] = {"targeted": [], "untargeted": [], "discoveries": []}
    worth: dict[str, int] = {}
    misses: dict[int, pa.Table] = {}
    for bucket in range(buckets):
        pairs = fold_pairs(_bucket_rows(tables, bucket), offer_ids)
        mine, refusals, scored = _options_of(pairs, Arm.TARGETED, table, weighing, response)
        asked = (mine.standing != NEW) | (table.campaign[mine.offer] >= 0)
        kept = keep_best(mine, scored.take(asked[scored.pair]), table)
        barred = _barred_by_cap(mine, refusals, scored, table, weighing, response)
        misses[bucket] = pair_misses(mine, refusals, scored, kept, table, barred)
        worth |= worth_giving(mine, kept, table, settings.policy.offers_per_category_max)
        by_chance = in_sample(mine, sampled, len(offer_ids)) & (mine.standing != KNOWN)
        ordinary = (table.campaign[mine.offer] < 0) & ~table.declared[mine.offer]
        tried = scored.take((by_chance & ordinary)[scored.pair] & (scored.value_micros > 0))
        held, _, drawable = _options_of(pairs, Arm.HOLDOUT, table, weighing, response)
        drawable = drawable.take(in_sample(held, sampled, len(offer_ids))[drawable.pair])
        found["targeted"].append(options_table(mine, kept, table))
        found["discoveries"].append(options_table(mine, tried, table))
        found["untargeted"].append(options_table(held, drawable, table))
        advance()
    options = {name: pa.concat_tables(parts).sort_by(_OPTION_ORDER) for name, parts in found.items()}
    sticky = _with_stickiness(options["targeted"], weighing)
    return sticky, options["untargeted"], options["discoveries"], worth, misses


_OPTION_ORDER = [("household_id", "ascending"), ("offer_id", "ascending"), ("level", "ascending")]


def _numbers_drawn(drawn: pa.Table, offer_ids: Sequence[str]) -> dict[str, npt.NDArray[np.int64]]:
    """Household id → numbers of the offers drawn for it; rows come household by household."""
    place = {offer_id: number for number, offer_id in enumerate(offer_ids)}
    numbers = np.array([place[one] for one in drawn["offer_id"].to_pylist()], dtype=np.int64)
    codes, names = codes_of(drawn["household_id"])
    begins = np.searchsorted(codes, np.arange(len(names) + 1))
    return {name: numbers[begins[n] : begins[n + 1]] for n, name in enumerate(names.to_pylist())}


def _with_stickiness(options: pa.Table, weighing: Weighing) -> pa.Table:
    """Options with the bonus for what stood on the household's last list in their worth."""
    bonus = weighing.settings.choices.stickiness_cents * MICROS_PER_CENT
    if not bonus or not weighing.last_lists.num_rows:
        return options
    keys = options.select(["household_id", "offer_id"]).append_column("place", pa.array(range(options.num_rows)))
    joined = keys.join(weighing.last_lists, ["household_id", "offer_id"], join_type="left outer").sort_by("place")
    stood = joined["stood"].fill_null(False).to_numpy()
    worth = options["worth_micros"].to_numpy() + np.where(stood, bonus, 0)
    return options.set_column(options.schema.get_field_index("worth_micros"), "worth_micros", pa.array(worth))


def _options_of(
    pairs: Pairs, arm: Arm, table: LevelTable, weighing: Weighing, response: Response
) -> tuple[Pairs, npt.NDArray[np.str_], Options]:
    """One arm's pairs in a bucket, why some are refused, and options of the others."""
    households, settings = weighing.households, weighing.settings
    place = {household_id: number for number, household_id in enumerate(households.ids)}
    places = [place[household_id] for household_id in pairs.household_ids.to_pylist()]
    is_arm = np.array([households.arms[number] is arm for number in places], dtype=np.bool_)
    stores = [households.store_ids[number] for number in places]
    mine = pairs.take(np.flatnonzero(is_arm[pairs.household])) if pairs.count else pairs
    refusals = np.zeros(0, dtype=np.str_)
    if mine.count:
        refusals = pair_refusals(mine, table, settings.sensitive, stores)
        refusals = with_wishes(refusals, mine, table, settings.sensitive, stores, weighing.wishes)
    scored = _scored(mine, table, weighing, response, households.capped)
    return mine, refusals, scored.take(refusals[scored.pair] == "")


def _scored(
    mine: Pairs, table: LevelTable, weighing: Weighing, response: Response, capped: Sequence[bool]
) -> Options:
    """Options at the levels of each household's tier, or the shallowest alone where the cap holds."""
    households, bands = weighing.households, weighing.settings.policy.bands
    place = {household_id: number for number, household_id in enumerate(households.ids)}
    places = [place[household_id] for household_id in mine.household_ids.to_pylist()]
    tiers = [0 if capped and capped[number] else households.tiers[number] for number in places]
    return score_options(mine, table, np.array(tiers, np.int64), len(bands), response, rungs=weighing.rungs)


def _barred_by_cap(
    mine: Pairs,
    refusals: npt.NDArray[np.str_],
    scored: Options,
    table: LevelTable,
    weighing: Weighing,
    response: Response,
) -> npt.NDArray[np.bool_]:
    """Pairs that would gain at a level of the household's tier, but not at the one the cap leaves it."""
    barred = np.zeros(mine.count, dtype=np.bool_)
    if not any(weighing.households.capped):
        return barred
    free = _scored(mine, table, weighing, response, ())
    barred[free.pair[(free.value_micros > 0) & (refusals[free.pair] == "")]] = True
    barred[scored.pair[scored.value_micros > 0]] = False
    return barred


def _bucket_rows(tables: StepFiles, bucket: int) -> pa.Table:
    return read_paths([file.path for file in tables.built("candidates") if file.bucket == bucket], "candidates")
