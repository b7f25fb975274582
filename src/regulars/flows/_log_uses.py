"""What a receipt in the logs says of offers: what was given, what remains of it after returns, what was missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from regulars.kernel import OfferId, divide_half_up, split_exactly
from regulars.offers import BasketLine, TillTerms, covered_lines, evaluate_basket
from regulars.redeem import Grant, ShownUse, Spend

from ._log_receipts import LogLine, LogReceipt
from ._till_desk import PlanTerms

_UNITS_MAX = 999
_MILLI = 1_000


def shown_uses(
    receipt: LogReceipt, uses: Sequence[tuple[Grant, Spend]], terms: PlanTerms, *, discounts_on_lines: bool
) -> list[ShownUse]:
    """What a receipt shows of offers that its lane armed or told of.

    An offer whose goods are on the receipt was given as it was armed; without them it was not given. What remains of
    it when goods came back is what the offers would save on the rest.

    Args:
        receipt: As logged.
        uses: The offers' grants, each with what was told of this transaction; one a offer.
        terms: Terms of the plan's offers.
        discounts_on_lines: Whether the log tells what each line was reduced by; no use counts for more then.
    """
    offers = [terms[grant.offer_id, grant.level] for grant, _ in uses]
    given = {grant.offer_id: _given(spend) for grant, spend in uses}
    if discounts_on_lines:
        given = _within_discounts(receipt, offers, given)
    amounts = _before_discounts(receipt, offers, given)
    whole = _saved(receipt, _sold(receipt, amounts), offers)
    rest = _saved(receipt, _kept(receipt, amounts), offers)
    found = []
    for grant, spend in uses:
        cents, full = given[grant.offer_id], whole.get(grant.offer_id, 0)
        if not cents or not full:
            told_by_log = spend.logged_cents is not None or spend.absent
            found.append(ShownUse(grant.key, absent=not told_by_log))
            continue
        left = min(cents, divide_half_up(cents * rest.get(grant.offer_id, 0), full))
        by_log = spend.logged_cents is not None
        found.append(ShownUse(grant.key, None if by_log else cents, returned_cents=cents - left))
    return found


def missed_uses(
    receipt: LogReceipt, grants: Sequence[Grant], terms: PlanTerms, basket_cap_cents: int | None
) -> list[ShownUse]:
    """What a receipt would have saved with offers nobody asked for, and what of that fell away with returns.

    Args:
        receipt: As logged; its prices are without the offers.
        grants: The household's grants that may still be used.
        terms: Terms of the plan's offers.
        basket_cap_cents: The most one basket may save.
    """
    by_offer = {grant.offer_id: grant.key for grant in grants}
    offers = [terms[grant.offer_id, grant.level] for grant in grants]
    amounts = {line.number: line.amount_cents for line in receipt.lines}
    whole = _saved(receipt, _sold(receipt, amounts), offers, basket_cap_cents)
    rest = _saved(receipt, _kept(receipt, amounts), [one for one in offers if one.offer_id in whole])
    return [
        ShownUse(by_offer[offer_id], cents, returned_cents=cents - min(cents, rest.get(offer_id, 0)))
        for offer_id, cents in whole.items()
    ]


def _given(spend: Spend) -> int:
    """What the lane gave by its own word, or by the log that was told."""
    told = (spend.logged_cents, spend.armed_cents, spend.told_cents)
    return next((cents for cents in told if cents is not None), 0)


def _within_discounts(
    receipt: LogReceipt, offers: Sequence[TillTerms], given: Mapping[OfferId, int]
) -> dict[OfferId, int]:
    left = {line.number: max(0, line.discount_cents) for line in receipt.lines}
    found = {}
    for one in offers:
        numbers, open_cents = _covered(receipt, one), given[one.offer_id]
        for number in numbers:
            taken = min(open_cents, left[number])
            left[number] -= taken
            open_cents -= taken
        found[one.offer_id] = given[one.offer_id] - open_cents
    return found


def _before_discounts(
    receipt: LogReceipt, offers: Sequence[TillTerms], given: Mapping[OfferId, int]
) -> dict[int, int]:
    """What each line cost without the list, by number: what was charged, and what the offers took off."""
    amounts = {line.number: line.amount_cents for line in receipt.lines}
    for one in offers:
        numbers = _covered(receipt, one)
        if numbers:
            parts = split_exactly(given[one.offer_id], [amounts[number] + 1 for number in numbers])
            for number, cents in zip(numbers, parts, strict=True):
                amounts[number] += cents
    return amounts


def _sold(receipt: LogReceipt, amounts: Mapping[int, int]) -> list[BasketLine]:
    return [_line(line, line.quantity_milli, amounts[line.number]) for line in receipt.lines]


def _kept(receipt: LogReceipt, amounts: Mapping[int, int]) -> list[BasketLine]:
    """What is left of the basket once goods came back."""
    found = []
    for line in receipt.lines:
        left = line.quantity_milli - line.returned_milli
        if left > 0:
            found.append(_line(line, left, divide_half_up(amounts[line.number] * left, line.quantity_milli)))
    return found


def _line(line: LogLine, milli: int, cents: int) -> BasketLine:
    units = min(_UNITS_MAX, milli // _MILLI) if milli % _MILLI == 0 else 1  # a weighed package is one
    return BasketLine(line.number, line.product_id, units, cents)


def _saved(
    receipt: LogReceipt,
    basket: Sequence[BasketLine],
    offers: Sequence[TillTerms],
    basket_cap_cents: int | None = None,
) -> dict[OfferId, int]:
    store_id = receipt.transaction.store_id
    found = evaluate_basket(basket, offers, store_id=store_id, basket_cap_cents=basket_cap_cents)
    return {one.offer_id: one.saving_cents for one in found.applied}


def _covered(receipt: LogReceipt, terms: TillTerms) -> list[int]:
    return covered_lines(_sold(receipt, {line.number: line.amount_cents for line in receipt.lines}), terms)
