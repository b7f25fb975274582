"""What tills send and get, as JSON. Money in cents; a grant is named ``PLAN/GRANT``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from regulars.flows import TillBasket, TillIdentity, TillOffer, TillQuote
from regulars.kernel import StoreId
from regulars.offers import BasketLine
from regulars.redeem import (
    CENTS_MAX,
    ArmAnswer,
    Armed,
    ArmLine,
    FactAnswer,
    GrantKey,
    LaneTransaction,
    Logged,
    Refused,
    Reversal,
    ReversalKind,
    RightMoved,
    Share,
    Told,
    Undone,
)

from ._auth import transaction_of
from ._problems import ProblemError

Place = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^/\x00-\x1f\x7f]+$")]
_Text = Annotated[str, Field(max_length=200)]
Cents = Annotated[int, Field(ge=0, le=CENTS_MAX)]
GrantName = Annotated[str, Field(min_length=3, max_length=200, examples=["2017-11-27-3f9c/000017-03"])]


class Body(BaseModel):
    """What a call takes: nothing that is not named, and every number as a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TransactionBody(Body):
    """The lane's own number of a transaction: the key of every call about it."""

    store_id: Place
    lane_id: Place
    business_on: date
    sequence: Annotated[int, Field(ge=0, lt=2**53)]

    def record(self) -> LaneTransaction:
        """As the ledger takes it."""
        return transaction_of(self.store_id, self.lane_id, self.business_on, self.sequence)


class LineBody(Body):
    """One line of the basket; `amount_cents` is what it costs after the store's own promotions."""

    number: Annotated[int, Field(ge=0, lt=10_000)]
    code: Annotated[str, Field(min_length=1, max_length=120)]
    quantity: Annotated[int, Field(ge=1, le=999)] = 1
    amount_cents: Annotated[int, Field(ge=0, lt=10**8)]


class QuoteBody(Body):
    """A basket, and how the shopper is known: one of the three."""

    transaction: TransactionBody
    list_code: _Text = ""
    phone_secret: _Text = ""
    card_id: _Text = ""
    lines: Annotated[tuple[LineBody, ...], Field(max_length=500)]

    def basket(self, *, revision: int = 0, take_over: bool = False) -> TillBasket:
        """As the desk takes it.

        Raises:
            ProblemError: Not exactly one way to know the shopper, or two lines with one number.
        """
        given = [text for text in (self.list_code, self.phone_secret, self.card_id) if text]
        if len(given) != 1:
            raise ProblemError(422, "expected exactly one of list_code, phone_secret and card_id", "identity")
        if len({line.number for line in self.lines}) != len(self.lines):
            raise ProblemError(422, "two lines have the same number", "lines")
        return TillBasket(
            self.transaction.record(),
            revision,
            TillIdentity(self.list_code, self.phone_secret, self.card_id),
            tuple(BasketLine(one.number, one.code, one.quantity, one.amount_cents) for one in self.lines),
            take_over,
        )


class HoldBody(QuoteBody):
    """A basket whose offers are to be held for it; `revision` counts its states."""

    revision: Annotated[int, Field(ge=0, lt=100_000)] = 0
    take_over: bool = False


class ArmLineBody(Body):
    """One held offer to be given."""

    grant: GrantName
    epoch: Annotated[int, Field(ge=0, lt=2**31)]
    discount_cents: Cents


class ArmBody(Body):
    """Held offers to be given, before tender."""

    transaction: TransactionBody
    lines: Annotated[tuple[ArmLineBody, ...], Field(min_length=1, max_length=100)]

    def arm_lines(self) -> tuple[ArmLine, ...]:
        """As the ledger takes them."""
        return tuple(ArmLine(GrantKey.of_name(one.grant), one.epoch, one.discount_cents) for one in self.lines)


class ReleaseBody(Body):
    """A basket that gives back what it holds."""

    transaction: TransactionBody


class ShareBody(Body):
    """What one offer gave."""

    grant: GrantName
    discount_cents: Cents

    def record(self) -> Share:
        """As the ledger takes it."""
        return Share(GrantKey.of_name(self.grant), self.discount_cents)


class ToldBody(Body):
    """From a lane's journal: an offer was given."""

    kind: Literal["told"]
    transaction: TransactionBody
    share: ShareBody

    def record(self) -> Told:
        """As the ledger takes it."""
        return Told(self.transaction.record(), self.share.record())


class LoggedBody(Body):
    """From the day's log: a transaction with all the offers it gave."""

    kind: Literal["logged"]
    transaction: TransactionBody
    shares: Annotated[tuple[ShareBody, ...], Field(max_length=100)]

    def record(self) -> Logged:
        """As the ledger takes it.

        Raises:
            ProblemError: A grant stands there twice.
        """
        shares = tuple(one.record() for one in self.shares)
        if len({share.grant for share in shares}) != len(shares):
            raise ProblemError(422, "a logged transaction names a grant twice", "shares")
        return Logged(self.transaction.record(), shares)


