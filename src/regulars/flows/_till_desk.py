"""What a till asks: which offers apply to this basket, hold them, spend them, tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from regulars.contracts import DealKind, Ladder
from regulars.kernel import (
    Clock,
    ContractError,
    HouseholdId,
    OfferId,
    PlanId,
    ProductId,
    StoreId,
    code_as_scanned,
    digest_of,
)
from regulars.offers import BasketLine, Evaluation, TillTerms, evaluate_basket
from regulars.redeem import (
    CENTS_MAX,
    Grant,
    GrantKey,
    Held,
    HoldAnswer,
    HoldRequest,
    LaneTransaction,
    MadeGood,
    Refused,
    Share,
    refuse_hold,
)

from ._plan import read_plan
from ._ports import Warehouse
from ._till_ports import FoundList, OpenedList, TillLedger

PlanTerms = Mapping[tuple[str, int], TillTerms]
"""Terms by offer and level."""


@dataclass(frozen=True)
class TillIdentity:
    """How the shopper is known: the code on the list (scanned or typed), the phone's secret, or a card."""

    list_code: str = ""
    phone_secret: str = ""
    card_id: str = ""


@dataclass(frozen=True)
class TillBasket:
    """A basket as a till shows it.

    Args:
        transaction: The lane's own number of it.
        revision: Which state of the basket, from 0.
        identity: Whose offers.
        lines: What it holds.
        take_over: A supervisor takes over what another basket holds.
    """

    transaction: LaneTransaction
    revision: int
    identity: TillIdentity
    lines: tuple[BasketLine, ...]
    take_over: bool = False


@dataclass(frozen=True)
class TillOffer:
    """One offer of the shopper and what it means for the basket.

    Args:
        grant: Which grant.
        offer_id: Of which offer.
        name: What it is called.
        saving_cents: What it saves; 0 if it does not apply.
        alone_cents: What it would save alone.
        lines: The saving by line number.
        reason: Empty when it applies, else a code.
        sentence: Empty when it applies, else why not, for the cashier.
        epoch: Under which the hold was given; None when nothing is held.
        lapses_at: When the hold lapses.
    """

    grant: GrantKey
    offer_id: OfferId
    name: str
    saving_cents: int = 0
    alone_cents: int = 0
    lines: Mapping[int, int] | None = None
    reason: str = ""
    sentence: str = ""
    epoch: int | None = None
    lapses_at: datetime | None = None


@dataclass(frozen=True)
class TillQuote:
    """A basket's offers, in the order of the list, and what they save together; `grants` are those offers' grants."""

    found: FoundList | None
    offers: tuple[TillOffer, ...] = ()
    grants: tuple[Grant, ...] = ()

    @property
    def saving_cents(self) -> int:
        """What the shopper saves in all."""
        return sum(offer.saving_cents for offer in self.offers)


