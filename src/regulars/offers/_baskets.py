"""What a household's offers save on one basket: which apply, on which lines, and why the others do not.

Pure: a basket and terms in, an evaluation out. Nothing is held or spent by looking.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import permutations

from regulars.contracts import DealKind, Ladder
from regulars.kernel import (
    ContractError,
    OfferId,
    ProductId,
    StoreId,
    dollars,
    read_scan,
    split_exactly,
)

from ._benefits import part_off

_PERMUTED_MAX = 5
_UNITS_MAX = 999
_SECOND_PERCENT = 50


class Stacking(StrEnum):
    """How an offer gets on with others on the same goods."""

    ALONE = "alone"
    """A unit it discounts is discounted by nothing else on the list."""
    ON_TOP = "on_top"
    """It also discounts what others leave of a unit's price, after them."""


class NotAppliedReason(StrEnum):
    """Why an offer saves nothing on a basket, in order of precedence."""

    OTHER_STORE = "other_store"
    NOTHING_COVERED = "nothing_covered"
    TOO_FEW = "too_few"
    BELOW_THRESHOLD = "below_threshold"
    PRICE_ALREADY_LOWER = "price_already_lower"
    OTHER_OFFER_SAVES_MORE = "other_offer_saves_more"
    BASKET_CAP = "basket_cap"


@dataclass(frozen=True)
class BasketLine:
    """One line of a basket.

    Args:
        number: The till's number of the line; unique in the basket.
        code: What was scanned or keyed: any GTIN, a weighed good's label, a GS1 element string, a PLU, the till's own.
        quantity: Units, 1..999; a weighed package is one.
        amount_cents: What the line costs after the store's own promotions, >= 0.
    """

    number: int
    code: str
    quantity: int
    amount_cents: int

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= _UNITS_MAX:
            raise ContractError(f"line {self.number} holds {self.quantity} units; expected 1 to {_UNITS_MAX}")
        if not 0 <= self.amount_cents < 10**9:
            raise ContractError(f"line {self.number} costs {self.amount_cents} cents; expected 0 or more")


@dataclass(frozen=True)
class TillTerms:
    """An offer at one level, as a till honours it.

    Args:
        offer_id: Which.
        level: At which discount level.
        name: As a marketer would say it.
        kind: How the shopper gains.
        rung: The level's numbers.
        product_ids: What it covers.
        store_ids: Where it holds; empty for every store.
        stacking: How it gets on with others.
    """

    offer_id: OfferId
    level: int
    name: str
    kind: DealKind
    rung: Ladder
    product_ids: frozenset[ProductId]
    store_ids: frozenset[StoreId] = frozenset()
    stacking: Stacking = Stacking.ALONE


@dataclass(frozen=True)
class Applied:
    """An offer that saves something.

    Args:
        offer_id: Which.
        saving_cents: What it saves on this basket, > 0.
        alone_cents: What it would save if it were the only offer.
        lines: Its saving by line number; adds up to `saving_cents`, so that a return takes back its own part.
    """

    offer_id: OfferId
    saving_cents: int
    alone_cents: int
    lines: Mapping[int, int]


@dataclass(frozen=True)
class NotApplied:
    """An offer that saves nothing here, and why, for a program and for a shopper."""

    offer_id: OfferId
    reason: NotAppliedReason
    sentence: str
    alone_cents: int = 0


@dataclass(frozen=True)
class Evaluation:
    """What offers save on a basket; every offer is in one of the two, in the order given."""

    applied: tuple[Applied, ...]
    not_applied: tuple[NotApplied, ...]

    @property
    def saving_cents(self) -> int:
        """What the shopper saves in all."""
        return sum(one.saving_cents for one in self.applied)


@dataclass
class _Unit:
    """One unit of a line: its price, what is left of it, and whether an offer has it for itself."""

    line: int
    price_cents: int
    left_cents: int
    taken: bool = False


