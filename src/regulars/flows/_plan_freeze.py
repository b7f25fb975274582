"""A solved plan becomes frozen tables: lists in the order of the post, grants as printed, the terms a till needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.allocate import Solution
from regulars.contracts import Offer, ReasonCode, SpecialKind
from regulars.kernel import MICROS_PER_CENT, CodeKeys, OfferId, digest_of, shuffled_sequence
from regulars.lift import Arm
from regulars.lists import list_period
from regulars.offers import KNOWN, NEED, Catalogue

from ._campaign_members import member_rows
from ._candidates import Candidates
from ._choose import ChosenLists, solver_options
from ._plan_problem import PlanProblem
from ._plan_settings import Households, PlanSettings
from ._rows import contract_schema, rows_digest, shaped

STAPLE_DAYS_BOUGHT = 13
"""A need bought on this many days in half a year comes round so evenly that a date means something."""

USUAL_DAYS_BOUGHT = 2
"""A product bought on this many days in half a year is one the household buys; on fewer, one it bought."""

PRINTED = "face_printed_micros"
"""Rule of `plan_waivers`: the list prints less than the household's floor, whatever the plan reckons."""

_KINDS = tuple(SpecialKind)


@dataclass(frozen=True)
class FrozenPlan:
    """Tables of a plan, by name; what it came to is summed from them."""

    tables: Mapping[str, pa.Table]


def freeze_plan(
    chosen: ChosenLists,
    candidates: Candidates,
    problem: PlanProblem,
    cells: pa.Table,
    settings: PlanSettings,
    keys: CodeKeys,
) -> FrozenPlan:
    """All tables of a plan, each in its contract's shape.

    Args:
        chosen: Who gets what, in both arms.
        candidates: What was chosen from.
        problem: The problem of all households, with the limits as promised.
        cells: Rows of `household_cells`.
        settings: What the store decides.
        keys: For the sequences of the list codes.
    """
    plan = shaped(chosen.rows.select(["household_id", "offer_id", "level"]), "plan")
    edition = rows_digest({"plan": plan})
    lists = _list_rows(candidates.households, settings, keys, edition)
    grants = _grant_rows(chosen.rows, lists, candidates, cells)
    tables = {
        "plan_households": problem.households,
        "plan_offers": problem.offers,
        "plan_levels": problem.levels,
        "plan_options": solver_options(chosen.options),
        "plan_limits": problem.limits,
        "plan": plan,
        "plan_grants": grants,
        "plan_lists": _with_face(lists, grants),
        "plan_lines": shaped(candidates.lines, "plan_lines"),
        "plan_ideas": _idea_rows(candidates.ideas, grants, settings.policy.ideas_max),
        "plan_waivers": _waiver_rows(problem, plan, grants),
        "plan_capped": _capped_rows(candidates.households),
        "plan_controls": chosen.controls,
        "plan_campaigns": member_rows(candidates.members, grants, _campaigns(candidates)),
        "plan_left_out": _left_out_rows(candidates),
        **_term_tables(candidates.book.offers, candidates.catalogue),
    }
    return FrozenPlan(tables)


def _campaigns(candidates: Candidates) -> dict[str, str]:
    """Campaign of each offer that is one's."""
    return {offer.offer_id: offer.deal.campaign_id for offer in candidates.book.offers if offer.deal.campaign_id}


def _list_rows(households: Households, settings: PlanSettings, keys: CodeKeys, edition: str) -> pa.Table:
    """One row a household, in the order the post wants: home store, then household hash."""
    order = sorted(
        range(len(households.ids)),
        key=lambda n: (households.store_ids[n], digest_of(households.ids[n]), households.ids[n]),
    )
    bands = settings.policy.bands
    periods = [list_period(settings.cycle.period, settings.validity, *households.trips[n]) for n in order]
    cycle_number = settings.cycle.number
    return pa.table(
        {
            "household_id": [households.ids[n] for n in order],
            "list_number": list(range(1, len(order) + 1)),
            "sequence": [shuffled_sequence(keys, cycle_number, place, edition) for place in range(len(order))],
            "arm": [households.arms[n].value for n in order],
            "tier": [bands[households.tiers[n]].tier for n in order],
            "store_id": [households.store_ids[n] for n in order],
            "from_on": pa.array([period.from_on for period in periods], pa.date32()),
            "until_on": pa.array([period.until_on for period in periods], pa.date32()),
        }
    )