class ReversalBody(Body):
    """A void or a return of an offer given earlier."""

    kind: Literal["void", "return"]
    transaction: TransactionBody
    original: TransactionBody
    grant: GrantName
    amount_cents: Cents

    def record(self) -> Reversal:
        """As the ledger takes it."""
        return Reversal(
            self.transaction.record(),
            self.original.record(),
            GrantKey.of_name(self.grant),
            self.amount_cents,
            ReversalKind(self.kind),
        )


FactBody = Annotated[ToldBody | LoggedBody | ReversalBody, Field(discriminator="kind")]


class FactsBody(Body):
    """What happened, in any order, as often as you like: facts are recorded once and classified, never refused."""

    facts: Annotated[tuple[FactBody, ...], Field(min_length=1, max_length=1_000)]


class DayClosedBody(Body):
    """A store's day whose log is complete."""

    store_id: Place
    business_on: date


class RightBody(Body):
    """A right that a store's controller gives back; `term` as the pack had it, `told` how often it gave the grant."""

    grant: GrantName
    term: Annotated[int, Field(ge=0, lt=2**31)]
    told: Annotated[int, Field(ge=0, lt=1_000)]


class RightsBody(Body):
    """Rights that a store's controller gives back."""

    store_id: Place
    rights: Annotated[tuple[RightBody, ...], Field(min_length=1, max_length=1_000)]

    def records(self) -> list[RightMoved]:
        """As the ledger takes them."""
        store = StoreId(self.store_id)
        return [RightMoved(GrantKey.of_name(one.grant), store, None, one.term, one.told) for one in self.rights]


class OfferAnswer(BaseModel):
    """One offer of the shopper on this basket; `reason` is empty when it applies."""

    grant: str
    offer_id: str
    name: str
    saving_cents: int
    lines: dict[int, int] = Field(description="The saving by line number.")
    reason: str
    sentence: str
    epoch: int | None
    lapses_at: datetime | None


class QuoteAnswer(BaseModel):
    """The shopper's offers, in the order of the list; `found` is false for any code that opens no list."""

    found: bool
    saving_cents: int
    offers: list[OfferAnswer]
    sentence: str = Field(
        description="For the cashier, when nothing was found; one and the same for whatever was asked."
    )


class ArmLineAnswer(BaseModel):
    """Whether one offer may be given; `reason` is empty when it may."""

    grant: str
    armed: bool
    discount_cents: int
    reason: str
    sentence: str


class ArmBodyAnswer(BaseModel):
    """One answer a line, in the order asked."""

    lines: list[ArmLineAnswer]


class FactClassAnswer(BaseModel):
    """What a fact turned out to be, grant by grant."""

    outcomes: dict[str, str]
    absent: list[str] = Field(description="Armed or told of before, and not in this log.")


class FactsAnswer(BaseModel):
    """One answer a fact, in the order told."""

    facts: list[FactClassAnswer]


class ChangedAnswer(BaseModel):
    """Grants that changed."""

    grants: list[str]


_NO_LIST = "This opens no list that holds today. Scan it again or check what was typed."


def quote_answer(quote: TillQuote) -> QuoteAnswer:
    """A quote as JSON."""
    offers = [_offer_answer(offer) for offer in quote.offers]
    found = quote.found is not None
    sentence = "" if found else _NO_LIST
    return QuoteAnswer(found=found, saving_cents=quote.saving_cents, offers=offers, sentence=sentence)


def _offer_answer(offer: TillOffer) -> OfferAnswer:
    return OfferAnswer(
        grant=offer.grant.name,
        offer_id=offer.offer_id,
        name=offer.name,
        saving_cents=offer.saving_cents,
        lines=dict(offer.lines or {}),
        reason=offer.reason,
        sentence=offer.sentence,
        epoch=offer.epoch,
        lapses_at=offer.lapses_at,
    )


def arm_answer(answer: ArmAnswer) -> ArmBodyAnswer:
    """What was armed, as JSON."""
    return ArmBodyAnswer(lines=[_arm_line(one) for one in answer.outcomes])


def _arm_line(one: Armed | Refused) -> ArmLineAnswer:
    if isinstance(one, Armed):
        return ArmLineAnswer(
            grant=one.grant.name, armed=True, discount_cents=one.discount_cents, reason="", sentence=""
        )
    return ArmLineAnswer(
        grant=one.grant.name, armed=False, discount_cents=0, reason=one.reason, sentence=one.detail
    )


def fact_answer(answer: object) -> FactClassAnswer:
    """What a fact turned out to be, as JSON."""
    if isinstance(answer, Undone):
        return FactClassAnswer(outcomes={answer.grant.name: answer.outcome}, absent=[])
    assert isinstance(answer, FactAnswer), f"a fact is classified, not {answer}"
    outcomes = {one.grant.name: one.outcome.value for one in answer.outcomes}
    return FactClassAnswer(outcomes=outcomes, absent=[key.name for key in answer.absent])


def store_of(name: str) -> StoreId:
    """A store's id from a body."""
    return StoreId(name)
