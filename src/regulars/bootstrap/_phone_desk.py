"""The household's page as it is served: opened by a secret, answered by forms, hidden if the household wants."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache

from regulars.adapters.pages import (
    PhoneLinks,
    PhoneState,
    calendar_entry,
    render_front,
    render_notice,
    render_phone,
)
from regulars.contracts import ListDocument
from regulars.flows import AnsweredItem, AnswerKind, HouseholdAnswer, plan_rows_of
from regulars.kernel import Clock, HouseholdId, PlanId, device_token, digest_of, form_token

from ._list_desk import list_of, lists_ready, privacy_page
from ._workspace import Workspace

PRIVACY_PATH = "/privacy"
_KEPT_DOCUMENTS = 500
_STANDING = {AnswerKind.NEVER, AnswerKind.NOT_NOW}


class PhoneOutcome(StrEnum):
    """What an address came to."""

    SHOWN = "shown"
    GONE = "gone"
    OVER = "over"
    HIDDEN = "hidden"
    REFUSED = "refused"


@dataclass(frozen=True)
class PhoneShown:
    """What is sent back.

    Args:
        outcome: What the address came to.
        content: A page, or a calendar entry; empty after an answer was taken.
        device: What the phone is to keep from now on; None to leave it as it is, empty to drop it.
    """

    outcome: PhoneOutcome
    content: str = ""
    device: str | None = None


@dataclass(frozen=True)
class _Opened:
    document: ListDocument
    products: Mapping[str, str]
    state: PhoneState


class PhoneDesk:
    """Shows lists to whoever knows their secret and takes answers; any unknown address gets one and the same answer.

    Args:
        workspace: Where plans and answers lie.
        clock: What time it is.
    """

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self._workspace, self._clock = workspace, clock
        self._read = lru_cache(_KEPT_DOCUMENTS)(self._read_list)

    def page(self, secret: str, device: str) -> PhoneShown:
        """The list as a page.

        Args:
            secret: Last part of its address.
            device: What the phone kept; empty for nothing.
        """
        opened = self._open(secret, device)
        if isinstance(opened, PhoneShown):
            return opened
        token = form_token(self._workspace.keys, secret)
        links = PhoneLinks(f"/{secret}/answers", f"/{secret}/list.ics", token, PRIVACY_PATH)
        page = render_phone(opened.document, self._workspace.page[0], links, opened.state)
        return PhoneShown(PhoneOutcome.SHOWN, page)

    def front(self) -> PhoneShown:
        """What stands where no list is asked for: how to open one."""
        return PhoneShown(PhoneOutcome.SHOWN, render_front(self._workspace.page[0], PRIVACY_PATH))

    def privacy(self) -> PhoneShown:
        """What becomes of a household's purchases, and whom to tell; every list names this page."""
        return PhoneShown(PhoneOutcome.SHOWN, privacy_page(self._workspace, answers=True))

    def nothing(self) -> PhoneShown:
        """What any address that opens nothing gets, whatever it looks like."""
        return self._notice(PhoneOutcome.GONE)

    def calendar(self, secret: str, device: str) -> PhoneShown:
        """The last day of the specials as a calendar entry."""
        opened = self._open(secret, device)
        if isinstance(opened, PhoneShown):
            return opened
        return PhoneShown(PhoneOutcome.SHOWN, calendar_entry(opened.document, self._workspace.page[0]))

    def answer(self, secret: str, device: str, fields: Mapping[str, Sequence[str]]) -> PhoneShown:
        """Take what a form of the page says.

        Args:
            secret: Last part of the page's address.
            device: What the phone kept; empty for nothing.
            fields: The form: ``token``, ``answer``, and ``need``, ``offer`` or ``tick``.
        """
        opened = self._open(secret, device)
        if isinstance(opened, PhoneShown):
            return opened
        keys, household = self._workspace.keys, HouseholdId(opened.document.household_id)
        token, said = (next(iter(fields.get(name, ())), "") for name in ("token", "answer"))
        if not hmac.compare_digest(token.encode(), form_token(keys, secret).encode()):
            return self._notice(PhoneOutcome.REFUSED)
        if said == "ticks":
            known = {line.need_id for section in opened.document.sections for line in section.lines}
            needs = known & set(fields.get("tick", ()))
            self._workspace.ledger.keep_ticks(PlanId(opened.document.plan_id), household, needs)
            return PhoneShown(PhoneOutcome.SHOWN)
        answer = _answer_of(said, fields, opened, self._clock.now_at())
        if answer is None:
            return self._notice(PhoneOutcome.REFUSED)
        self._workspace.ledger.add_answer(answer)
        kept = {AnswerKind.HIDE: device_token(keys, household), AnswerKind.SHOW: ""}.get(answer.answer)
        return PhoneShown(PhoneOutcome.SHOWN, device=kept)

    def _open(self, secret: str, device: str) -> _Opened | PhoneShown:
        ledger = self._workspace.ledger
        opened = ledger.open_list(digest_of(secret))
        if opened is None:
            return self.nothing()
        found = opened.found
        edition = (secret, lists_ready(self._workspace, found.plan_id), len(opened.grants))
        document, products = self._read(found.plan_id, found.household_id, edition)
        if document.last_on < self._today():
            return self._notice(PhoneOutcome.OVER)
        answers = ledger.answers_of(found.household_id)
        hidden = any(one.answer is AnswerKind.HIDE for one in answers)
        if hidden and not hmac.compare_digest(
            device.encode(), device_token(self._workspace.keys, found.household_id).encode()
        ):
            return self._notice(PhoneOutcome.HIDDEN)
        said = {(one.item_kind, one.item_id): one.answer.value for one in answers if one.answer in _STANDING}
        state = PhoneState(
            ledger.ticks_of(found.plan_id, found.household_id),
            {item: answer for (kind, item), answer in said.items() if kind is AnsweredItem.NEED},
            {
                offer: said[AnsweredItem.PRODUCT, product]
                for offer, product in products.items()
                if (AnsweredItem.PRODUCT, product) in said
            },
            hidden,
        )
        return _Opened(document, products, state)

    def _read_list(
        self, plan_id: PlanId, household_id: str, edition: tuple[str, bool, int]
    ) -> tuple[ListDocument, Mapping[str, str]]:
        """A list, and the product each of its specials shows.

        It is read once for an edition: the secret that opens it, whether it may go out, how many specials it has.
        Issued anew it has other bars, and the ones before are dead.
        """
        del edition
        grants = plan_rows_of(self._workspace.warehouse, plan_id, "plan_grants", household_id)
        return list_of(self._workspace, household_id, plan_id), {
            row["offer_id"]: row["product_id"] for row in grants
        }

    def _today(self) -> date:
        return self._clock.now_at().astimezone(self._workspace.zone).date()

    def _notice(self, outcome: PhoneOutcome) -> PhoneShown:
        settings = self._workspace.page[0]
        texts = settings.screen
        title, text = {
            PhoneOutcome.OVER: (texts.over, texts.over_note),
            PhoneOutcome.HIDDEN: (texts.hidden, texts.hidden_note),
        }.get(outcome, (texts.gone, texts.gone_note))
        return PhoneShown(outcome, render_notice(settings, title, text))