@dataclass
class _Shelf:
    """The basket's units, by offer."""

    units: list[_Unit]
    covered: dict[OfferId, list[int]] = field(default_factory=dict)

    def free(self, terms: TillTerms) -> list[_Unit]:
        """Units an offer may still use, dearest first, then in the basket's order."""
        on_top = terms.stacking is Stacking.ON_TOP
        units = [self.units[place] for place in self.covered[terms.offer_id]]
        usable = [unit for unit in units if unit.left_cents > 0 and (on_top or not unit.taken)]
        return sorted(usable, key=lambda unit: (-unit.left_cents, unit.line))

    def copy(self) -> _Shelf:
        """The same, to try an order on."""
        units = [_Unit(unit.line, unit.price_cents, unit.left_cents, unit.taken) for unit in self.units]
        return _Shelf(units, self.covered)


def evaluate_basket(
    lines: Sequence[BasketLine],
    offers: Sequence[TillTerms],
    *,
    store_id: StoreId,
    basket_cap_cents: int | None = None,
) -> Evaluation:
    """What offers save on a basket, chosen so that the shopper saves most.

    Offers that want the same units are tried in every order (beyond five of them, the greatest saving first); offers
    that go on top come last. No unit is ever discounted below zero.

    Args:
        lines: The basket; prices after the store's own promotions, which are thereby respected.
        offers: The offers, each at most once.
        store_id: Where the basket is.
        basket_cap_cents: The most one basket may save; None for no cap. Offers that would break it are left out whole,
            the smallest first.

    Returns:
        What applies, and for every other offer why not.

    Raises:
        ContractError: Two lines or two offers have the same number.
    """
    if len({line.number for line in lines}) != len(lines):
        raise ContractError("two lines of the basket have the same number")
    if len({terms.offer_id for terms in offers}) != len(offers):
        raise ContractError("an offer is given twice")
    shelf = _Shelf(_units(lines))
    places = _places(shelf.units, lines)
    refused: dict[OfferId, NotApplied] = {}
    alone: dict[OfferId, int] = {}
    for terms in offers:
        shelf.covered[terms.offer_id] = _covered(places, terms)
        why = _refusal(shelf, terms, store_id)
        alone[terms.offer_id] = saving = 0 if why else sum(_saving(shelf.free(terms), terms).values())
        if why is None and not saving:
            lower = f"Today's price already beats {terms.name}."
            why = NotApplied(terms.offer_id, NotAppliedReason.PRICE_ALREADY_LOWER, lower)
        if why:
            refused[terms.offer_id] = why
    wanted = [terms for terms in offers if terms.offer_id not in refused]
    savings = _best(shelf, wanted, alone)
    applied, capped = _within_cap(savings, basket_cap_cents)
    return Evaluation(
        tuple(
            Applied(one.offer_id, sum(applied[one.offer_id].values()), alone[one.offer_id], applied[one.offer_id])
            for one in offers
            if one.offer_id in applied
        ),
        tuple(
            refused.get(one.offer_id) or _lost(one, alone[one.offer_id], capped=one.offer_id in capped)
            for one in offers
            if one.offer_id not in applied
        ),
    )


def covered_lines(lines: Sequence[BasketLine], terms: TillTerms) -> list[int]:
    """Numbers of the lines an offer covers, in the basket's order."""
    units = _units(lines)
    covered = {units[place].line for place in _covered(_places(units, lines), terms)}
    return [line.number for line in lines if line.number in covered]


def _units(lines: Sequence[BasketLine]) -> list[_Unit]:
    units: list[_Unit] = []
    for line in lines:
        alone = line.quantity == 1
        prices = [line.amount_cents] if alone else split_exactly(line.amount_cents, [1] * line.quantity)
        units += [_Unit(line.number, cents, cents) for cents in prices]
    return units


_NAMED_MAX = 3
"""How many products a refusal names."""


@lru_cache(maxsize=4_096)
def _known_as(product_ids: frozenset[ProductId]) -> frozenset[str]:
    """Every form in which an offer's products may be scanned, brought to one."""
    return product_ids | {read_scan(product_id).product_id for product_id in product_ids}


@lru_cache(maxsize=65_536)
def _product_of(code: str) -> str:
    """The product a scanned code names."""
    return read_scan(code).product_id


