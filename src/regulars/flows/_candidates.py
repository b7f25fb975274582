"""Gather what a plan chooses from: offers of the cycle, list lines, and scored options of each household."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts import Assumptions, Deal, Finding, HoldoutPolicy, ListPolicy, Offer
from regulars.kernel import (
    CategoryId,
    ContractError,
    Cycle,
    DepartmentId,
    NeedId,
    Period,
    ProductId,
    VendorId,
)
from regulars.lift import Arm, arm_of
from regulars.offers import (
    Catalogue,
    CatalogueProduct,
    CouponCampaign,
    LevelTable,
    OfferBook,
    Options,
    Pairs,
    Response,
    SensitivePolicy,
    build_offers,
    calibrated_response,
    coupon_deals,
    fold_pairs,
    keep_best,
    offer_step,
    options_table,
    pair_misses,
    pair_refusals,
    read_deals,
    score_options,
    worth_giving,
)

from ._names import snapshot
from ._ports import Engine, Progress, Warehouse
from ._rows import read_paths, read_rows
from ._step_files import StepFiles

_SNAPSHOT_TABLES = (
    "household_value",
    "household_products",
    "household_needs",
    "forecast",
    "household_cells",
    "shelf_prices",
    "product_facts",
)
_SOURCE_TABLES = ("products", "class_tiers")
_OFFER_TABLES = ("deals", "campaigns", "coupons")
NEWCOMER_CHANCE_MAX = 0.01


@dataclass(frozen=True)
class PlanSettings:
    """What the store decides about a plan.

    Args:
        cycle: The cycle it is for; it starts on the as-of day.
        programme_year: Number of the programme year the cycle lies in.
        policy: What a list holds.
        holdout: Who is measured against.
        assumptions: What the data lacks.
        sensitive: Tiers kept out.
    """

    cycle: Cycle
    programme_year: int
    policy: ListPolicy
    holdout: HoldoutPolicy
    assumptions: Assumptions
    sensitive: SensitivePolicy

    @property
    def as_of_on(self) -> date:
        """The day the plan is made as of."""
        return self.cycle.period.from_on


@dataclass(frozen=True)
class Households:
    """Eligible households, by id; every tuple has one entry a household."""

    ids: tuple[str, ...]
    tiers: tuple[int, ...]
    store_ids: tuple[str, ...]
    arms: tuple[Arm, ...]

    def in_arm(self, arm: Arm) -> list[str]:
        """Ids of one arm."""
        return [one for one, its_arm in zip(self.ids, self.arms, strict=True) if its_arm is arm]


@dataclass(frozen=True)
class Candidates:
    """All a plan chooses from.

    Args:
        households: Who gets a list.
        catalogue: Priced products.
        book: Offers of the cycle and what was left out.
        findings: Deals that could not be read.
        targeted: Rows of `scored_options` worth solving over.
        untargeted: Rows of `scored_options` a held-out household may be drawn, losses included.
        worth_giving: How many offers each held-out household would have if it were targeted.
        misses: Rows of `plan_misses`, by bucket.
        lines: Rows of `plan_lines`.
    """

    households: Households
    catalogue: Catalogue
    book: OfferBook
    findings: tuple[Finding, ...]
    targeted: pa.Table
    untargeted: pa.Table
    worth_giving: Mapping[str, int]
    misses: Mapping[int, pa.Table]
    lines: pa.Table


def source_datasets(as_of_on: date) -> tuple[str, ...]:
    """Datasets a plan is made from."""
    return (*(snapshot(as_of_on, name) for name in _SNAPSHOT_TABLES), *_SOURCE_TABLES, *_OFFER_TABLES)


def gather_candidates(
    warehouse: Warehouse, engine: Engine, folder: Path, settings: PlanSettings, progress: Progress
) -> Candidates:
    """Score what every eligible household may be given.

    Args:
        warehouse: Holds the profiles and forecast of the day, products, deals and coupon campaigns.
        engine: Runs the SQL.
        folder: Scratch for tables by bucket.
        settings: What the store decides.
        progress: Told of each household bucket.

    Raises:
        ContractError: Profiles or forecast of the day are missing, or nobody is eligible.
    """
    as_of_on = settings.as_of_on
    _check_snapshot(warehouse, as_of_on)
    households, households_known = _households(warehouse, settings)
    parameters = {
        "as_of_on": as_of_on,
        "items_max": settings.policy.items_max,
        "items_min": settings.policy.items_min,
        "lapsed_days": settings.policy.lapsed_days,
        "probability_min": settings.policy.item_probability_min,
        "quantity_max": settings.policy.item_quantity_max,
    }
    tables = StepFiles(engine, folder, parameters)
    for name in _SNAPSHOT_TABLES:
        tables.give(name, warehouse.files(snapshot(as_of_on, name)))
    for name in _SOURCE_TABLES:
        tables.give(name, warehouse.files(name))
    tables.build(offer_step("catalogue"))
    catalogue = _catalogue(read_paths([file.path for file in tables.built("catalogue")], "catalogue"))
    book, findings = _offer_book(warehouse, catalogue, settings)
    _give_offers(tables, book.offers, catalogue, settings, households, households_known)
    with progress.step("offers for each household", 2 * warehouse.buckets) as step:
        scored = _score(tables, warehouse.buckets, households, book, catalogue, settings, step.advance)
    lines = read_paths([file.path for file in tables.built("plan_lines")], "plan_lines")
    return Candidates(households, catalogue, book, findings, *scored, lines)


def _check_snapshot(warehouse: Warehouse, as_of_on: date) -> None:
    for name, command in (("household_value", "profiles build"), ("forecast", "forecast run")):
        if not warehouse.has(snapshot(as_of_on, name)):
            raise ContractError(
                f"there is no {name.replace('_', ' ')} as of {as_of_on}, which a plan is built from",
                hint=f"run `regulars {command} --as-of {as_of_on}` first",
            )


def _households(warehouse: Warehouse, settings: PlanSettings) -> tuple[Households, int]:
    """Eligible households by id, and how many households there are in all."""
    rows = read_rows(warehouse.files(snapshot(settings.as_of_on, "household_value")), "household_value")
    known = rows.num_rows
    rows = rows.filter(rows["eligible"]).sort_by("household_id")
    if not rows.num_rows:
        raise ContractError(
            f"no household is eligible as of {settings.as_of_on}, so there is nobody to make a list for",
            hint="lower `[eligibility] weekly_spend_cents`, or name a day the loaded lines reach to",
        )
    ids = rows["household_id"].to_pylist()
    starts = [band.weekly_spend_from_cents for band in settings.policy.bands]
    tiers = np.searchsorted(starts, rows["weekly_spend_cents"].to_numpy(), side="right") - 1
    share, salt = settings.holdout.household_share, settings.holdout.salt
    arms = tuple(arm_of(one, settings.programme_year, share=share, salt=salt) for one in ids)
    stores = tuple(rows["home_store_id"].to_pylist())
    return Households(tuple(ids), tuple(np.maximum(tiers, 0).tolist()), stores, arms), known


def _catalogue(rows: pa.Table) -> Catalogue:
    """Products an offer can be made of: those with a price."""
    unpriced = rows.filter(pc.is_null(rows["price_cents"])).select(["need_id", "households"]).to_pylist()
    return Catalogue.of(
        [
            CatalogueProduct(
                ProductId(row["product_id"]),
                VendorId(row["vendor_id"]),
                DepartmentId(row["department_id"]),
                CategoryId(row["category_id"]),
                NeedId(row["need_id"]),
                row["brand_kind"],
                row["tier"],
                row["price_cents"],
                row["households"],
            )
            for row in rows.filter(pc.is_valid(rows["price_cents"])).to_pylist()
        ],
        [(NeedId(row["need_id"]), row["households"]) for row in unpriced],
    )


def _offer_book(
    warehouse: Warehouse, catalogue: Catalogue, settings: PlanSettings
) -> tuple[OfferBook, tuple[Finding, ...]]:
    """Offers of the loaded deals, then of the running coupon campaigns."""
    rows = read_rows(warehouse.files("deals"), "deals")
    read = read_deals(rows.to_pylist(), catalogue)
    campaigns = read_rows(warehouse.files("campaigns"), "campaigns").to_pylist()
    coupons = coupon_deals(
        [
            CouponCampaign(r["campaign_id"], Period(r["from_on"], r["until_on"]), r["known_from_on"])
            for r in campaigns
        ],
        read_rows(warehouse.files("coupons"), "coupons").to_pylist(),
        catalogue,
        settings.assumptions,
        as_of_on=settings.as_of_on,
    )
    deals: Sequence[Deal] = (*read.deals, *coupons.deals)
    book = build_offers(
        deals,
        catalogue,
        settings.sensitive,
        cycle=settings.cycle.period,
        as_of_on=settings.as_of_on,
        levels_max=settings.policy.levels_max,
    )
    return book, read.findings


def _give_offers(
    tables: StepFiles,
    offers: Sequence[Offer],
    catalogue: Catalogue,
    settings: PlanSettings,
    households: Households,
    households_known: int,
) -> None:
    """Hand the book to the SQL as small tables."""
    products = catalogue.products
    covered = [
        (offer.offer_id, one, products[one].need_id) for offer in offers for one in sorted(offer.product_ids)
    ]
    names = ("offer_id", "product_id", "need_id")
    tables.give_rows("offer_products", _text_table(names, covered))
    needs = [row for offer in offers for row in _needs_of(offer, catalogue, settings.assumptions)]
    tables.give_rows(
        "offer_needs",
        _text_table(("offer_id", "need_id", "lead_product_id"), [row[:3] for row in needs]).append_column(
            "share", pa.array([row[3] for row in needs], pa.float64())
        ),
    )
    chances = [
        min(
            NEWCOMER_CHANCE_MAX,
            settings.assumptions.switch_share
            * sum(products[one].households for one in offer.product_ids)
            / (13 * max(1, households_known)),
        )
        for offer in offers
    ]
    leads = _text_table(("offer_id", "lead_product_id"), [(o.offer_id, o.lead_product_id) for o in offers])
    tables.give_rows("offer_leads", leads.append_column("probability", pa.array(chances, pa.float64())))
    tables.give_rows(
        "holdouts", _text_table(("household_id",), [(one,) for one in households.in_arm(Arm.HOLDOUT)])
    )
    sensitive = settings.sensitive
    for name, tiers in (("unprinted_tiers", sensitive.unprinted), ("repeat_tiers", sensitive.repeat_purchase)):
        tables.give_rows(name, _text_table(("tier",), [(tier,) for tier in sorted(tiers)]))


def _needs_of(offer: Offer, catalogue: Catalogue, assumptions: Assumptions) -> list[tuple[str, str, str, float]]:
    """Needs an offer serves: its best seller in each, and the part of the need's chance that falls to it."""
    rows: list[tuple[str, str, str, float]] = []
    products = [catalogue.products[product_id] for product_id in sorted(offer.product_ids)]
    for need_id in sorted({product.need_id for product in products}):
        members = [product for product in products if product.need_id == need_id]
        lead = min(members, key=lambda product: (-product.households, product.product_id))
        part = sum(product.households for product in members) / max(1, catalogue.need_buyers[need_id])
        rows.append((offer.offer_id, need_id, lead.product_id, assumptions.switch_share * part))
    return rows