class TillDesk:
    """Quotes baskets and makes the messages for the ledger; reads, never writes.

    Args:
        ledger: Where grants lie.
        terms_of: The terms of a plan's offers; asked once a plan.
        household_of_card: The household of a card, None for an unknown one.
        clock: The centre's clock.
        zone: The stores' time zone: which day it is.
        basket_cap_cents: The most one basket may save; None for no cap.
        site: The store whose controller this is; None for the centre.
    """

    def __init__(
        self,
        ledger: TillLedger,
        terms_of: Callable[[PlanId], PlanTerms],
        household_of_card: Callable[[str], HouseholdId | None],
        *,
        clock: Clock,
        zone: ZoneInfo,
        basket_cap_cents: int | None = None,
        site: StoreId | None = None,
    ) -> None:
        self._ledger, self._terms_of, self._household_of_card = ledger, terms_of, household_of_card
        self._clock, self._zone, self._cap = clock, zone, basket_cap_cents
        self._site = site
        self._terms: dict[PlanId, PlanTerms] = {}

    def now(self) -> tuple[datetime, date]:
        """The instant, and the stores' business day by it."""
        at = self._clock.now_at()
        return at, at.astimezone(self._zone).date()

    @property
    def reads_at_once(self) -> bool:
        """Whether a quote never waits for another machine."""
        return self._ledger.reads_at_once

    def reading_together(self) -> AbstractContextManager[None]:
        """Within it, what this thread quotes is read on one connection."""
        return self._ledger.reading_together()

    def quote(self, basket: TillBasket) -> TillQuote:
        """What the shopper's offers would do on a basket now; nothing is held or spent."""
        at, today = self.now()
        return self._quote(basket, at, today)

    def missed(self, basket: TillBasket, asked: str) -> tuple[TillQuote, MadeGood]:
        """What a basket that could not ask would have saved on its day, and the message that credits it once."""
        credit = replace(basket, transaction=basket.transaction.made_good)
        at, now_on = self.now()
        quote = self._quote(credit, at, basket.transaction.business_on, now_on=now_on)
        shares = tuple(Share(offer.grant, offer.saving_cents) for offer in quote.offers if not offer.reason)
        return quote, MadeGood(credit.transaction, shares, asked)

    def _quote(self, basket: TillBasket, at: datetime, today: date, *, now_on: date | None = None) -> TillQuote:
        opened = self._find(basket.identity, today)
        if opened is None:
            return TillQuote(None)
        found, grants = opened.found, opened.grants
        if now_on is not None:
            grants = tuple(grant.as_on_its_days(now_on) for grant in grants)
        free: list[Grant] = []
        refused: dict[GrantKey, TillOffer] = {}
        for grant in grants:
            why = refuse_hold(
                grant, basket.transaction, now=at, today=today, site=self._site, take_over=basket.take_over
            )
            if why is None:
                free.append(grant)
            else:
                refused[grant.key] = self._told(grant, why)
        offers = {offer.grant: offer for offer in self._evaluated(basket, free)}
        told = tuple(offers.get(one.key) or refused[one.key] for one in grants)
        return TillQuote(found, told, tuple(grants))

    def hold_request(self, basket: TillBasket, quote: TillQuote, asked: str) -> HoldRequest:
        """The hold a quote asks for; `asked` is a digest of what the till sent, by which a repeat is known.

        What is held may later save more than in the quote, if other offers fall away: so the hold allows what each
        offer saves alone, and the basket's lines bound it at the end.
        """
        shares = tuple(
            Share(offer.grant, min(CENTS_MAX, offer.alone_cents)) for offer in quote.offers if not offer.reason
        )
        return HoldRequest(basket.transaction, basket.revision, shares, basket.take_over, asked)

    def held(self, basket: TillBasket, quote: TillQuote, answer: HoldAnswer) -> TillQuote:
        """The quote once the ledger has answered: savings of what is held, and why the rest is not."""
        holds = {one.grant: one for one in answer.outcomes if isinstance(one, Held)}
        if holds.keys() == {offer.grant for offer in quote.offers if not offer.reason}:
            return replace(quote, offers=tuple(_held(offer, holds.get(offer.grant)) for offer in quote.offers))
        refusals = {one.grant: one for one in answer.outcomes if isinstance(one, Refused)}
        grants = quote.grants
        evaluated = {
            offer.grant: offer for offer in self._evaluated(basket, [g for g in grants if g.key in holds])
        }
        before = {offer.grant: offer for offer in quote.offers}
        offers = []
        for grant in grants:
            if grant.key in holds:
                offers.append(_held(evaluated[grant.key], holds[grant.key]))
            elif grant.key in refusals:
                offers.append(self._told(grant, refusals[grant.key]))
            else:
                offers.append(before[grant.key])
        return TillQuote(quote.found, tuple(offers), grants)

    def _find(self, identity: TillIdentity, today: date) -> OpenedList | None:
        if identity.list_code:
            return self._ledger.open_list(digest_of(code_as_scanned(identity.list_code)))
        if identity.phone_secret:
            return self._ledger.open_list(digest_of(identity.phone_secret))
        household_id = self._household_of_card(identity.card_id)
        return None if household_id is None else self._ledger.open_household_list(household_id, today)

    def _plan_terms(self, plan_id: PlanId) -> PlanTerms:
        if plan_id not in self._terms:
            self._terms[plan_id] = self._terms_of(plan_id)
        return self._terms[plan_id]

    def _terms_of_grant(self, grant: Grant) -> TillTerms:
        return self._plan_terms(grant.key.plan_id)[grant.offer_id, grant.level]

    def _evaluate(self, basket: TillBasket, grants: Iterable[Grant]) -> Evaluation:
        return evaluate_basket(
            basket.lines,
            [self._terms_of_grant(grant) for grant in grants],
            store_id=basket.transaction.store_id,
            basket_cap_cents=self._cap,
        )

    def _evaluated(self, basket: TillBasket, grants: Sequence[Grant]) -> list[TillOffer]:
        found = self._evaluate(basket, grants)
        applied = {one.offer_id: one for one in found.applied}
        missed = {one.offer_id: one for one in found.not_applied}
        offers = []
        for grant in grants:
            name = self._terms_of_grant(grant).name
            one = applied.get(grant.offer_id)
            if one is not None:
                offers.append(
                    TillOffer(grant.key, grant.offer_id, name, one.saving_cents, one.alone_cents, one.lines)
                )
            else:
                why = missed[grant.offer_id]
                alone_cents = why.alone_cents
                offers.append(
                    TillOffer(grant.key, grant.offer_id, name, 0, alone_cents, None, why.reason, why.sentence)
                )
        return offers

    def _told(self, grant: Grant, refused: Refused) -> TillOffer:
        name = self._terms_of_grant(grant).name
        until = f" until {refused.lapses_at.astimezone(self._zone):%H:%M}" if refused.lapses_at else ""
        sentence = refused.detail[:1].upper() + refused.detail[1:] + until + "."
        return TillOffer(grant.key, grant.offer_id, name, reason=refused.reason, sentence=sentence)


