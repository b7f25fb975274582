"""Judges any plan against the five tables. Shares no code with the solver, and does not trust it.

Sums of redemptions x money are exact: the redemptions of an offer and level are added as whole multiples of powers of
two, and the money of that level, a whole number, multiplies their rational sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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
)
"""Every rule a plan can break."""

_EXAMPLES = 5


@dataclass(frozen=True)
class Verdict:
    """What a plan is worth and what it breaks.

    Args:
        objective_micros: Value of its rows that are options, each counted once.
        violations: How often each rule is broken, all rules named.
        examples: The first few breaches of each broken rule, in words.
        waived: Broken minima of households that were waived, not counted as violations.
        shortfalls: Guarantees missed that were declared, not counted as violations.
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
    waived_households: Iterable[str] = (),
    declared_shortfalls: Iterable[str] = (),
) -> Verdict:
    """Judge a plan.

    An option whose key has several rows is no option, and excluded if one of them is. Of other rows with the same
    key the first counts, in the order of their other columns. A limit below 0 counts as 0.

    Args:
        households: Table `plan_households`.
        offers: Table `plan_offers`.
        levels: Table `plan_levels`.
        options: Table `plan_options`, or its record batches.
        limits: Table `plan_limits`.
        plan: Columns household_id, offer_id, level; any order, from any program.
        waived_households: Households whose minima were declared unattainable.
        declared_shortfalls: Offers whose guarantee was declared unattainable.

    Returns:
        The verdict.
    """
    book = _Book(dict.fromkeys(RULES, 0), {rule: [] for rule in RULES})
    households = _one_of_each(households, 1, "household_id slots_min slots_max face_min_micros face_max_micros")
    offers = _one_of_each(
        offers, 1, "offer_id category_id vendor_id distributions_min distributions_max vendor_budget_micros"
    )
    levels = _one_of_each(levels, 2, "offer_id level face_micros funding_micros")
    limits = _one_of_each(limits, 2, "scope id max_count budget_micros")
    rows = _PlanRows.of(households, offers, levels, plan)
    batches = options.to_batches(max_chunksize=2_000_000) if isinstance(options, pa.Table) else options
    rows.look_up(batches)
    _judge_rows(rows, book)
    _judge_households(rows, households, offers, limits, book, frozenset(waived_households))
    _judge_limits(rows, offers, levels, limits, book, frozenset(declared_shortfalls))
    worth = int(rows.value[rows.known].sum())
    examples = {rule: tuple(texts) for rule, texts in book.examples.items() if texts}
    return Verdict(worth, book.counts, examples, book.waived, book.shortfalls)


def _one_of_each(rows: pa.Table, keys: int, columns: str) -> pa.Table:
    """Of rows that share a key (the first `keys` columns) the one that is first by its other columns, nulls last."""
    names = columns.split()
    keyed = list(zip(*(rows[name].to_pylist() for name in names[:keys]), strict=True))
    if len(set(keyed)) == len(keyed):
        return rows
    others = zip(*(rows[name].to_pylist() for name in names[keys:]), strict=True)
    ranked = sorted(
        (tuple((value is None, value) for value in (*key, *other)), place)
        for place, (key, other) in enumerate(zip(keyed, others, strict=True))
    )
    first: dict[tuple[object, ...], int] = {}
    for rank, place in ranked:
        first.setdefault(rank[:keys], place)
    return rows.take(sorted(first.values()))


