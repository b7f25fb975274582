"""The frozen list document: all a medium prints, and nothing a medium would have to work out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ._reasons import ReasonCode

DOCUMENT_VERSION = 5


@dataclass(frozen=True)
class Reason:
    """Why: a code, and the sentence a shopper reads."""

    code: ReasonCode
    sentence: str


@dataclass(frozen=True)
class ListLine:
    """One due item: a need, with the household's favourite product as the suggestion.

    Args:
        need_id: The need.
        product_id: The suggested product.
        name: As printed, at most 60 characters.
        size_text: ``6 ct``, or empty.
        quantity: Usual quantity, >= 1.
        price_cents: Posted price of one, in cents; None when no price is known.
        price_text: The same, formatted; empty when unknown.
        special: True when one of the specials applies to it.
        probability: Chance that the household buys the need within the cycle, 0..1.
        reason: Why it is here.
    """

    need_id: str
    product_id: str
    name: str
    size_text: str
    quantity: int
    price_cents: int | None
    price_text: str
    special: bool
    probability: float
    reason: Reason


@dataclass(frozen=True)
class ListSection:
    """One department, in walking order."""

    title: str
    place: str
    lines: tuple[ListLine, ...]


class SpecialKind(StrEnum):
    """How a special is marked: already due, bought on two days or more in half a year, on one, or a suggestion."""

    DUE = "due"
    USUAL = "usual"
    BOUGHT = "bought"
    SUGGESTION = "suggestion"


@dataclass(frozen=True)
class ListSpecial:
    """One granted offer as a tile.

    Args:
        offer_id: The offer.
        level: The level it was given at.
        kind: How it is marked.
        headline: The call-out, ``25%`` or ``$1.00`` or ``½ off``.
        headline_note: Under it, ``off``, ``each``, ``second one``, ``for two``.
        name: What it is on, at most 60 characters.
        detail: ``6 ct · reg. $4.29``.
        saving_cents: What the shopper saves at the offer's own conditions, in cents.
        saving_text: ``You save $1.07``.
        conditions: In a shopper's words, ``when you buy two``; may be empty.
        reason: Why it was given.
    """

    offer_id: str
    level: int
    kind: SpecialKind
    headline: str
    headline_note: str
    name: str
    detail: str
    saving_cents: int
    saving_text: str
    conditions: str
    reason: Reason


@dataclass(frozen=True)
class ListMeal:
    """A dinner made of what is due.

    Args:
        recipe_id: The recipe.
        title: As printed.
        note: ``25 min · serves 4 · vegetarian``.
        uses_text: What of it stands on the list.
        also_text: What else it needs; may be empty.
        steps_title: Over the steps.
        steps: How it is made.
        rank: 1 for the dish that fits the list best; a medium with little room shows those of the lowest ranks.
        day_text: When in the week, ``Day 3``; empty where there is no week.
    """

    recipe_id: str
    title: str
    note: str
    uses_text: str
    also_text: str
    steps_title: str
    steps: tuple[str, ...]
    rank: int
    day_text: str = ""


class RewardKind(StrEnum):
    """What a list gives beside prices: a privilege of the household's tier, or something good to know."""

    PRIVILEGE = "privilege"
    TIP = "tip"


@dataclass(frozen=True)
class ListReward:
    """One thing that is no price, as printed: ``Good to know``, ``Bread goes stale ...``."""

    kind: RewardKind
    title: str
    text: str


@dataclass(frozen=True)
class ListIdea:
    """A product of a need the household has never bought, at its ordinary price.

    Args:
        need_id: The need.
        product_id: The product shown.
        name: As printed.
        price_cents: Posted price of one; None when no price is known.
        price_text: The same, formatted; empty when unknown.
        reason: Why it may be liked.
    """

    need_id: str
    product_id: str
    name: str
    price_cents: int | None
    price_text: str
    reason: Reason


@dataclass(frozen=True)
class ListDocument:
    """One household's list of one cycle, frozen: every medium renders it and none computes.

    Args:
        version: `DOCUMENT_VERSION` it was written with.
        plan_id: The plan its specials come from.
        cycle_number: Cycle, from 1.
        household_id: The source's id; never printed.
        household_name: As printed in the band.
        from_on: First day it holds.
        last_on: Last day it holds.
        validity_text: ``Specials good Mon Nov 27 – Sun Dec 10, 2017``.
        sections: Due items by department in walking order.
        specials: Granted offers, due ones first.
        saving_cents: Sum of the specials' savings, in cents.
        saving_text: ``$47.22``.
        item_count: How many due items the sections hold.
        list_code: 20 digits.
        qr_payload: Address on the phone; a secret of its own.
        list_number: Place in its cycle, from 1; printed for the service desk.
        proof: True until the plan is applied, and its lists are approved where the store wants that; printed as PROOF.
        notes: What must be said on every page: legal line, synthetic data.
        meals: Dinners made of what is due, in the order of the evenings where there is a week, else best first.
        week_text: What the week uses and how it is laid out; empty where there is no week.
        rewards: What it gives beside prices, privileges first.
        ideas: What households that buy alike buy too, likeliest first.
        ideas_title: Over the ideas.
        live: Whether the register knows its codes: the plan is applied. A proof says which of the two it is.
    """

    version: int
    plan_id: str
    cycle_number: int
    household_id: str
    household_name: str
    from_on: date
    last_on: date
    validity_text: str
    sections: tuple[ListSection, ...]
    specials: tuple[ListSpecial, ...]
    saving_cents: int
    saving_text: str
    item_count: int
    list_code: str
    qr_payload: str
    list_number: int
    proof: bool
    notes: tuple[str, ...]
    meals: tuple[ListMeal, ...] = ()
    week_text: str = ""
    rewards: tuple[ListReward, ...] = ()
    ideas: tuple[ListIdea, ...] = ()
    ideas_title: str = ""
    live: bool = False

    def __post_init__(self) -> None:
        assert self.saving_cents == sum(special.saving_cents for special in self.specials)
        assert self.item_count == sum(len(section.lines) for section in self.sections)

    @property
    def need_ids(self) -> frozenset[str]:
        """Needs that stand on it, due ones and ideas."""
        due = (line.need_id for section in self.sections for line in section.lines)
        return frozenset(due) | {idea.need_id for idea in self.ideas}


@dataclass(frozen=True)
class ManifestRow:
    """One page of the print run: where it lies and whose it is."""

    file: str
    page: int
    household_id: str
    list_code: str
    qr_payload: str
    sha256: str


@dataclass(frozen=True)
class ListBatch:
    """One file of the print run and the documents on its pages, in order; all are lists of one plan."""

    file: str
    documents: tuple[ListDocument, ...]

    @property
    def live(self) -> bool:
        """Whether the register knows their codes."""
        return all(document.live for document in self.documents)