def _idea_rows(ideas: pa.Table, grants: pa.Table, ideas_max: int) -> pa.Table:
    """The first ideas of each household whose needs are not on special already."""
    keys = ["household_id", "need_id"]
    special = grants.select(keys).group_by(keys).aggregate([])
    kept = ideas.join(special, keys, join_type="left anti")
    kept = kept.sort_by([("household_id", "ascending"), ("rank", "ascending")])
    households = kept["household_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    rank = np.arange(len(households)) - np.searchsorted(households, households) + 1
    kept = kept.set_column(kept.column_names.index("rank"), "rank", pa.array(rank, pa.int64()))
    return shaped(kept.filter(pa.array(rank <= ideas_max)), "plan_ideas")


def with_prices(frozen: FrozenPlan, solution: Solution) -> FrozenPlan:
    """The plan with what its limits came to be worth."""
    names = ("scope", "id", "kind", "limit", "used", "price")
    kinds = contract_schema("plan_prices")
    columns = {
        name: pa.array([getattr(price, name) for price in solution.prices], kinds.field(name).type)
        for name in names
    }
    return FrozenPlan({**frozen.tables, "plan_prices": shaped(columns, "plan_prices")})


def _grant_rows(chosen: pa.Table, lists: pa.Table, candidates: Candidates, cells: pa.Table) -> pa.Table:
    """Grants in the order they stand on each list: by kind, the greatest face first."""
    place = {household_id: n for n, household_id in enumerate(lists["household_id"].to_pylist())}
    at = np.array([place[household_id] for household_id in chosen["household_id"].to_pylist()], dtype=np.int64)
    kind = _kinds(chosen)
    order = np.lexsort((np.arange(len(at)), -chosen["face_cents"].to_numpy(), kind, at))
    starts = np.searchsorted(at[order], at[order])
    slot = np.arange(len(at)) - starts + 1
    rows = chosen.take(pa.array(order))
    list_number = lists["list_number"].to_numpy()[at[order]]
    offers = {offer.offer_id: offer for offer in candidates.book.offers}
    offer_ids = rows["offer_id"].to_pylist()
    arm = pa.array(lists["arm"].to_pylist()).take(pa.array(at[order]))
    periods = lists.select(["from_on", "until_on"]).take(pa.array(at[order]))
    return shaped(
        {
            **{name: rows[name] for name in _GRANT_COLUMNS},
            "grant_id": [f"{number:06d}-{place:02d}" for number, place in zip(list_number, slot, strict=True)],
            "slot": slot,
            "arm": arm,
            "vendor_id": [offers[offer_id].deal.vendor_id for offer_id in offer_ids],
            "kind": pa.array([entry.value for entry in _KINDS]).take(pa.array(kind[order])),
            "cell": _cells_of(rows, offers, cells),
            "reason_code": _reason_codes(rows, kind[order], arm.to_pylist(), offers, candidates.catalogue),
            "from_on": periods["from_on"],
            "until_on": periods["until_on"],
        },
        "plan_grants",
    )


_GRANT_COLUMNS = (
    "household_id",
    "offer_id",
    "level",
    "product_id",
    "need_id",
    "price_cents",
    "face_cents",
    "funding_cents",
    "redemptions",
    "value_micros",
    "every_days",
    "last_on",
    "discovery",
    "draw_chance",
)


def _cells_of(rows: pa.Table, offers: Mapping[OfferId, Offer], cells: pa.Table) -> list[str]:
    """The household's cell in each offer's category, as ``national heavy``; empty where it buys none."""
    keys = pa.table(
        {
            "household_id": rows["household_id"],
            "category_id": pa.array(
                [offers[one].category_id for one in rows["offer_id"].to_pylist()], pa.string()
            ),
            "place": np.arange(rows.num_rows),
        }
    )
    named = pc.binary_join_element_wise(cells["brand_module"], cells["usage_module"], " ")
    known = cells.select(["household_id", "category_id"]).append_column("cell", named)
    joined = keys.join(known, ["household_id", "category_id"], join_type="left outer").sort_by("place")
    return [cell or "" for cell in joined["cell"].to_pylist()]


def _kinds(rows: pa.Table) -> np.ndarray:
    """Place of each grant's kind among `_KINDS`."""
    known, due = rows["standing"].to_numpy() == KNOWN, rows["due"].to_numpy(zero_copy_only=False)
    usual = rows["product_days_bought"].to_numpy() >= USUAL_DAYS_BOUGHT
    places = [_KINDS.index(kind) for kind in (SpecialKind.DUE, SpecialKind.USUAL, SpecialKind.BOUGHT)]
    return np.select([known & due, known & usual, known], places, _KINDS.index(SpecialKind.SUGGESTION))


def _reason_codes(
    rows: pa.Table, kind: np.ndarray, arms: list[str], offers: Mapping[OfferId, Offer], catalogue: Catalogue
) -> list[str]:
    days_bought, drawn = rows["days_bought"].to_pylist(), rows["discovery"].to_pylist()
    standing = rows["standing"].to_pylist()
    own_bought = rows["own_brand_bought"].to_pylist()
    own = {offer_id: brand_kind_of(offer, catalogue) == "own" for offer_id, offer in offers.items()}
    codes = []
    for n, offer_id in enumerate(rows["offer_id"].to_pylist()):
        if arms[n] == Arm.HOLDOUT:
            code = ReasonCode.UNTARGETED
        elif drawn[n]:
            code = ReasonCode.DISCOVERY
        elif kind[n] == 0:
            staple = (days_bought[n] or 0) >= STAPLE_DAYS_BOUGHT
            code = ReasonCode.DUE_STAPLE if staple else ReasonCode.DUE_BY_HABIT
        elif standing[n] == KNOWN:
            code = ReasonCode.BOUGHT_PRODUCT
        elif standing[n] == NEED:
            first = own[offer_id] and not own_bought[n]
            code = ReasonCode.OWN_BRAND_TRIAL if first else ReasonCode.BRAND_TRIAL
        else:
            code = ReasonCode.DISCOVERY
        codes.append(code.value)
    return codes


def _with_face(lists: pa.Table, grants: pa.Table) -> pa.Table:
    faces = _face_by_household(grants)
    face = [faces.get(household_id, 0) for household_id in lists["household_id"].to_pylist()]
    return shaped(lists.append_column("face_cents", pa.array(face, pa.int64())), "plan_lists")


def _face_by_household(grants: pa.Table) -> dict[str, int]:
    """Printed savings of each list, cents."""
    sums = grants.group_by("household_id").aggregate([("face_cents", "sum")]).to_pydict()
    return dict(zip(sums["household_id"], sums["face_cents_sum"], strict=True))


def _waiver_rows(problem: PlanProblem, plan: pa.Table, grants: pa.Table) -> pa.Table:
    """One waiver for each minimum a list falls short of, with what the list holds.

    The plan reckons an offer's face at its dearest product, the list prints it at the one shown: both are told.
    """
    faces = {(row["offer_id"], row["level"]): row["face_micros"] for row in problem.levels.to_pylist()}
    count: dict[str, int] = {}
    face: dict[str, int] = {}
    for row in plan.to_pylist():
        household_id = row["household_id"]
        count[household_id] = count.get(household_id, 0) + 1
        face[household_id] = face.get(household_id, 0) + faces[row["offer_id"], row["level"]]
    printed = _face_by_household(grants)
    waivers = []
    for row in problem.households.to_pylist():
        one, face_min = row["household_id"], row["face_min_micros"]
        minima = (
            ("slots_min", row["slots_min"], count.get(one, 0)),
            ("face_min_micros", face_min, face.get(one, 0)),
            (PRINTED, face_min, printed.get(one, 0) * MICROS_PER_CENT),
        )
        waivers += [(one, rule, wanted, had) for rule, wanted, had in minima if had < wanted]
    names = ("household_id", "rule", "wanted", "had")
    types = (pa.string(), pa.string(), pa.int64(), pa.int64())
    columns = {
        name: pa.array([row[n] for row in waivers], kind)
        for n, (name, kind) in enumerate(zip(names, types, strict=True))
    }
    return shaped(pa.table(columns), "plan_waivers")


def _capped_rows(households: Households) -> pa.Table:
    capped = households.capped or (False,) * len(households.ids)
    ids = [one for one, is_capped in zip(households.ids, capped, strict=True) if is_capped]
    return shaped({"household_id": pa.array(ids, pa.string())}, "plan_capped")


def _left_out_rows(candidates: Candidates) -> pa.Table:
    entries = [(one.deal_id, one.reason.value, one.detail) for one in candidates.book.left_out]
    entries += [(finding.raw, finding.rule, finding.message) for finding in candidates.findings]
    return shaped(
        {
            "deal_id": pa.array([entry[0] for entry in entries], pa.string()),
            "place": pa.array(range(1, len(entries) + 1), pa.int64()),
            "reason_code": pa.array([entry[1] for entry in entries], pa.string()),
            "detail": pa.array([entry[2] for entry in entries], pa.string()),
        },
        "plan_left_out",
    )


def brand_kind_of(offer: Offer, catalogue: Catalogue) -> str:
    """``own``, ``national`` or ``mixed``: whose brand the offer's products are."""
    kinds = {catalogue.products[product_id].brand_kind for product_id in offer.product_ids}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def _term_tables(offers: tuple[Offer, ...], catalogue: Catalogue) -> dict[str, pa.Table]:
    """What the offers give, in the numbers a till can honour them by."""
    terms = [
        {
            "offer_id": offer.offer_id,
            "level": level.number,
            "deal_id": offer.deal.deal_id,
            "name": offer.deal.name,
            "vendor_id": offer.deal.vendor_id,
            "category_id": offer.category_id,
            "kind": offer.deal.kind.value,
            "amount_cents": level.rung.amount_cents,
            "percent": level.rung.percent,
            "price_cents": level.rung.price_cents,
            "buy_quantity": level.rung.buy_quantity,
            "pay_quantity": level.rung.pay_quantity,
            "threshold_cents": level.rung.threshold_cents,
            "face_cents": level.face_cents,
            "funding_percent": offer.deal.funding_percent,
            "fee_cents": offer.deal.fee_cents,
            "brand_kind": brand_kind_of(offer, catalogue),
            "synthetic": offer.deal.synthetic,
            "from_on": offer.deal.period.from_on,
            "until_on": offer.deal.period.until_on,
        }
        for offer in offers
        for level in offer.levels
    ]
    products = [(offer.offer_id, one) for offer in offers for one in sorted(offer.product_ids)]
    stores = [(offer.offer_id, one) for offer in offers for one in sorted(offer.deal.store_ids)]
    return {
        "plan_terms": shaped(pa.Table.from_pylist(terms, schema=contract_schema("plan_terms")), "plan_terms"),
        "plan_products": _pairs_table("plan_products", ("offer_id", "product_id"), products),
        "plan_stores": _pairs_table("plan_stores", ("offer_id", "store_id"), stores),
    }


def _pairs_table(table_name: str, names: tuple[str, str], rows: Sequence[tuple[str, str]]) -> pa.Table:
    columns = {name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)}
    return shaped(columns, table_name)