@dataclass(frozen=True)
class _Ids:
    """Distinct ids and where each stands."""

    names: list[str]
    place: dict[str, int]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> _Ids:
        names = column.cast(pa.string()).unique().to_pylist()
        return cls(names, {name: number for number, name in enumerate(names)})

    def __len__(self) -> int:
        return len(self.names)

    def places(self, column: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
        """Where each id of a column stands, -1 if nowhere."""
        parts = [np.zeros(0, np.int64)]
        for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
            coded = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
            known = [self.place.get(name, -1) for name in coded.dictionary.to_pylist()]
            numbers = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            parts.append(np.array([*known, -1], np.int64)[numbers])
        return np.concatenate(parts)

    def name(self, number: int) -> str:
        return self.names[number] if number >= 0 else "unknown"


@dataclass
class _PlanRows:
    """The plan's rows as numbers, sorted; what the options say about each is filled in by `look_up`."""

    household_ids: _Ids
    offer_ids: _Ids
    numbers: NDArray[np.int64]
    key: NDArray[np.int64]
    household: NDArray[np.int64]
    offer: NDArray[np.int64]
    level: NDArray[np.int64]
    known: NDArray[np.bool_]
    repeated: NDArray[np.bool_]
    excluded: NDArray[np.bool_]
    value: NDArray[np.int64]
    redemptions: NDArray[np.float64]
    face: NDArray[np.int64]

    @classmethod
    def of(cls, households: pa.Table, offers: pa.Table, levels: pa.Table, plan: pa.Table) -> _PlanRows:
        household_ids = _Ids.of(households["household_id"])
        offer_ids = _Ids.of(offers["offer_id"])
        plan_levels = plan["level"].to_numpy()
        numbers = np.unique(np.concatenate([levels["level"].to_numpy(), plan_levels]))
        household = household_ids.places(plan["household_id"])
        offer = offer_ids.places(plan["offer_id"])
        place = np.searchsorted(numbers, plan_levels)
        key = ((household + 1) * (len(offer_ids) + 1) + offer + 1) * (len(numbers) + 1) + place
        order = np.argsort(key, kind="stable")
        key, many = key[order], len(key)
        repeated = np.concatenate([[False], key[1:] == key[:-1]]) if many else np.zeros(0, bool)
        face_of = {
            (offer_id, level): face
            for offer_id, level, face in zip(
                offer_ids.places(levels["offer_id"]).tolist(),
                levels["level"].to_pylist(),
                levels["face_micros"].to_pylist(),
                strict=True,
            )
        }
        pairs = offer[order] * (len(numbers) + 1) + place[order]
        distinct, back = np.unique(pairs, return_inverse=True)
        faces = [face_of.get((int(p) // (len(numbers) + 1), int(numbers[int(p) % (len(numbers) + 1)])), 0)
                 for p in distinct]  # fmt: skip
        face = np.array(faces, np.int64)[back] if many else np.zeros(0, np.int64)
        return cls(
            household_ids, offer_ids, numbers, key, household[order], offer[order], plan_levels[order],
            np.zeros(many, bool), repeated, np.zeros(many, bool), np.zeros(many, np.int64), np.zeros(many), face,
        )  # fmt: skip

    def look_up(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Find each plan row among the options; a key with several rows is no option."""
        width = len(self.numbers) + 1
        seen = np.zeros(len(self.key), np.int64)
        for batch in batches:
            household = self.household_ids.places(batch.column("household_id"))
            offer = self.offer_ids.places(batch.column("offer_id"))
            number = batch.column("level").to_numpy(zero_copy_only=False)
            place = np.searchsorted(self.numbers, number)
            place[place == len(self.numbers)] = 0
            key = ((household + 1) * (len(self.offer_ids) + 1) + offer + 1) * width + place
            at = np.searchsorted(self.key, key)
            at[at == len(self.key)] = 0
            hit = np.flatnonzero((household >= 0) & (offer >= 0) & (self.numbers[place] == number))
            hit = hit[self.key[at[hit]] == key[hit]] if len(self.key) else hit[:0]
            rows = at[hit]
            value = batch.column("value_micros").to_numpy(zero_copy_only=False)[hit]
            expected = batch.column("redemptions").to_numpy(zero_copy_only=False)[hit]
            flagged = batch.column("excluded").fill_null(True).to_numpy(zero_copy_only=False)[hit].astype(bool)
            np.add.at(seen, rows, 1)
            np.logical_or.at(self.excluded, rows, flagged)
            sound = np.isfinite(value.astype(float)) & np.isfinite(expected) & (expected >= 0)
            rows, value, expected = rows[sound], value[sound], expected[sound]
            self.known[rows] = True
            self.value[rows] = value.astype(np.int64)
            self.redemptions[rows] = expected
        self.known &= ~self.repeated & (seen == 1)

    def name(self, row: int) -> str:
        """A plan row in words."""
        household = self.household_ids.name(int(self.household[row]))
        offer = self.offer_ids.name(int(self.offer[row]))
        return f"household {household}, offer {offer}, level {self.level[row]}"


def _judge_rows(rows: _PlanRows, book: _Book) -> None:
    for row in np.flatnonzero(~rows.known & ~rows.repeated):
        book.breach("row-is-an-option", rows.name(int(row)))
    for row in np.flatnonzero(rows.excluded & ~rows.repeated):
        book.breach("option-not-excluded", rows.name(int(row)))
    pair = rows.household * (len(rows.offer_ids) + 1) + rows.offer
    for row in np.flatnonzero(pair[1:] == pair[:-1]) + 1:
        book.breach("one-level-per-offer", rows.name(int(row)))


def _judge_households(
    rows: _PlanRows, households: pa.Table, offers: pa.Table, limits: pa.Table, book: _Book, waived: frozenset[str]
) -> None:
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
    for rule, broken, got, wanted in (
        ("slots-min", count[place] < bounds["slots_min"], count, bounds["slots_min"]),
        ("slots-max", count[place] > bounds["slots_max"], count, bounds["slots_max"]),
        ("face-min", face[place] < bounds["face_min_micros"], face, bounds["face_min_micros"]),
        ("face-max", face[place] > bounds["face_max_micros"], face, bounds["face_max_micros"]),
    ):
        for row in np.flatnonzero(broken):
            household = households["household_id"][int(row)].as_py()
            if rule.endswith("min") and household in waived:
                book.waived += 1
                continue
            book.breach(rule, f"household {household}: {got[place[row]]}, limit {wanted[row]}")
    _judge_categories(rows, offers, limits, book)


def _judge_categories(rows: _PlanRows, offers: pa.Table, limits: pa.Table, book: _Book) -> None:
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


def _judge_limits(
    rows: _PlanRows, offers: pa.Table, levels: pa.Table, limits: pa.Table, book: _Book, declared: frozenset[str]
) -> None:
    sums = _exact_sums(rows)
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
    for row in limits.to_pylist():
        if row["budget_micros"] is None or row["scope"] not in {"vendor", "store"}:
            continue
        used = by_vendor.get(row["id"], Fraction(0)) if row["scope"] == "vendor" else store
        budget = max(row["budget_micros"], 0)
        if used > budget:
            book.breach(f"{row['scope']}-budget", f"{row['id']}: {float(used)!r}, limit {budget}")


def _judge_offers(
    rows: _PlanRows, offers: pa.Table, by_offer: dict[str, Fraction], book: _Book, declared: frozenset[str]
) -> None:
    given = np.bincount(rows.offer[rows.offer >= 0], minlength=len(rows.offer_ids))
    for row, place in zip(offers.to_pylist(), rows.offer_ids.places(offers["offer_id"]), strict=True):
        offer, times = row["offer_id"], int(given[place])
        least, most, budget = row["distributions_min"], row["distributions_max"], row["vendor_budget_micros"]
        if least is not None and times < least:
            if offer in declared:
                book.shortfalls += 1
            else:
                book.breach("distributions-min", f"offer {offer}: {times}, limit {least}")
        if most is not None and times > max(most, 0):
            book.breach("distributions-max", f"offer {offer}: {times}, limit {most}")
        if budget is not None and by_offer.get(offer, Fraction(0)) > max(budget, 0):
            book.breach("offer-budget", f"offer {offer}: {float(by_offer[offer])!r}, limit {budget}")


def _exact_sums(rows: _PlanRows) -> dict[tuple[str, int], Fraction]:
    """Sum of redemptions of each offer and level, exactly."""
    counted = np.flatnonzero(rows.known)
    pairs = rows.offer[counted] * (len(rows.numbers) + 1) + np.searchsorted(rows.numbers, rows.level[counted])
    mantissa, exponent = np.frexp(rows.redemptions[counted])
    whole = (mantissa * 2.0**53).astype(np.int64)
    power = exponent.astype(np.int64) - 53
    low = power.min(initial=0)
    span = int(power.max(initial=0) - low) + 1
    groups, back = np.unique(pairs * span + (power - low), return_inverse=True)
    sums: dict[tuple[str, int], Fraction] = {}
    halves = [np.zeros(len(groups), np.int64), np.zeros(len(groups), np.int64)]
    for half, part in zip(halves, (whole >> 27, whole & ((1 << 27) - 1)), strict=True):
        np.add.at(half, back, part)
    for group, high, rest in zip(groups.tolist(), halves[0].tolist(), halves[1].tolist(), strict=True):
        pair, place = divmod(group, span)
        offer, number = divmod(pair, len(rows.numbers) + 1)
        key = (rows.offer_ids.names[offer], int(rows.numbers[number]))
        sums[key] = sums.get(key, Fraction(0)) + ((high << 27) + rest) * Fraction(2) ** (place + int(low))
    return sums
