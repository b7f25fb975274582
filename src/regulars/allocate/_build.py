"""The five tables become a problem: ids become numbers, options are streamed, sorted and checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ._arrays import NO_LIMIT, Arrays, Caps, new_work
from ._household import attainable_pass
from ._preflight import guarantee_findings
from ._problem import Limits, Names, Problem, Waiver
from ._small_tables import (
    SLOTS_MAX,
    Findings,
    HouseholdRows,
    LevelRows,
    LimitRows,
    OfferRows,
    check_columns,
    check_text,
    read_households,
    read_levels,
    read_limits,
    read_offers,
    whole_numbers,
)
from ._units import units

REDEMPTIONS_MAX = 1_000.0
VALUE_MAX_MICROS = 10**12
_VALUE_MAX_NARROW = 2**31 - 1
_COMPACT_OPTIONS = 100_000_000
_UNITS_SHIFT_MAX = 20
_FACE_FLOOR_SHARE = 0.7
Column = TypeVar("Column", bound=NDArray[Any])
_LEFT_OUT = -1.0  # stands for the redemptions of a row that only counts as one more of its key


def assemble_problem(
    households: pa.Table,
    offers: pa.Table,
    levels: pa.Table,
    options: pa.Table | Iterable[pa.RecordBatch],
    limits: pa.Table,
    option_rows: int | None,
) -> Problem:
    """See `build_problem`."""
    named = (("plan_households", households), ("plan_offers", offers), ("plan_levels", levels))
    for name, rows in (*named, ("plan_limits", limits)):
        check_columns(rows.schema, name, name.removeprefix("plan_"))
    findings = Findings()
    household_rows = read_households(households, findings)
    offer_rows = read_offers(offers, findings)
    level_rows = read_levels(levels, offer_rows, findings)
    limit_rows = read_limits(limits, offer_rows, findings)
    assert option_rows is not None or isinstance(options, pa.Table), "batches come with their number of rows"
    if isinstance(options, pa.Table):
        check_columns(options.schema, "plan_options", "options")
        option_rows, options = len(options), options.to_batches(max_chunksize=2_000_000)
    read = _OptionReader(household_rows, offer_rows, level_rows, findings).read(options, option_rows or 0)
    return _assemble(household_rows, offer_rows, level_rows, limit_rows, read, findings)


@dataclass
class _Options:
    """Kept options, sorted by household and level row."""

    household: NDArray[np.int32]
    level_row: NDArray[np.uint16] | NDArray[np.uint32]
    value: NDArray[np.int64] | NDArray[np.int32]
    redemptions: NDArray[np.float64] | NDArray[np.float32]
    excluded: int

    def put_in(self, order: NDArray[np.int64]) -> None:
        """Put the rows in an order; one column after the other, to spare memory."""
        self.household = self.household[order]
        self.level_row = self.level_row[order]
        self.value = self.value[order]
        self.redemptions = self.redemptions[order]

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Keep the rows of a mask; each column is closed up where it lies, to spare memory."""
        self.household = _closed_up(self.household, mask)
        self.level_row = _closed_up(self.level_row, mask)
        self.value = _closed_up(self.value, mask)
        self.redemptions = _closed_up(self.redemptions, mask)


def _closed_up(column: Column, mask: NDArray[np.bool_]) -> Column:
    filled = 0
    for part in _slices(len(column)):
        kept = column[part][mask[part]]
        column[filled : filled + len(kept)] = kept
        filled += len(kept)
    closed: Column = column[:filled]  # type: ignore[assignment]
    return closed


