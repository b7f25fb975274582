"""Facts of a plan become the frozen list document: every text a page shows, and nothing it would have to work out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from regulars.contracts import (
    DOCUMENT_VERSION,
    DealKind,
    Ladder,
    LayoutDepartment,
    ListDocument,
    ListIdea,
    ListLine,
    ListSection,
    ListSpecial,
    Reason,
    ReasonCode,
    SpecialKind,
)
from regulars.kernel import Period

from ._habits import habit_state
from ._language import LANGUAGES, Language
from ._meals import DueNeed, choose_meals
from ._recipes import RecipeBook
from ._rewards import Tip, choose_rewards
from ._words import Words

_NO_RECIPES = RecipeBook()

_STAPLE_PROBABILITY = 0.6
"""From this chance on, an item is on the list as a staple rather than for its date."""


@dataclass(frozen=True)
class ListHead:
    """What all lists of a plan have in common.

    Args:
        label: The mark of assumed figures, for the demonstration's note; empty otherwise.
        language: Every text.
        dinner_week: Whether dinners are laid over a week.
        tips: Those one is chosen of.
        closed_on: Days on which the stores are closed.
        live: Whether the register knows their codes.
    """

    plan_id: str
    cycle_number: int
    from_on: date
    last_on: date
    website: str
    proof: bool
    label: str = ""
    language: Language = LANGUAGES[0]
    dinner_week: bool = True
    tips: Sequence[Tip] = ()
    closed_on: Sequence[date] = ()
    live: bool = False


@dataclass(frozen=True)
class ListAddress:
    """Whose list it is, when it holds, what its codes say, and the privileges of the household's tier."""

    household_id: str
    name: str
    list_number: int
    list_code: str
    phone_secret: str
    period: Period
    privileges: Sequence[str] = ()


@dataclass(frozen=True)
class LineFacts:
    """One due need, in order of probability, with its favourite product."""

    need_id: str
    need_name: str
    product_id: str
    name: str
    size_text: str
    department_id: str
    category_id: str
    probability: float
    quantity: int
    price_cents: int | None
    every_days: int | None
    last_on: date | None


@dataclass(frozen=True)
class SpecialFacts:
    """One grant and the terms of its offer; `basket` names the goods of a spend-and-save offer."""

    offer_id: str
    level: int
    kind: SpecialKind
    reason: ReasonCode
    deal_kind: DealKind
    rung: Ladder
    product_id: str
    name: str
    basket: str
    size_text: str
    need_name: str
    price_cents: int
    face_cents: int
    every_days: int | None
    last_on: date | None


@dataclass(frozen=True)
class IdeaFacts:
    """A product of a need the household has never bought, and the need it goes with."""

    need_id: str
    need_name: str
    because_name: str
    product_id: str
    name: str
    price_cents: int | None


def build_document(
    head: ListHead,
    address: ListAddress,
    lines: Sequence[LineFacts],
    specials: Sequence[SpecialFacts],
    layout: Sequence[LayoutDepartment],
    book: RecipeBook = _NO_RECIPES,
    ideas: Sequence[IdeaFacts] = (),
) -> ListDocument:
    """One household's list.

    Args:
        head: What all lists of the plan have in common.
        address: Whose list it is.
        lines: Due needs, likeliest first.
        specials: Grants in the order of their slots.
        layout: Sections of the store in walking order.
        book: Recipes for the dinners.
        ideas: What it may like, likeliest first.

    Returns:
        The document; its saving is the sum of its tiles.
    """
    words = head.language.words
    lines = [replace(line, every_days=_due_rhythm(line, head)) for line in lines]
    starred = {special.product_id for special in specials if special.kind is SpecialKind.DUE}
    sections = _sections(lines, starred, layout, head)
    tiles = tuple(build_special(special, words, head.from_on) for special in specials)
    saving_cents = sum(tile.saving_cents for tile in tiles)
    due = [DueNeed(line.need_id, line.category_id, line.product_id in starred, line.name) for line in lines]
    dinners = choose_meals(due, book, head.cycle_number, head.language.meals, week=head.dinner_week)
    return ListDocument(
        version=DOCUMENT_VERSION,
        plan_id=head.plan_id,
        cycle_number=head.cycle_number,
        household_id=address.household_id,
        household_name=address.name or words.household.format(household=address.household_id),
        from_on=address.period.from_on,
        last_on=address.period.last_on,
        validity_text=words.validity(address.period.from_on, address.period.last_on),
        sections=sections,
        specials=tiles,
        saving_cents=saving_cents,
        saving_text=words.money(saving_cents),
        item_count=sum(len(section.lines) for section in sections),
        list_code=address.list_code,
        qr_payload=f"HTTPS://{head.website.upper()}/{address.phone_secret}",
        list_number=address.list_number,
        proof=head.proof,
        notes=_notes(head, address.period),
        meals=dinners.meals,
        week_text=dinners.week_text,
        rewards=choose_rewards(due, address.privileges, head.tips, head.cycle_number, words),
        ideas=tuple(_idea(idea, words) for idea in ideas),
        ideas_title=words.ideas_title if ideas else "",
        live=head.live,
    )