def _places(units: Sequence[_Unit], lines: Sequence[BasketLine]) -> dict[str, set[int]]:
    """Which units each code of the basket stands for, as scanned and as the product it names."""
    of_line: dict[int, list[int]] = {}
    for place, unit in enumerate(units):
        of_line.setdefault(unit.line, []).append(place)
    places: dict[str, set[int]] = {}
    for line in lines:
        for code in {line.code, _product_of(line.code)}:
            places.setdefault(code, set()).update(of_line[line.number])
    return places


@lru_cache(maxsize=4_096)
def _some_of(product_ids: frozenset[ProductId]) -> str:
    """What an offer covers, by codes, short enough for a lane's screen.

    Example:
        >>> _some_of(frozenset({ProductId("12"), ProductId("7"), ProductId("34"), ProductId("5"), ProductId("6")}))
        '12, 34, 5 and 2 more products'
    """
    named, more = sorted(product_ids)[:_NAMED_MAX], len(product_ids) - _NAMED_MAX
    rest = "" if more <= 0 else " and 1 more product" if more == 1 else f" and {more:,} more products"
    return ", ".join(named) + rest


def _covered(places: Mapping[str, set[int]], terms: TillTerms) -> list[int]:
    known = _known_as(terms.product_ids)
    return sorted({place for code in places.keys() & known for place in places[code]})


def _refusal(shelf: _Shelf, terms: TillTerms, store_id: StoreId) -> NotApplied | None:
    """Why an offer does not hold for a basket, whatever else it holds."""

    def refuse(reason: NotAppliedReason, sentence: str) -> NotApplied:
        return NotApplied(terms.offer_id, reason, sentence)

    if terms.store_ids and store_id not in terms.store_ids:
        return refuse(NotAppliedReason.OTHER_STORE, f"{terms.name} does not hold in this store.")
    units = [shelf.units[place] for place in shelf.covered[terms.offer_id]]
    if not units:
        goods = _some_of(terms.product_ids)
        return refuse(
            NotAppliedReason.NOTHING_COVERED, f"Nothing in the basket counts for {terms.name}: it takes {goods}."
        )
    needed = units_needed(terms)
    if len(units) < needed:
        return refuse(
            NotAppliedReason.TOO_FEW, f"{terms.name} needs {needed} units; the basket holds {len(units)}."
        )
    spent = sum(unit.price_cents for unit in units)
    if terms.kind is DealKind.THRESHOLD and spent < terms.rung.threshold_cents:
        missing = terms.rung.threshold_cents - spent
        return refuse(NotAppliedReason.BELOW_THRESHOLD, f"{terms.name} needs {dollars(missing)} more.")
    return None


def units_needed(terms: TillTerms) -> int:
    """How many units an offer needs to be used once."""
    if terms.kind is DealKind.SECOND_AT_HALF:
        return 2
    return terms.rung.buy_quantity if terms.kind in {DealKind.MULTIBUY, DealKind.MULTIBUY_PRICE} else 1


def _chosen(units: Sequence[_Unit], terms: TillTerms) -> list[_Unit]:
    """The units one use takes, of those that are free, dearest first; too few are none."""
    if terms.kind is not DealKind.THRESHOLD:
        needed = units_needed(terms)
        return list(units[:needed]) if len(units) >= needed else []
    taken: list[_Unit] = []
    for unit in units:
        taken.append(unit)
        if sum(one.left_cents for one in taken) >= terms.rung.threshold_cents:
            return taken
    return []


def _saving(units: Sequence[_Unit], terms: TillTerms) -> dict[int, int]:
    """What one use saves, by place among the chosen units; empty when it saves nothing."""
    chosen = _chosen(units, terms)
    if not chosen:
        return {}
    prices = [unit.left_cents for unit in chosen]
    whole, rung = sum(prices), terms.rung
    match terms.kind:
        case DealKind.AMOUNT_OFF | DealKind.THRESHOLD:
            saving = rung.amount_cents
        case DealKind.PERCENT_OFF:
            saving = part_off(whole, rung.percent)
        case DealKind.FIXED_PRICE | DealKind.MULTIBUY_PRICE:
            saving = whole - rung.price_cents
        case DealKind.SECOND_AT_HALF:
            saving = part_off(min(prices), rung.percent or _SECOND_PERCENT)
        case DealKind.MULTIBUY:
            saving = sum(sorted(prices)[: rung.buy_quantity - rung.pay_quantity])
    saving = min(max(saving, 0), whole)
    if saving == 0:
        return {}
    return {place: cents for place, cents in enumerate(split_exactly(saving, prices)) if cents}