def _score(
    tables: StepFiles,
    buckets: int,
    households: Households,
    book: OfferBook,
    catalogue: Catalogue,
    settings: PlanSettings,
    advance: Callable[[], None],
) -> tuple[pa.Table, pa.Table, Mapping[str, int], Mapping[int, pa.Table]]:
    """Two passes over the buckets: the mean chances the response is calibrated on, then the options."""
    offer_ids: list[str] = [offer.offer_id for offer in book.offers]
    sums, counts = np.zeros(3), np.zeros(3)
    for bucket in range(buckets):
        tables.build(offer_step("category_habits"), bucket=bucket)
        tables.build(offer_step("plan_lines"), bucket=bucket)
        tables.build(offer_step("candidates"), bucket=bucket)
        pairs = fold_pairs(_bucket_rows(tables, bucket), offer_ids)
        sums += np.bincount(pairs.standing, weights=np.round(pairs.without * 2.0**30), minlength=3)
        counts += np.bincount(pairs.standing, minlength=3)
        advance()
    means = np.divide(sums / 2.0**30, counts, out=np.full(3, np.nan), where=counts > 0)
    response = calibrated_response(means, settings.assumptions)
    table = LevelTable.of(book.offers, catalogue, settings.assumptions)
    found: dict[Arm, list[pa.Table]] = {Arm.TARGETED: [], Arm.HOLDOUT: []}
    worth: dict[str, int] = {}
    misses: dict[int, pa.Table] = {}
    for bucket in range(buckets):
        pairs = fold_pairs(_bucket_rows(tables, bucket), offer_ids)
        for arm, parts in found.items():
            mine, refusals, scored = _options_of(pairs, arm, table, catalogue, settings, households, response)
            if arm is Arm.TARGETED:
                kept = keep_best(mine, scored, table)
                misses[bucket] = pair_misses(mine, refusals, scored, kept, table)
                scored = kept
            else:
                worth |= worth_giving(mine, scored, table, settings.policy.offers_per_category_max)
            parts.append(options_table(mine, scored, table))
        advance()
    options = {arm: pa.concat_tables(parts).sort_by(_OPTION_ORDER) for arm, parts in found.items()}
    return options[Arm.TARGETED], options[Arm.HOLDOUT], worth, misses