def _held(offer: TillOffer, hold: Held | None) -> TillOffer:
    return offer if hold is None else replace(offer, epoch=hold.epoch, lapses_at=hold.lapses_at)


def till_terms(warehouse: Warehouse, plan_id: PlanId) -> PlanTerms:
    """What a till needs of a plan's offers, as they were frozen with the plan.

    Raises:
        ContractError: There is no such plan.
    """
    products: dict[str, set[ProductId]] = {}
    for row in read_plan(warehouse, plan_id, "plan_products").to_pylist():
        products.setdefault(row["offer_id"], set()).add(ProductId(row["product_id"]))
    stores: dict[str, set[StoreId]] = {}
    for row in read_plan(warehouse, plan_id, "plan_stores").to_pylist():
        stores.setdefault(row["offer_id"], set()).add(StoreId(row["store_id"]))
    return {
        (row["offer_id"], row["level"]): TillTerms(
            OfferId(row["offer_id"]),
            row["level"],
            row["name"],
            DealKind(row["kind"]),
            Ladder(
                row["amount_cents"],
                row["percent"],
                row["price_cents"],
                row["buy_quantity"],
                row["pay_quantity"],
                row["threshold_cents"],
            ),
            frozenset(products.get(row["offer_id"], ())),
            frozenset(stores.get(row["offer_id"], ())),
        )
        for row in read_plan(warehouse, plan_id, "plan_terms").to_pylist()
    }


def plan_offer_names(warehouse: Warehouse, plan_ids: Iterable[PlanId]) -> dict[tuple[str, str], str]:
    """The names of plans' offers, by plan and offer; plans whose tables are gone are left out."""
    names: dict[tuple[str, str], str] = {}
    for plan_id in plan_ids:
        with suppress(ContractError):
            for row in read_plan(warehouse, plan_id, "plan_terms").to_pylist():
                names[plan_id, row["offer_id"]] = row["name"]
    return names
