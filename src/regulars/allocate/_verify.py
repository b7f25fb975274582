"""Judges any plan against the five tables. Shares no code with the solver, and does not trust it.

Sums of redemptions x money are exact: the redemptions of an offer and level are added as whole multiples of powers of
two, and the money of that level, a whole number, multiplies their rational sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ._verify_needed import HOUSEHOLDS_TRIED_MAX, OFFERS_TRIED_MAX, Bounds, Room, Watched, needless
from ._verify_rows import PlanRows, exact_sums, one_of_each, sound_levels, with_key, without_claims

RULES = (
    "row-is-an-option",
    "option-not-excluded",
    "one-level-per-offer",
    "slots-min",
    "slots-max",
    "face-min",
    "face-max",
    "category-max-count",
    "distributions-min",
    "distributions-max",
    "offer-budget",
    "vendor-budget",
    "store-budget",
    "waiver-is-true",
    "waiver-is-needed",
    "shortfall-is-true",
    "shortfall-is-needed",
)
"""Every rule a plan can break."""

_EXAMPLES = 5
_BATCH_ROWS = 500_000


@dataclass(frozen=True)
class Verdict:
    """What a plan is worth and what it breaks.

    Args:
        objective_micros: Value of its rows that are options, each counted once.
        violations: How often each rule is broken, all rules named.
        examples: The first few breaches of each broken rule, in words.
        waived: Minima of households that are not kept and were truly declared; not counted as violations.
        shortfalls: Guarantees that are not kept and were truly declared; not counted as violations.
    """

    objective_micros: int
    violations: dict[str, int]
    examples: dict[str, tuple[str, ...]]
    waived: int
    shortfalls: int

    @property
    def ok(self) -> bool:
        """Whether no rule is broken."""
        return not any(self.violations.values())


@dataclass
class _Book:
    """Counts breaches and keeps the first examples."""

    counts: dict[str, int]
    examples: dict[str, list[str]]
    waived: int = 0
    shortfalls: int = 0

    def breach(self, rule: str, text: str) -> None:
        self.counts[rule] += 1
        if len(self.examples[rule]) < _EXAMPLES:
            self.examples[rule].append(text)


def verify_plan(
    households: pa.Table,
    offers: pa.Table,
    levels: pa.Table,
    options: pa.Table | Iterable[pa.RecordBatch],
    limits: pa.Table,
    plan: pa.Table,
    *,
    waivers: Iterable[tuple[str, str, int, int]] = (),
    shortfalls: Iterable[tuple[str, int, int]] = (),
    try_needed: bool = True,
) -> Verdict:
    """Judge a plan.

    An option whose key has several rows is no option, and excluded if one of them is. Of other rows with the same
    key the first counts, in the order of their other columns. A limit below 0 counts as 0. A household or an offer
    whose own limits make no sense (a missing maximum, half an offer, no category) claims nothing and gets nothing.

    What was declared is not believed: what was wanted must be what is stated, what is had what the plan holds, and no
    single offer may be left which could join the list without breaking a limit (by more than the millionth part of a
    budget). An offer with a make-good price may be missed for its price; of it only the figures are checked.

    Args:
        households: Table `plan_households`.
        offers: Table `plan_offers`.
        levels: Table `plan_levels`.
        options: Table `plan_options`, or its record batches.
        limits: Table `plan_limits`.
        plan: Columns household_id, offer_id, level; any order, from any program.
        waivers: Minima declared not to be kept: household, ``slots_min`` or ``face_min_micros``, wanted, had.
        shortfalls: Guarantees declared not to be kept: offer, wanted, had.
        try_needed: Whether to look for an offer that would have mended what was declared, of the first 50,000
            households and 100 offers. To be left out where a plan keeps other rules than those of the tables.

    Returns:
        The verdict.
    """
    book = _Book(dict.fromkeys(RULES, 0), {rule: [] for rule in RULES})
    households = one_of_each(households, 1, "household_id slots_min slots_max face_min_micros face_max_micros")
    offers = one_of_each(
        offers, 1, "offer_id category_id vendor_id distributions_min distributions_max vendor_budget_micros"
    )
    levels = one_of_each(levels, 2, "offer_id level face_micros funding_micros")
    limits = one_of_each(limits, 2, "scope id max_count budget_micros")
    households, offers = with_key(households, "household_id"), with_key(offers, "offer_id")
    levels = sound_levels(with_key(levels, "offer_id", "level"))
    households = without_claims(
        households, ("slots_min", "face_min_micros"), ("slots_max", "face_max_micros"), None
    )
    offers = without_claims(
        offers, ("distributions_min",), ("distributions_max", "vendor_budget_micros"), "category_id"
    )
    rows = PlanRows.of(households, offers, levels, plan)
    declared = _Declared.of(rows, waivers, shortfalls, offers, book)
    batches = options.to_batches(max_chunksize=_BATCH_ROWS) if isinstance(options, pa.Table) else options
    watched = declared.watched(rows) if try_needed else None
    rows.look_up(batches, watched)
    _judge_rows(rows, book)
    bounds = _judge_households(rows, households, book, declared)
    caps = _judge_categories(rows, offers, limits, book)
    room = _judge_limits(rows, offers, levels, limits, caps, book, declared)
    if watched is not None:
        _judge_needed(rows, needless(watched, bounds, room, declared.below, declared.short), book)
    worth = int(rows.value[rows.known].sum())
    examples = {rule: tuple(texts) for rule, texts in book.examples.items() if texts}
    return Verdict(worth, book.counts, examples, book.waived, book.shortfalls)


@dataclass
class _Declared:
    """What a plan says it could not keep, by place among the ids; `below` and `short` are those that are so.

    Args:
        minima: Wanted and had by household and rule.
        guarantees: Wanted and had by offer.
        agreed: Offers whose missing lists have a price.
    """

    minima: dict[tuple[int, str], tuple[int, int]]
    guarantees: dict[int, tuple[int, int]]
    agreed: frozenset[int]
    below: list[tuple[int, str]] = field(default_factory=list)
    short: list[int] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        rows: PlanRows,
        waivers: Iterable[tuple[str, str, int, int]],
        shortfalls: Iterable[tuple[str, int, int]],
        offers: pa.Table,
        book: _Book,
    ) -> _Declared:
        minima: dict[tuple[int, str], tuple[int, int]] = {}
        for household, rule, wanted, had in waivers:
            place = rows.household_ids.place.get(household, -1)
            if (
                place < 0
                or rule not in _MINIMA
                or minima.setdefault((place, rule), (wanted, had)) != (wanted, had)
            ):
                book.breach("waiver-is-true", f"household {household}, {rule}: {wanted} wanted, {had} had")
        guarantees: dict[int, tuple[int, int]] = {}
        for offer, wanted, had in shortfalls:
            place = rows.offer_ids.place.get(offer, -1)
            if place < 0 or guarantees.setdefault(place, (wanted, had)) != (wanted, had):
                book.breach("shortfall-is-true", f"offer {offer}: {wanted} wanted, {had} had")
        agreed: list[int] = []
        if "make_good_micros" in offers.column_names:
            known = offers["make_good_micros"].is_valid()
            agreed = rows.offer_ids.places(offers.filter(known)["offer_id"]).tolist()
        return cls(minima, guarantees, frozenset(agreed))

    def watched(self, rows: PlanRows) -> Watched:
        """Whose options are to be kept while they go by."""
        households = np.zeros(len(rows.household_ids) + 1, bool)
        households[sorted({place for place, _ in self.minima if place >= 0})[:HOUSEHOLDS_TRIED_MAX]] = True
        offers = np.zeros(len(rows.offer_ids) + 1, bool)
        offers[sorted(set(self.guarantees) - self.agreed - {-1})[:OFFERS_TRIED_MAX]] = True
        return Watched(households, offers)


_MINIMA = ("slots_min", "face_min_micros")


def _judge_rows(rows: PlanRows, book: _Book) -> None:
    for row in np.flatnonzero(~rows.known & ~rows.repeated):
        book.breach("row-is-an-option", rows.name(int(row)))
    for row in np.flatnonzero(rows.excluded & ~rows.repeated):
        book.breach("option-not-excluded", rows.name(int(row)))
    pair = rows.household * (len(rows.offer_ids) + 1) + rows.offer
    for row in np.flatnonzero(pair[1:] == pair[:-1]) + 1:
        book.breach("one-level-per-offer", rows.name(int(row)))


def _judge_households(rows: PlanRows, households: pa.Table, book: _Book, declared: _Declared) -> Bounds:
    inside = rows.household >= 0
    many = len(rows.household_ids)
    count = np.bincount(rows.household[inside], minlength=many)
    face = np.zeros(many, np.int64)
    np.add.at(face, rows.household[inside], rows.face[inside])
    place = rows.household_ids.places(households["household_id"])
    bounds = {
        name: np.maximum(households[name].fill_null(0 if "min" in name else 2**60).to_numpy(), 0)
        for name in ("slots_min", "slots_max", "face_min_micros", "face_max_micros")
    }
    for rule, off, got, wanted in (
        ("slots-min", count[place] < bounds["slots_min"], count, bounds["slots_min"]),
        ("slots-max", count[place] > bounds["slots_max"], count, bounds["slots_max"]),
        ("face-min", face[place] < bounds["face_min_micros"], face, bounds["face_min_micros"]),
        ("face-max", face[place] > bounds["face_max_micros"], face, bounds["face_max_micros"]),
    ):
        said = {
            h: figures for (h, name), figures in declared.minima.items() if name.startswith(rule.replace("-", "_"))
        }
        for row in np.flatnonzero(off | np.isin(place, list(said))):
            household, h = households["household_id"][int(row)].as_py(), int(place[row])
            is_so = (int(wanted[row]), int(got[h]))
            text = f"household {household}: {is_so[1]}, limit {is_so[0]}"
            if h not in said:
                book.breach(rule, text)
            elif said[h] != is_so:
                book.breach("waiver-is-true", f"{text}; declared {said[h][1]} of {said[h][0]}")
            elif is_so[1] < is_so[0]:
                book.waived += 1
                declared.below.append((h, rule))
    inside &= (rows.offer >= 0) & bool(declared.minima or declared.guarantees)
    pairs = np.unique(rows.household[inside] * len(rows.offer_ids) + rows.offer[inside])
    by_place = np.zeros((4, many), np.int64)
    by_place[:, place] = list(bounds.values())
    slots_min, slots_max, face_min, face_max = by_place
    return Bounds(slots_min, slots_max, face_min, face_max, count, face, pairs)


def _judge_categories(
    rows: PlanRows, offers: pa.Table, limits: pa.Table, book: _Book
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Judge the caps; returns the category of each offer and the cap of each category, the last for those without."""
    caps = {
        row["id"]: max(row["max_count"], 0)
        for row in limits.select(["scope", "id", "max_count"]).to_pylist()
        if row["scope"] == "category" and row["max_count"] is not None
    }
    names = sorted(caps)
    number = {name: place for place, name in enumerate(names)}
    of_offer = np.full(len(rows.offer_ids) + 1, -1, np.int64)
    for offer, category in zip(rows.offer_ids.places(offers["offer_id"]), offers["category_id"].to_pylist(),
                               strict=True):  # fmt: skip
        of_offer[offer] = number.get(category, -1)
    category = of_offer[rows.offer]
    counted = (rows.household >= 0) & (category >= 0)
    key = rows.household[counted] * max(len(names), 1) + category[counted]
    pairs, given = np.unique(key, return_counts=True)
    for pair, times in zip(pairs, given, strict=True):
        name = names[int(pair) % len(names)]
        if times > caps[name]:
            household = rows.household_ids.names[int(pair) // len(names)]
            book.breach("category-max-count", f"household {household}, {name}: {times}, limit {caps[name]}")
    return np.where(of_offer < 0, len(names), of_offer)[:-1], np.array([*(caps[name] for name in names), np.inf])


def _judge_limits(
    rows: PlanRows,
    offers: pa.Table,
    levels: pa.Table,
    limits: pa.Table,
    caps: tuple[NDArray[np.int64], NDArray[np.float64]],
    book: _Book,
    declared: _Declared,
) -> Room:
    sums = exact_sums(rows)
    faces = {(row["offer_id"], row["level"]): row for row in levels.to_pylist()}
    vendor_of = dict(zip(offers["offer_id"].to_pylist(), offers["vendor_id"].to_pylist(), strict=True))
    by_offer: dict[str, Fraction] = {}
    by_vendor: dict[str | None, Fraction] = {}
    store = Fraction(0)
    for (offer, level), expected in sums.items():
        terms = faces.get((offer, level))
        if terms is None:
            continue
        paid = expected * terms["funding_micros"]
        by_offer[offer] = by_offer.get(offer, Fraction(0)) + paid
        by_vendor[vendor_of[offer]] = by_vendor.get(vendor_of[offer], Fraction(0)) + paid
        store += expected * (terms["face_micros"] - terms["funding_micros"])
    _judge_offers(rows, offers, by_offer, book, declared)
    budgets: dict[tuple[str, str], int] = {}
    for row in limits.to_pylist():
        is_store = (row["scope"], row["id"]) == ("store", "all")
        if row["budget_micros"] is None or not (is_store or (row["scope"] == "vendor" and row["id"])):
            continue
        used = store if is_store else by_vendor.get(row["id"], Fraction(0))
        budget = budgets[row["scope"], row["id"]] = max(row["budget_micros"], 0)
        if used > budget:
            book.breach(f"{row['scope']}-budget", f"{row['id']}: {float(used)!r}, limit {budget}")
    return _room(rows, offers, levels, caps, budgets, by_offer, by_vendor, store)


def _room(
    rows: PlanRows,
    offers: pa.Table,
    levels: pa.Table,
    caps: tuple[NDArray[np.int64], NDArray[np.float64]],
    budgets: dict[tuple[str, str], int],
    by_offer: dict[str, Fraction],
    by_vendor: dict[str | None, Fraction],
    store: Fraction,
) -> Room:
    """The shared limits and their use as floating-point numbers, near enough to look for room that is left."""
    place = rows.offer_ids.places(offers["offer_id"])
    vendors = sorted({name or "" for name in offers["vendor_id"].to_pylist()})
    number = {name: n for n, name in enumerate(vendors)}
    vendor = np.zeros(len(rows.offer_ids), np.int64)
    vendor[place] = [number[name or ""] for name in offers["vendor_id"].to_pylist()]

    def by_place(name: str) -> NDArray[np.float64]:
        column = np.full(len(rows.offer_ids), np.inf)
        column[place] = [np.inf if one is None else max(one, 0) for one in offers[name].to_pylist()]
        return column

    places = rows.offer_ids.places(levels["offer_id"]).tolist()
    terms = zip(
        places, *(levels[name].to_pylist() for name in ("level", "face_micros", "funding_micros")), strict=True
    )
    return Room(
        {(offer, level): (face, funding) for offer, level, face, funding in terms if None not in (face, funding)},
        *caps, vendor, np.bincount(rows.offer[rows.offer >= 0], minlength=len(rows.offer_ids)),
        by_place("distributions_max"),
        (by_place("vendor_budget_micros"), np.array([float(by_offer.get(one, 0)) for one in rows.offer_ids.names])),
        (np.array([budgets.get(("vendor", one), np.inf) for one in vendors]),
         np.array([float(by_vendor.get(one or None, by_vendor.get(one, 0))) for one in vendors])),
        (np.array([budgets.get(("store", "all"), np.inf)]), np.array([float(store)])),
    )  # fmt: skip


def _judge_offers(
    rows: PlanRows, offers: pa.Table, by_offer: dict[str, Fraction], book: _Book, declared: _Declared
) -> None:
    given = np.bincount(rows.offer[rows.offer >= 0], minlength=len(rows.offer_ids))
    for row, place in zip(offers.to_pylist(), rows.offer_ids.places(offers["offer_id"]).tolist(), strict=True):
        offer, times = row["offer_id"], int(given[place])
        least, most, budget = row["distributions_min"] or 0, row["distributions_max"], row["vendor_budget_micros"]
        said = declared.guarantees.get(place)
        if said is not None and said != (least, times):
            text = f"offer {offer}: {times}, limit {least}; declared {said[1]} of {said[0]}"
            book.breach("shortfall-is-true", text)
        elif times < least and said is None:
            book.breach("distributions-min", f"offer {offer}: {times}, limit {least}")
        elif times < least:
            book.shortfalls += 1
            declared.short += [place] if place not in declared.agreed else []
        if most is not None and times > max(most, 0):
            book.breach("distributions-max", f"offer {offer}: {times}, limit {most}")
        if budget is not None and by_offer.get(offer, Fraction(0)) > max(budget, 0):
            book.breach("offer-budget", f"offer {offer}: {float(by_offer[offer])!r}, limit {budget}")


def _judge_needed(rows: PlanRows, found: tuple[list[tuple[int, str]], list[int]], book: _Book) -> None:
    households, offers = found
    for h, rule in households:
        book.breach("waiver-is-needed", f"household {rows.household_ids.name(h)}, {rule}: another offer fits")
    for offer in offers:
        book.breach("shortfall-is-needed", f"offer {rows.offer_ids.name(offer)}: it fits on another list")