def _due_rhythm(line: LineFacts, head: ListHead) -> int | None:
    """The rhythm an item is due by; one that would bring it round after the list is over argues against the list."""
    every_days, last_on = line.every_days, line.last_on
    if every_days is None or last_on is None or last_on + timedelta(days=every_days) > head.last_on:
        return None
    return every_days


def _notes(head: ListHead, period: Period) -> tuple[str, ...]:
    words = head.language.words
    closed = [words.weekday(day) for day in head.closed_on if period.from_on <= day <= period.last_on]
    told = (words.closed.format(days=", ".join(closed)),) if closed else ()
    notes = (*told, words.legal, words.answer.format(website=head.website))
    return (*notes, words.synthetic.format(label=words.label(head.label))) if head.label else notes


def _sections(
    lines: Sequence[LineFacts], starred: set[str], layout: Sequence[LayoutDepartment], head: ListHead
) -> tuple[ListSection, ...]:
    """Lines by section in walking order; what the layout does not name comes last, under its own name."""
    by_place: dict[tuple[int, str, str], list[ListLine]] = {}
    for line in lines:
        by_place.setdefault(_place(line, layout), []).append(_line(line, head, special=line.product_id in starred))
    return tuple(
        ListSection(title, layout[at].place if at < len(layout) else "", tuple(by_place[at, title, by_id]))
        for at, title, by_id in sorted(by_place)
    )


def _place(line: LineFacts, layout: Sequence[LayoutDepartment]) -> tuple[int, str, str]:
    """Where a line stands: the section that names its category, else its department's own."""
    own = None
    for at, section in enumerate(layout):
        if section.department_id != line.department_id:
            continue
        if line.category_id in section.categories:
            return at, section.title, ""
        if not section.categories and own is None:
            own = (at, section.title, "")
    return own or (len(layout), line.department_id.capitalize(), line.department_id)


def _line(line: LineFacts, head: ListHead, *, special: bool) -> ListLine:
    words = head.language.words
    lapsed = bool(habit_state(line.every_days, line.last_on, head.from_on))
    staple = line.probability >= _STAPLE_PROBABILITY
    code = ReasonCode.DUE_STAPLE if staple else ReasonCode.DUE_BY_HABIT
    return ListLine(
        need_id=line.need_id,
        product_id=line.product_id,
        name=line.name,
        size_text=line.size_text,
        quantity=max(1, line.quantity),
        price_cents=line.price_cents,
        price_text=words.shelf_price(line.price_cents),
        special=special,
        probability=line.probability,
        reason=Reason(code, words.why(code, line.need_name, line.every_days, line.last_on, lapsed=lapsed)),
    )


def _idea(idea: IdeaFacts, words: Words) -> ListIdea:
    reason = Reason(ReasonCode.ALSO_BOUGHT, words.bought_too(idea.because_name, idea.need_name))
    price_text = words.shelf_price(idea.price_cents)
    return ListIdea(idea.need_id, idea.product_id, idea.name, idea.price_cents, price_text, reason)


def build_special(special: SpecialFacts, words: Words, from_on: date) -> ListSpecial:
    """One special as every medium says it.

    Args:
        special: The grant and the terms of its offer.
        words: The language.
        from_on: First day of the list.
    """
    lapsed = bool(habit_state(special.every_days, special.last_on, from_on))
    headline, note = words.headline(special.deal_kind, special.rung)
    on_basket = special.deal_kind is DealKind.THRESHOLD
    return ListSpecial(
        offer_id=special.offer_id,
        level=special.level,
        kind=special.kind,
        headline=headline,
        headline_note=note,
        name=special.basket if on_basket else special.name,
        detail="" if on_basket else words.size_and_price(special.size_text, special.price_cents),
        saving_cents=special.face_cents,
        saving_text=words.saved(special.face_cents),
        conditions=words.conditions(special.deal_kind, special.rung),
        reason=Reason(
            special.reason,
            words.why(special.reason, special.need_name, special.every_days, special.last_on, lapsed=lapsed),
        ),
    )
