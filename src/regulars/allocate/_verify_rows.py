"""What the verifier reads: ids as numbers, the plan's rows with what the options say of them, exact sums.

Shares no code with the solver.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ._verify_needed import Watched


def one_of_each(rows: pa.Table, keys: int, columns: str) -> pa.Table:
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


def without_claims(
    rows: pa.Table, minima: tuple[str, ...], maxima: tuple[str, ...], given: str | None
) -> pa.Table:
    """The table with nothing promised and nothing allowed where a row's own limits make no sense.

    Args:
        rows: Households or offers.
        minima: Columns that may be missing, and are 0 then.
        maxima: Columns of limits.
        given: A column that must be given besides; None where the maxima must.
    """
    bad = np.zeros(len(rows), bool) if given is None else np.asarray(rows[given].is_null())
    for name in (*minima, *maxima):
        if pa.types.is_null(rows[name].type):
            bad |= given is None and name in maxima
            continue
        missing = np.asarray(rows[name].is_null(nan_is_null=True))
        values = np.where(missing, 0, rows[name].fill_null(0).to_numpy())
        bad |= ~missing & (np.floor(values) != values)
        bad |= ~missing & (values.astype(float) >= 2.0**53) & (name in minima)
        bad |= missing & (given is None and name in maxima)
    for name in (*minima, *maxima):
        if bad.any() or pa.types.is_floating(rows[name].type):
            stated = [None if value is None or value != value else value for value in rows[name].to_pylist()]
            cut = [0 if out else value for out, value in zip(bad.tolist(), stated, strict=True)]
            rows = rows.set_column(rows.column_names.index(name), name, pa.array(cut, rows[name].type))
    return _in_full_width(rows, (*minima, *maxima))


def _in_full_width(rows: pa.Table, names: tuple[str, ...]) -> pa.Table:
    """The table with numbers of any type, or none at all, as whole numbers of 64 bits; what is larger is cut."""
    for name in names:
        kind = rows[name].type
        if pa.types.is_null(kind) or (pa.types.is_integer(kind) and not pa.types.is_uint64(kind)):
            column = rows[name].cast(pa.int64())
        else:
            column = pa.array([_whole(value) for value in rows[name].to_pylist()], pa.int64())
        rows = rows.set_column(rows.column_names.index(name), name, column)
    return rows


def _whole(value: float | None) -> int | None:
    return None if value is None or value != value else int(min(max(value, -_LARGEST), _LARGEST))


_LARGEST = 2**62


def with_key(rows: pa.Table, *keys: str) -> pa.Table:
    """Rows whose key is given."""
    given = np.ones(len(rows), bool)
    for key in keys:
        given &= ~np.asarray(rows[key].is_null())
    return rows if given.all() else rows.filter(pa.array(given))


def sound_levels(levels: pa.Table) -> pa.Table:
    """Levels that say something: a whole number of micros, 0 <= funding <= face; columns level, face, funding whole."""
    names = ("level", "face_micros", "funding_micros")
    columns = [rows_of(levels[name]) for name in names]
    sound = np.array(
        [
            None not in terms and all(one == one and abs(one) < 2**53 and one == int(one) for one in terms)
            and 0 <= terms[2] <= terms[1]
            for terms in zip(*columns, strict=True)
        ],
        bool,
    )  # fmt: skip
    levels = levels.filter(pa.array(sound, pa.bool_()))
    return _in_full_width(levels, names)


def rows_of(column: pa.ChunkedArray) -> list[float | None]:
    """A column's values."""
    values: list[float | None] = column.to_pylist()
    return values