@dataclass
class _OptionReader:
    """Turns batches of options into numbers; counts what it leaves out, rule by rule."""

    households: HouseholdRows
    offers: OfferRows
    levels: LevelRows
    findings: Findings

    def __post_init__(self) -> None:
        self._households = {one: place for place, one in enumerate(self.households.ids.to_pylist())}
        self._offers = {one: place for place, one in enumerate(self.offers.ids.to_pylist())}
        self._numbers = np.unique(self.levels.number)
        places = np.searchsorted(self._numbers, self.levels.number)
        self._rows = np.full((len(self.offers.ids) + 1, len(self._numbers) + 1), -1, np.int64)
        self._rows[self.levels.offer, places] = np.arange(len(self.levels.offer))
        self._bad: dict[str, tuple[int, tuple[str, str, int] | None]] = {}

    def read(self, batches: Iterable[pa.RecordBatch], rows: int) -> _Options:
        """Read all batches, at most so many rows, into arrays of their final size."""
        wide = len(self.levels.offer) >= 1 << 16
        compact = rows > _COMPACT_OPTIONS
        worth, share = (np.int32, np.float32) if compact else (np.int64, np.float64)
        kinds = (np.int32, np.uint32 if wide else np.uint16, worth, share)
        columns: list[NDArray[Any]] = [np.empty(rows, kind) for kind in kinds]
        filled, excluded = 0, 0
        for batch in batches:
            part, flagged = self._numbers_of(batch, compact)
            excluded += flagged
            for column, values in zip(columns, part, strict=True):
                column[filled : filled + len(values)] = values
            filled += len(part[0])
        self._report()
        household, level_row, value, redemptions = (column[:filled] for column in columns)
        options = _Options(household, level_row, value, redemptions, excluded)
        self._sort(options)
        return options

    def _numbers_of(self, batch: pa.RecordBatch, compact: bool) -> tuple[list[NDArray[Any]], int]:
        household = _index(batch.column("household_id"), self._households)
        offer = _index(batch.column("offer_id"), self._offers)
        number, no_number, bad_number = whole_numbers(batch.column("level"))
        place = np.searchsorted(self._numbers, number)
        place[place == len(self._numbers)] = -1
        if len(self._numbers):
            place[self._numbers[place] != number] = -1
        row = self._rows[offer, place]
        value, no_value, bad_value = whole_numbers(batch.column("value_micros"))
        redemptions = batch.column("redemptions").cast(pa.float64()).fill_null(np.nan)
        expected = redemptions.to_numpy(zero_copy_only=False)
        flagged = np.asarray(batch.column("excluded").fill_null(True)).astype(bool)
        keyed = (household >= 0) & (offer >= 0) & (row >= 0) & ~no_number & ~bad_number
        value_max = _VALUE_MAX_NARROW if compact else VALUE_MAX_MICROS
        keep = np.ones(len(household), bool)
        for rule, bad in (
            ("household-is-known", household < 0),
            ("offer-is-known", offer < 0),
            ("level-is-known", (row < 0) | no_number | bad_number),
            ("value-is-a-number", no_value | bad_value | (np.abs(value) > value_max)),
            ("redemptions-are-a-number", ~((expected >= 0) & (expected <= REDEMPTIONS_MAX))),
        ):
            self._count(rule, keep & bad, batch)
            keep &= ~bad
        out = int((keep & flagged).sum())
        value = np.where(keep, value, 0)
        expected = np.where(keep & ~flagged, expected, _LEFT_OUT)
        if compact:
            expected = _float32_up(expected)
        if keyed.all():
            return [household, row, value, expected], out
        return [household[keyed], row[keyed], value[keyed], expected[keyed]], out

    def _count(self, rule: str, bad: NDArray[np.bool_], batch: pa.RecordBatch) -> None:
        if not bad.any():
            return
        keys = batch.select(["household_id", "offer_id", "level"]).filter(pa.array(bad))
        columns = [keys.column(name).cast(pa.string()) for name in keys.schema.names]
        first = pa.table(columns, names=keys.schema.names).sort_by([(n, "ascending") for n in keys.schema.names])
        example = tuple(first.slice(0, 1).to_pylist()[0].values())
        count, before = self._bad.get(rule, (0, None))
        lowest = example if before is None else min(before, example, key=lambda one: tuple(str(x) for x in one))
        self._bad[rule] = (count + int(bad.sum()), lowest)

    def _report(self) -> None:
        for rule, (count, example) in sorted(self._bad.items()):
            assert example is not None
            at = "household {}, offer {}, level {}".format(*example)
            self.findings.add("options", rule.split("-", maxsplit=1)[0], rule, f"{count} rows left out, e.g. {at}")

    def _sort(self, options: _Options) -> None:
        """Sort by household and level row; leave out what is unfit, and every row of a key that is there twice."""
        keep = np.ones(len(options.household), bool)
        if not all(_ascending(options, part) for part in _slices(len(options.household))):
            key = options.household.astype(np.int64)
            key *= max(len(self.levels.offer), 1)
            key += options.level_row
            order = np.argsort(key)
            del key
            options.put_in(order)
            del order
            household, row = options.household, options.level_row
            same = (household[1:] == household[:-1]) & (row[1:] == row[:-1])
            keep[1:] &= ~same
            keep[:-1] &= ~same
        if not keep.all():
            found = f"{int((~keep).sum())} rows left out: there is more than one row of their key"
            self.findings.add("options", "household_id", "key-is-unique", found)
        keep &= options.redemptions >= 0
        if not keep.all():
            options.keep(keep)


