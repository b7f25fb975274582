"""Gather what a plan chooses from: offers of the cycle, list lines, and scored options of each household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts import Assumptions, Finding, Offer
from regulars.kernel import (
    CategoryId,
    ContractError,
    DepartmentId,
    NeedId,
    ProductId,
    VendorId,
)
from regulars.lift import Arm, arm_of
from regulars.offers import (
    DECLINED_KINDS,
    Catalogue,
    CatalogueProduct,
    Member,
    OfferBook,
    Wishes,
    offer_step,
    read_wishes,
    sample_offers,
)

from ._campaign_members import gather_members, rungs_of, with_members
from ._household_habits import capped_households, deal_shares
from ._names import snapshot
from ._offer_book import cycle_book
from ._plan_settings import Households, PlanSettings
from ._ports import Engine, Progress, Warehouse
from ._rows import contract_schema, read_paths, read_rows
from ._scoring import Weighing, last_lists, score_buckets
from ._step_files import StepFiles

_SNAPSHOT_TABLES = (
    "household_value",
    "household_products",
    "household_needs",
    "household_cells",
    "household_deals",
    "forecast",
    "household_cells",
    "shelf_prices",
    "product_facts",
    "new_needs",
)
_SOURCE_TABLES = ("products", "class_tiers")
_OFFER_TABLES = ("deals", "campaigns", "coupons", "wishes", "stock")
OFFERS_DRAWN_FOR_LISTS = 150
"""Offers a held-out household's list is drawn from."""
OFFERS_DRAWN_TO_DISCOVER = 12
"""Offers a targeted household's discoveries are drawn from; those it buys, or may not have, fall away."""
_IDEAS_KEPT = 4
"""Times as many ideas as a list holds: some of their needs turn out to be on special."""
_TRIP_DAYS = 182
NEWCOMER_CHANCE_MAX = 0.01


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
        discoveries: Rows of `scored_options` a targeted household may be drawn to discover.
        worth_giving: How many offers are worth giving to each targeted household.
        misses: Rows of `plan_misses`, by bucket.
        lines: Rows of `plan_lines`.
        ideas: Rows of `plan_ideas`, some more than a list holds.
        members: Households of campaigns.
    """

    households: Households
    catalogue: Catalogue
    book: OfferBook
    findings: tuple[Finding, ...]
    targeted: pa.Table
    untargeted: pa.Table
    discoveries: pa.Table
    worth_giving: Mapping[str, int]
    misses: Mapping[int, pa.Table]
    lines: pa.Table
    ideas: pa.Table
    members: tuple[Member, ...] = ()


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
        "ideas_kept": settings.policy.ideas_max * _IDEAS_KEPT,
        "lift_min": settings.choices.idea_lift_min,
        "items_max": settings.policy.items_max,
        "items_min": settings.policy.items_min,
        "lapsed_days": settings.policy.lapsed_days,
        "probability_min": settings.policy.item_probability_min,
        "quantity_max": settings.policy.item_quantity_max,
        "stock_days_old_max": settings.choices.stock_days_old_max,
        "stock_lead_days": settings.choices.stock_lead_days,
    }
    tables = StepFiles(engine, folder, parameters)
    for name in _SNAPSHOT_TABLES:
        tables.give(name, warehouse.files(snapshot(as_of_on, name)))
    for name in _SOURCE_TABLES:
        tables.give(name, warehouse.files(name))
    tables.build(offer_step("catalogue"))
    tables.build(offer_step("idea_products"))
    catalogue = catalogue_of(read_paths([file.path for file in tables.built("catalogue")], "catalogue"))
    found = cycle_book(warehouse, catalogue, settings)
    book = found.book
    members = gather_members(tables, warehouse, found.campaigns, households, settings)
    _give_offers(tables, book.offers, catalogue, settings, households_known)
    _give_scarce(tables, warehouse)
    drawn = _drawn_offers(households, book, settings)
    tables.give_rows("drawn_offers", with_members(drawn, members, book))
    wishes, misread = _wishes(warehouse, settings)
    tables.give_rows("declined_items", _declined_rows(wishes))
    weighing = Weighing(
        households, book, catalogue, settings, wishes, last_lists(warehouse, settings), rungs_of(members)
    )
    with progress.step("offers for each household", 2 * warehouse.buckets) as step:
        scored = score_buckets(tables, warehouse.buckets, weighing, drawn, step.advance)
    lines, ideas = (
        read_paths([file.path for file in tables.built(name)], name) for name in ("plan_lines", "plan_ideas")
    )
    findings = (*found.findings, *misread)
    return Candidates(households, catalogue, book, findings, *scored, lines, ideas, tuple(members))


def _wishes(warehouse: Warehouse, settings: PlanSettings) -> tuple[Wishes, tuple[Finding, ...]]:
    """What households asked for: as it was loaded, and as they answered themselves."""
    loaded = read_rows(warehouse.files("wishes"), "wishes").to_pylist()
    answered = [
        {
            "household_id": one.household_id,
            "kind": one.kind,
            "item_id": one.item_id,
            "known_from_on": settings.as_of_on,
        }
        for one in settings.declined
    ]
    return read_wishes([*loaded, *answered], settings.as_of_on.isoformat())


def _declined_rows(wishes: Wishes) -> pa.Table:
    """Goods that households do not want to see on their lists."""
    rows = [
        (household_id, kind, item_id)
        for household_id, its in wishes.items()
        for kind, item_id in sorted(its)
        if kind in DECLINED_KINDS
    ]
    return _text_table(("household_id", "kind", "item_id"), rows)


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
    tiers = np.maximum(tiers, 0)
    cap = settings.dependence_cap_percent
    capped: tuple[bool, ...] = ()
    if cap is not None:
        shares = deal_shares(warehouse, ids, as_of_on=settings.as_of_on)
        capped = tuple(capped_households(shares, tiers, len(starts), cap).tolist())
    seen = zip(rows["first_on"].to_pylist(), rows["trips_182"].to_pylist(), strict=True)
    trips = tuple((min(_TRIP_DAYS, (settings.as_of_on - first_on).days), count) for first_on, count in seen)
    return Households(tuple(ids), tuple(tiers.tolist()), stores, arms, trips, capped), known


def catalogue_of(rows: pa.Table) -> Catalogue:
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


def _give_offers(
    tables: StepFiles,
    offers: Sequence[Offer],
    catalogue: Catalogue,
    settings: PlanSettings,
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


def _give_scarce(tables: StepFiles, warehouse: Warehouse) -> None:
    """Hand over what is likely out of stock; nothing is where no stock was loaded."""
    if not warehouse.files("stock"):
        tables.give_rows("scarce_products", contract_schema("scarce_products").empty_table())
        return
    for name in ("stock", "lines"):
        tables.give(name, warehouse.files(name))
    tables.build(offer_step("scarce_products"))


def _drawn_offers(households: Households, book: OfferBook, settings: PlanSettings) -> pa.Table:
    choices = settings.choices
    many = {
        Arm.HOLDOUT: OFFERS_DRAWN_FOR_LISTS if choices.holdout_lists else 0,
        Arm.TARGETED: OFFERS_DRAWN_TO_DISCOVER if choices.discovery_share else 0,
    }
    wanted = {one: many[arm] for one, arm in zip(households.ids, households.arms, strict=True)}
    ids = [offer.offer_id for offer in book.offers]
    return sample_offers(wanted, ids, salt=choices.salt, cycle_number=settings.cycle.number)


def _text_table(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pa.Table:
    return pa.table({name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)})