@dataclass(frozen=True)
class Ids:
    """Distinct ids and where each stands."""

    names: list[str]
    place: dict[str, int]

    @classmethod
    def of(cls, column: pa.ChunkedArray) -> Ids:
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
class PlanRows:
    """The plan's rows as numbers, sorted; what the options say about each is filled in by `look_up`."""

    household_ids: Ids
    offer_ids: Ids
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
    def of(cls, households: pa.Table, offers: pa.Table, levels: pa.Table, plan: pa.Table) -> PlanRows:
        household_ids = Ids.of(households["household_id"])
        offer_ids = Ids.of(offers["offer_id"])
        plan_levels = plan["level"].to_numpy()
        numbers = np.unique(np.concatenate([levels["level"].to_numpy(), plan_levels]))
        household = household_ids.places(plan["household_id"])
        offer = offer_ids.places(plan["offer_id"])
        place = np.searchsorted(numbers, plan_levels)
        key = ((household + 1) * (len(offer_ids) + 1) + offer + 1) * (len(numbers) + 1) + place
        order = np.argsort(key, kind="stable")
        key, many = key[order], len(key)
        repeated = np.concatenate([[False], key[1:] == key[:-1]]) if many else np.zeros(0, bool)
        face_of = np.zeros((len(offer_ids) + 1, len(numbers)), np.int64)  # the first row for an unknown offer
        known = offer_ids.places(levels["offer_id"]) + 1, np.searchsorted(numbers, levels["level"].to_numpy())
        face_of[known] = np.nan_to_num(levels["face_micros"].fill_null(0).to_numpy())
        face = face_of[offer[order] + 1, place[order]] if many else np.zeros(0, np.int64)
        del place
        return cls(
            household_ids, offer_ids, numbers, key, household[order], offer[order], plan_levels[order],
            np.zeros(many, bool), repeated, np.zeros(many, bool), np.zeros(many, np.int64), np.zeros(many), face,
        )  # fmt: skip

    def look_up(self, batches: Iterable[pa.RecordBatch], watched: Watched | None) -> None:
        """Find each plan row among the options; a key with several rows is no option."""
        if not len(self.numbers):
            return
        width = len(self.numbers) + 1
        seen = np.zeros(len(self.key), np.int64)
        for batch in batches:
            household = self.household_ids.places(batch.column("household_id"))
            offer = self.offer_ids.places(batch.column("offer_id"))
            number = batch.column("level").to_numpy(zero_copy_only=False)
            columns = [
                batch.column(name).to_numpy(zero_copy_only=False) for name in ("value_micros", "redemptions")
            ]
            barred = batch.column("excluded").fill_null(True).to_numpy(zero_copy_only=False).astype(bool)
            if watched is not None:
                watched.see(household, offer, number, columns[0], columns[1], barred)
            place = np.searchsorted(self.numbers, number)
            place[place == len(self.numbers)] = 0
            key = ((household + 1) * (len(self.offer_ids) + 1) + offer + 1) * width + place
            at = np.searchsorted(self.key, key)
            at[at == len(self.key)] = 0
            hit = np.flatnonzero((household >= 0) & (offer >= 0) & (self.numbers[place] == number))
            hit = hit[self.key[at[hit]] == key[hit]] if len(self.key) else hit[:0]
            rows = at[hit]
            value, expected, flagged = columns[0][hit], columns[1][hit], barred[hit]
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


def exact_sums(rows: PlanRows) -> dict[tuple[str, int], Fraction]:
    """Sum of redemptions of each offer and level, exactly."""
    sums: dict[tuple[str, int], Fraction] = {}
    for begin in range(0, len(rows.known), _SUMMED_AT_ONCE):
        part = slice(begin, begin + _SUMMED_AT_ONCE)
        for key, more in _exact_sums_of(rows, begin + np.flatnonzero(rows.known[part])):
            sums[key] = sums.get(key, Fraction(0)) + more
    return sums


_SUMMED_AT_ONCE = 2_000_000


def _exact_sums_of(rows: PlanRows, counted: NDArray[np.int64]) -> Iterator[tuple[tuple[str, int], Fraction]]:
    pairs = rows.offer[counted] * (len(rows.numbers) + 1) + np.searchsorted(rows.numbers, rows.level[counted])
    mantissa, exponent = np.frexp(rows.redemptions[counted])
    whole = (mantissa * 2.0**53).astype(np.int64)
    power = exponent.astype(np.int64) - 53
    low = power.min(initial=0)
    span = int(power.max(initial=0) - low) + 1
    groups, back = np.unique(pairs * span + (power - low), return_inverse=True)
    halves = [np.zeros(len(groups), np.int64), np.zeros(len(groups), np.int64)]
    for half, part in zip(halves, (whole >> 27, whole & ((1 << 27) - 1)), strict=True):
        np.add.at(half, back, part)
    for group, high, rest in zip(groups.tolist(), halves[0].tolist(), halves[1].tolist(), strict=True):
        pair, place = divmod(group, span)
        offer, number = divmod(pair, len(rows.numbers) + 1)
        power_of_two = Fraction(2) ** (place + int(low))
        yield (rows.offer_ids.names[offer], int(rows.numbers[number])), ((high << 27) + rest) * power_of_two