def household_answers(workspace: Workspace, household_id: str | None) -> list[HouseholdAnswer]:
    """What a household, or all of them, answered on the phone page and still stands."""
    if household_id is None:
        return workspace.ledger.standing_answers()
    return workspace.ledger.answers_of(HouseholdId(household_id))


def forget_answers(workspace: Workspace, household_id: str) -> int:
    """Erase what a household answered and ticked; a hidden list opens again. Returns how many answers."""
    return workspace.ledger.forget_household(HouseholdId(household_id))


def _answer_of(
    said: str, fields: Mapping[str, Sequence[str]], opened: _Opened, at: datetime
) -> HouseholdAnswer | None:
    """What a form says; None if it speaks of nothing that stands on the list."""
    if said not in set(AnswerKind):
        return None
    kind = AnswerKind(said)
    need, offer = (next(iter(fields.get(name, ())), "") for name in ("need", "offer"))
    if kind in {AnswerKind.HIDE, AnswerKind.SHOW}:
        about, item = AnsweredItem.LIST, ""
    elif need in opened.document.need_ids:
        about, item = AnsweredItem.NEED, need
    elif offer in opened.products:
        about, item = AnsweredItem.PRODUCT, opened.products[offer]
    else:
        return None
    document = opened.document
    household_id = HouseholdId(document.household_id)
    return HouseholdAnswer(household_id, kind, about, item, document.cycle_number, at)