_OPTION_ORDER = [("household_id", "ascending"), ("offer_id", "ascending"), ("level", "ascending")]


def _options_of(
    pairs: Pairs,
    arm: Arm,
    table: LevelTable,
    catalogue: Catalogue,
    settings: PlanSettings,
    households: Households,
    response: Response,
) -> tuple[Pairs, npt.NDArray[np.str_], Options]:
    """One arm's pairs in a bucket, why some are refused, and options of the others."""
    place = {household_id: number for number, household_id in enumerate(households.ids)}
    places = [place[household_id] for household_id in pairs.household_ids.to_pylist()]
    tier_of = np.array([households.tiers[number] for number in places], dtype=np.int64)
    is_arm = np.array([households.arms[number] is arm for number in places], dtype=np.bool_)
    stores = [households.store_ids[number] for number in places]
    mine = pairs.take(np.flatnonzero(is_arm[pairs.household])) if pairs.count else pairs
    refusals = np.zeros(0, dtype=np.str_)
    if mine.count:
        refusals = pair_refusals(mine, table, catalogue, settings.sensitive, stores)
    scored = score_options(mine, table, tier_of, len(settings.policy.bands), response)
    return mine, refusals, scored.take(refusals[scored.pair] == "")


def _bucket_rows(tables: StepFiles, bucket: int) -> pa.Table:
    return read_paths([file.path for file in tables.built("candidates") if file.bucket == bucket], "candidates")


def _text_table(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pa.Table:
    return pa.table({name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)})