def _take(shelf: _Shelf, terms: TillTerms) -> dict[int, int]:
    """Apply an offer to the shelf; what it saves by line."""
    free = shelf.free(terms)
    chosen, saving = _chosen(free, terms), _saving(free, terms)
    by_line: dict[int, int] = {}
    if not saving:
        return by_line
    for place, unit in enumerate(chosen):
        unit.left_cents -= saving.get(place, 0)
        unit.taken = True
        assert unit.left_cents >= 0, "a unit is discounted below zero"
        if place in saving:
            by_line[unit.line] = by_line.get(unit.line, 0) + saving[place]
    return by_line


def _best(
    shelf: _Shelf, offers: Sequence[TillTerms], alone: Mapping[OfferId, int]
) -> dict[OfferId, dict[int, int]]:
    """Savings by offer and line, group by group of offers that want the same units."""
    savings: dict[OfferId, dict[int, int]] = {}
    for group in _groups(shelf, offers):
        first = sorted(
            group, key=lambda terms: (terms.stacking is Stacking.ON_TOP, -alone[terms.offer_id], terms.offer_id)
        )
        orders: Iterable[Sequence[TillTerms]] = [first]
        if 1 < len(first) <= _PERMUTED_MAX:
            orders = (order for order in permutations(first) if _tops_last(order))
        best: dict[OfferId, dict[int, int]] = {}
        most = -1
        for order in orders:
            trial = shelf.copy() if len(group) > 1 else shelf  # no two groups want the same unit
            found = {terms.offer_id: _take(trial, terms) for terms in order}
            total = sum(sum(cents.values()) for cents in found.values())
            if total > most:
                best, most = found, total
        savings |= {offer_id: cents for offer_id, cents in best.items() if cents}
    return savings


def _tops_last(order: Sequence[TillTerms]) -> bool:
    tops = [terms.stacking is Stacking.ON_TOP for terms in order]
    return tops == sorted(tops)


def _groups(shelf: _Shelf, offers: Sequence[TillTerms]) -> list[list[TillTerms]]:
    """Offers that share units, directly or by way of others, together."""
    groups: list[tuple[set[int], list[TillTerms]]] = []
    for terms in offers:
        units, members = set(shelf.covered[terms.offer_id]), [terms]
        apart = []
        for other_units, other_members in groups:
            if units & other_units:
                units |= other_units
                members = [*other_members, *members]
            else:
                apart.append((other_units, other_members))
        groups = [*apart, (units, members)]
    return [members for _, members in groups]


def _within_cap(
    savings: Mapping[OfferId, dict[int, int]], cap_cents: int | None
) -> tuple[dict[OfferId, dict[int, int]], set[OfferId]]:
    if cap_cents is None:
        return dict(savings), set()
    kept: dict[OfferId, dict[int, int]] = {}
    total = 0
    for offer_id, lines in sorted(savings.items(), key=lambda one: (-sum(one[1].values()), one[0])):
        saving = sum(lines.values())
        if total + saving <= cap_cents:
            kept[offer_id] = lines
            total += saving
    return kept, set(savings) - set(kept)


def _lost(terms: TillTerms, alone_cents: int, *, capped: bool) -> NotApplied:
    if capped:
        reason, why = NotAppliedReason.BASKET_CAP, "would take this basket over the most one basket may save"
    else:
        reason, why = NotAppliedReason.OTHER_OFFER_SAVES_MORE, "counts for goods on which another offer saves more"
    return NotApplied(terms.offer_id, reason, f"{terms.name} {why}.", alone_cents)