def _ascending(options: _Options, part: slice) -> bool:
    wider = slice(part.start, part.stop + 1)
    household, row = options.household[wider], options.level_row[wider]
    later, same = household[1:] > household[:-1], household[1:] == household[:-1]
    return bool(np.all(later | (same & (row[1:] > row[:-1]))))


def _index(column: pa.Array, places: dict[str, int]) -> NDArray[np.int64]:
    """Number of each id, -1 for an unknown one; only the distinct ids of a batch are looked up."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    known = column.dictionary.cast(pa.string())
    check_text(known, "a column of the options")
    names = known.to_pylist()
    numbers = np.array([places.get(name, -1) for name in names] + [-1], np.int64)
    found: NDArray[np.int64] = numbers[column.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
    return found


def _float32_up(values: NDArray[np.float64]) -> NDArray[np.float32]:
    near = values.astype(np.float32)
    return np.where(near < values, np.nextafter(near, np.float32(np.inf)), near)


def _numbered(names: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    distinct = sorted(set(names))
    place = {name: number for number, name in enumerate(distinct)}
    return tuple(distinct), np.array([place[name] for name in names], np.int32)


def _assemble(
    households: HouseholdRows,
    offers: OfferRows,
    levels: LevelRows,
    limits: LimitRows,
    options: _Options,
    findings: Findings,
) -> Problem:
    categories, offer_category = _numbered(offers.category)
    vendors, offer_vendor = _numbered(offers.vendor)
    category_cap = np.array([min(limits.category.get(one, 1_000_000), 1_000_000) for one in categories], np.int32)
    scale = _unit_scale(households, levels, options)
    stated = Limits(
        offers.count_min, offers.count_max, offers.budget,
        tuple(limits.vendor.get(one) if one else None for one in vendors), (limits.store,), offers.count_min,
        offers.make_good,
    )  # fmt: skip
    markdown = levels.face - levels.funding
    arrays = Arrays(
        np.zeros(1, np.int64), options.level_row[:0], options.value[:0], options.redemptions[:0],
        np.minimum(households.slots_min, SLOTS_MAX + 1).astype(np.int32), households.slots_max.astype(np.int32),
        households.face_min.astype(float), households.face_max.astype(float), levels.offer.astype(np.int32),
        offer_category[levels.offer],
        np.stack([levels.face, levels.funding, markdown], axis=1).astype(float),
        offer_category, offer_vendor, category_cap, np.array([scale]),
    )  # fmt: skip
    _leave_out_too_high(arrays, options, findings)
    caps = _caps(arrays, stated, options)
    _leave_out_unpayable(arrays, caps, options, findings)
    start = np.searchsorted(options.household, np.arange(len(households.ids) + 1, dtype=np.int32))
    arrays = arrays._replace(
        start=start.astype(np.int64), level_row=options.level_row, value=options.value,
        redemptions=options.redemptions, category_cap=np.maximum(category_cap, 1),
    )  # fmt: skip
    names = Names(households.ids, tuple(offers.ids.to_pylist()), categories, vendors, levels.number)
    face_min = arrays.face_min
    arrays, waivers = _reduced_minima(arrays, names, findings)
    count_min, found = guarantee_findings(arrays, stated, names.offers, options.household)
    caps = caps._replace(count_min=count_min)
    stated = replace(stated, count_min=count_min)
    all_findings = (*findings.found, *found)
    return Problem(
        arrays, caps, stated, names, all_findings, tuple(waivers), households.slots_min, face_min, options.excluded
    )


def _unit_scale(households: HouseholdRows, levels: LevelRows, options: _Options) -> float:
    slots = float(households.slots_max.sum()) + 1.0
    money = float(levels.face.max(initial=1)) * float(options.redemptions.max(initial=1.0)) + 1.0
    return float(2.0 ** min(_UNITS_SHIFT_MAX, 60 - int(np.ceil(np.log2(slots * money)))))


def _caps(arrays: Arrays, limits: Limits, options: _Options) -> Caps:
    """Budgets in units, less what a floating-point sum of as many terms could be off by.

    A budget whose options all cost whole units of a common coarse grid is summed without rounding by everyone, so
    it is left whole.
    """
    offers = len(arrays.offer_category)
    offer_of = arrays.level_offer
    terms = np.zeros(offers, np.int64)
    inexact = np.zeros((offers, 2), bool)
    scale = int(arrays.unit_scale[0]) if arrays.unit_scale[0] >= 1 else 1
    for part in _slices(len(options.level_row)):
        rows = options.level_row[part]
        terms += np.bincount(offer_of[rows], minlength=offers)
        grid = options.redemptions[part].astype(float) * 2.0**20
        coarse = (grid == np.floor(grid)) & (grid < 2.0**31)
        np.logical_or.at(inexact[:, 0], offer_of[rows[~coarse]], True)
    inexact[:, 1] = inexact[:, 0]
    fine = scale < 2**20

    def cap(budget: int | None, count: int, rounded: bool) -> int:
        if budget is None:
            return NO_LIMIT
        whole = int(budget * arrays.unit_scale[0]) if arrays.unit_scale[0] < 1 else budget * scale
        if rounded or fine or whole >= 1 << 53:
            whole -= (whole * (count + 16) >> 51) + 1
        return max(min(whole, NO_LIMIT - 1), 0)

    vendor_terms = np.bincount(arrays.offer_vendor, weights=terms, minlength=len(limits.vendor)).astype(int)
    vendor_rounded = np.bincount(arrays.offer_vendor, weights=inexact[:, 0], minlength=len(limits.vendor)) > 0
    offer = [cap(b, int(n), bool(r)) for b, n, r in zip(limits.offer, terms, inexact[:, 0], strict=True)]
    vendor = [cap(b, int(n), bool(r)) for b, n, r in zip(limits.vendor, vendor_terms, vendor_rounded, strict=True)]
    store = [cap(limits.store[0], int(terms.sum()), bool(inexact.any()))]
    as_units = [np.array(values, np.int64) for values in (offer, vendor, store)]
    return Caps(limits.count_min.copy(), limits.count_max, *as_units)


def _slices(rows: int) -> Iterator[slice]:
    for begin in range(0, rows, 2_000_000):
        yield slice(begin, min(begin + 2_000_000, rows))


def _leave_out_too_high(arrays: Arrays, options: _Options, findings: Findings) -> None:
    """Leave out options whose face value alone is above what the household may get."""
    keep = np.ones(len(options.level_row), bool)
    for part in _slices(len(options.level_row)):
        keep[part] = arrays.levels[options.level_row[part], 0] <= arrays.face_max[options.household[part]]
    if not keep.all():
        found = f"{int((~keep).sum())} rows left out: their face value is above the household's maximum"
        findings.add("options", "level", "face-within-maximum", found)
        options.keep(keep)


def _leave_out_unpayable(arrays: Arrays, caps: Caps, options: _Options, findings: Findings) -> None:
    """Leave out options that alone would break a limit: their cost is above a budget, or nothing may be given."""
    closed = (caps.count_max <= 0) | (arrays.category_cap[arrays.offer_category] <= 0)
    money = np.minimum(caps.offer, caps.vendor[arrays.offer_vendor])
    keep = np.ones(len(options.level_row), bool)
    for part in _slices(len(options.level_row)):
        rows = options.level_row[part]
        offer = arrays.level_offer[rows]
        expected = options.redemptions[part].astype(float)
        scale = arrays.unit_scale[0]
        room = np.minimum(money[offer] / scale, float(NO_LIMIT))
        near = (expected * arrays.levels[rows, 1] * (1 + 1e-12) >= room) | (
            expected * arrays.levels[rows, 2] * (1 + 1e-12) >= caps.store[0] / scale
        )
        for place in np.flatnonzero(near):
            funded = units(expected[place], arrays.levels[rows[place], 1], scale)
            own = units(expected[place], arrays.levels[rows[place], 2], scale)
            near[place] = funded > money[offer[place]] or own > caps.store[0]
        keep[part] = ~(closed[offer] | near)
    if not keep.all():
        found = f"{int((~keep).sum())} rows left out: alone they would break a limit that is zero or too small"
        findings.add("options", "redemptions", "option-can-be-paid", found)
        options.keep(keep)


_RULE_OF = {
    "slots_contradict": "slots_min",
    "slots_unattainable": "slots_min",
    "face_contradict": "face_min_micros",
    "face_unattainable": "face_min_micros",
}


def _reduced_minima(arrays: Arrays, names: Names, findings: Findings) -> tuple[Arrays, list[Waiver]]:
    """Cut slot and face minima down to what each household could get if nothing were shared."""
    slots_min, face_min = arrays.slots_min.copy(), arrays.face_min.copy()
    reasons: list[tuple[int, str, str, int, int]] = []

    def cut(values: NDArray[Any], most: NDArray[Any], to: NDArray[Any], reason: str) -> None:
        for h in np.flatnonzero(values > most):
            reasons.append((int(h), _RULE_OF[reason], reason, int(values[h]), int(most[h])))
            values[h] = to[h]

    crossed = int(((slots_min > arrays.slots_max) | (face_min > arrays.face_max)).sum())
    if crossed:
        findings.add("households", "slots_min", "minimum-within-maximum",
                     f"{crossed} households ask for more than they allow; the maximum holds")  # fmt: skip
    cut(slots_min, arrays.slots_max, arrays.slots_max, "slots_contradict")
    cut(face_min, arrays.face_max, arrays.face_max, "face_contradict")
    empty = np.flatnonzero((np.diff(arrays.start) == 0) & (arrays.slots_max > 0))
    for h in empty:
        reasons.append((int(h), "slots_min", "no_options", int(slots_min[h]), 0))
        reasons += [(int(h), "face_min_micros", "no_options", int(face_min[h]), 0)] if face_min[h] else []
        slots_min[h], face_min[h] = 0, 0.0
    arrays = arrays._replace(slots_min=slots_min, face_min=face_min)
    reach = np.zeros((len(slots_min), 3))
    faces = np.zeros_like(arrays.levels)
    faces[:, 2] = arrays.levels[:, 0]
    attainable_pass(arrays, faces, reach, new_work(arrays))
    most = np.minimum(reach[:, 0], np.where(slots_min > 0, reach[:, 2], reach[:, 0])).astype(np.int32)
    cut(slots_min, most, most, "slots_unattainable")
    cut(face_min, reach[:, 1], np.floor(reach[:, 1] * _FACE_FLOOR_SHARE), "face_unattainable")
    ids = names.households
    waivers = [Waiver(ids[h].as_py(), rule, why, need, had) for h, rule, why, need, had in sorted(reasons)]
    return arrays, waivers
