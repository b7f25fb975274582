"""Lists by e-mail: handed over at most once per household and cycle, whatever happens in between.

Before a message goes to the mail server the book says so, durably; afterwards it says what became of it. A process
that dies in between leaves one message of which nobody knows whether it arrived. It is listed, and sent again only
when somebody asks for it.
"""

from __future__ import annotations

import csv
import re
import time
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import idna

from regulars.contracts import Finding, ListDocument
from regulars.kernel import Clock, StoreError

from ._ports import ProgressStep

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
"""What may stand before the @ without quotes (RFC 5322, dot-atom)."""
_NOT_TAKEN_IN_A_ROW_MAX = 20


class MailState(StrEnum):
    """What became of a message: being handed over (or unknown, if nobody is at it), taken, refused, not taken yet."""

    STARTED = "started"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DEFERRED = "deferred"


_NOT_TAKEN = {MailState.DEFERRED, MailState.REFUSED}


class SuppressionReason(StrEnum):
    """Why an address is never written to again."""

    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ASKED = "asked"


@dataclass(frozen=True)
class Contact:
    """A household's address, with its agreement; `token` unsubscribes."""

    household_id: str
    address: str
    token: str
    agreed_on: str


@dataclass(frozen=True)
class Suppression:
    """An address that is never written to."""

    address: str
    reason: SuppressionReason
    at: datetime


@dataclass(frozen=True)
class SentMessage:
    """One message of one cycle in the book."""

    cycle_number: int
    household_id: str
    plan_id: str
    identifier: str
    at: datetime
    state: MailState = MailState.STARTED
    detail: str = ""
    tries: int = 1


@dataclass(frozen=True)
class Delivery:
    """What the mail server's answer proves; `STARTED` means that it proves nothing."""

    state: MailState
    detail: str
    address_is_dead: bool = False


@dataclass(frozen=True)
class ReturnedMail:
    """A message that came back: by its id, address or token, and what follows; no reason if it was temporary."""

    identifier: str
    address: str
    token: str
    reason: SuppressionReason | None
    status: str = ""


class MailBook(Protocol):
    """Who may be written to and what became of every message; every call is durable when it returns."""

    def add_contacts(self, contacts: Iterable[Contact]) -> int:
        """Add or change contacts; returns how many changed. A household keeps its first token."""
        ...

    def contact(self, household_id: str) -> Contact | None:
        """A household's contact."""
        ...

    def contact_of_token(self, token: str) -> Contact | None:
        """Whose token it is."""
        ...

    def contact_of_message(self, identifier: str) -> Contact | None:
        """Whom a message went to."""
        ...

    def forget(self, household_id: str) -> bool:
        """Erase a household's address; where it is not written to, a digest of it stays."""
        ...

    def decline(self, household_id: str, at: datetime) -> bool:
        """Never write to a household again before it agrees anew, whatever its address; True if that is new."""
        ...

    def has_declined(self, contact: Contact) -> bool:
        """Whether a household wished no more mail on or after the day it agreed."""
        ...

    def suppress(self, address: str, reason: SuppressionReason, at: datetime) -> bool:
        """Never write to an address again; True if that is new."""
        ...

    def is_suppressed(self, address: str) -> bool:
        """Whether an address is never written to."""
        ...

    def suppressions(self) -> list[Suppression]:
        """All of them, by address."""
        ...

    def message(self, cycle_number: int, household_id: str) -> SentMessage | None:
        """A household's message of a cycle."""
        ...

    def messages(self, cycle_number: int) -> list[SentMessage]:
        """All messages of a cycle, by household."""
        ...

    def start(self, message: SentMessage, *, again: bool = False) -> bool:
        """Note that a message is about to be handed over; False if the household has one already.

        Args:
            message: The message.
            again: Also if the one it has is of unknown fate.
        """
        ...

    def finish(self, message: SentMessage, state: MailState, detail: str) -> None:
        """Note what became of it."""
        ...


class MailWriter(Protocol):
    """Makes a household's message."""

    def identifier(self, document: ListDocument) -> str:
        """Its Message-ID; the same for the same list."""
        ...

    def message(self, document: ListDocument, contact: Contact, at: datetime) -> bytes:
        """The signed message."""
        ...


class MailCarrier(Protocol):
    """Hands messages to a mail server."""

    def deliver(self, address: str, message: bytes) -> Delivery:
        """Hand over one message.

        Raises:
            StoreError: The server cannot be reached; nothing was handed over.
        """
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


@dataclass
class MailReport:
    """What a run of sending came to.

    Args:
        lists: Lists that were looked at.
        accepted: Messages taken by the mail server in this run.
        before: Households that had their message of this cycle already.
        refused: Messages the server will not take.
        deferred: Messages the server did not take this time; run again.
        unknown: Households of whose message nobody knows whether it arrived; sent again only on request.
        suppressed: Households whose address is never written to.
        without_address: Households that gave none.
    """

    lists: int = 0
    accepted: int = 0
    before: int = 0
    refused: int = 0
    deferred: int = 0
    unknown: list[str] = field(default_factory=list)
    suppressed: int = 0
    without_address: int = 0


@dataclass(frozen=True)
class Pace:
    """How fast messages go.

    Args:
        per_minute: Most messages a minute; 0 for no limit.
        sleep: Waits so many seconds.
        now: Seconds that only grow.
    """

    per_minute: int = 0
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic

    def ticks(self) -> Iterator[None]:
        """One item whenever the next message may go."""
        due = self.now()
        while True:
            yield
            if self.per_minute:
                due = max(due + 60 / self.per_minute, self.now() - 60 / self.per_minute)
                if (wait := due - self.now()) > 0:
                    self.sleep(wait)


def send_lists(
    documents: Iterable[ListDocument],
    book: MailBook,
    writer: MailWriter,
    carrier: MailCarrier,
    *,
    clock: Clock,
    pace: Pace | None = None,
    repeat_unknown: bool = False,
    progress: ProgressStep | None = None,
) -> MailReport:
    """Send a plan's lists by e-mail.

    Args:
        documents: The lists.
        book: Who may be written to, and what was sent.
        writer: Makes the messages.
        carrier: Hands them over.
        clock: What time it is.
        pace: How fast.
        repeat_unknown: Send again what is of unknown fate.
        progress: Told of every list.

    Raises:
        StoreError: The mail server cannot be reached, or did not take twenty messages in a row; run again to go on.
    """
    report = MailReport()
    ticks = (pace or Pace()).ticks()
    in_a_row = 0
    try:
        for document in documents:
            report.lists += 1
            contact = _receiver(document, book, report)
            if contact is not None:
                state = _send(document, contact, book, writer, carrier, clock, ticks, report, again=repeat_unknown)
                if state is not None:
                    in_a_row = in_a_row + 1 if state in _NOT_TAKEN else 0
            if progress is not None:
                progress.advance()
            if in_a_row >= _NOT_TAKEN_IN_A_ROW_MAX:
                raise StoreError(
                    f"the mail server did not take {in_a_row} messages in a row",
                    hint="look at [mail] in regulars.toml; the back office shows its answers; run again to go on",
                    retryable=True,
                )
    finally:
        carrier.close()
    return report


def _receiver(document: ListDocument, book: MailBook, report: MailReport) -> Contact | None:
    contact = book.contact(document.household_id)
    if contact is None:
        report.without_address += 1
    elif book.is_suppressed(contact.address) or book.has_declined(contact):
        report.suppressed += 1
        return None
    return contact


def _send(
    document: ListDocument,
    contact: Contact,
    book: MailBook,
    writer: MailWriter,
    carrier: MailCarrier,
    clock: Clock,
    ticks: Iterator[None],
    report: MailReport,
    *,
    again: bool,
) -> MailState | None:
    """One household's message, if it has none yet; what became of it, or None if nothing was done."""
    at = clock.now_at()
    note = SentMessage(
        document.cycle_number, document.household_id, document.plan_id, writer.identifier(document), at
    )
    was = book.message(document.cycle_number, document.household_id)
    if was is not None and was.state is not MailState.DEFERRED and not (again and was.state is MailState.STARTED):
        if was.state is MailState.STARTED:
            report.unknown.append(document.household_id)
        else:
            report.before += 1
        return None
    message = writer.message(document, contact, at)
    next(ticks)
    if not book.start(note, again=again):
        return None
    try:
        delivery = carrier.deliver(contact.address, message)
    except StoreError:
        book.finish(note, MailState.DEFERRED, "the mail server could not be reached")
        raise
    if delivery.state is MailState.STARTED:
        report.unknown.append(document.household_id)
        return delivery.state
    book.finish(note, delivery.state, delivery.detail)
    report.accepted += delivery.state is MailState.ACCEPTED
    report.refused += delivery.state is MailState.REFUSED
    report.deferred += delivery.state is MailState.DEFERRED
    if delivery.address_is_dead:
        book.suppress(contact.address, SuppressionReason.BOUNCED, at)
    return delivery.state


def take_returned(returned: ReturnedMail, book: MailBook, at: datetime) -> Suppression | None:
    """Draw the consequence of a message that came back.

    Returns:
        The address that is not written to any more; None if nothing follows or nobody of ours is meant.
    """
    contact = (
        book.contact_of_token(returned.token) if returned.token else book.contact_of_message(returned.identifier)
    )
    if returned.reason is None or contact is None:
        return None
    book.suppress(contact.address, returned.reason, at)
    return Suppression(contact.address, returned.reason, at)


def read_contacts(
    path: Path,
    token_of: Callable[[str], str],
    strangers: Callable[[Iterable[str]], Set[str]],
    *,
    today: date,
) -> tuple[list[Contact], list[Finding]]:
    """Addresses from a CSV file with the columns household_id, email, agreed_on.

    Args:
        path: The file, UTF-8.
        token_of: Makes a household's token.
        strangers: Those of some households that nobody knows. They are told and kept: the next log may bring them.
        today: The last day on which somebody can have agreed.

    Returns:
        Contacts, the last row of a household; and what was refused or is doubtful, without the address.

    Raises:
        StoreError: It cannot be read, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            wanted = {"household_id", "email", "agreed_on"}
            if not wanted <= set(rows.fieldnames or ()):
                raise StoreError(f"{path} lacks a column; expected {', '.join(sorted(wanted))}")
            checked = [(rows.line_num, _contact(row, token_of, today)) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StoreError(f"{path} cannot be read: {error}", hint="expected CSV in UTF-8") from error
    unknown = strangers({one.household_id for _, one in checked if isinstance(one, Contact)})
    contacts: dict[str, Contact] = {}
    findings = []
    for line, one in checked:
        if isinstance(one, _Refused):
            findings.append(Finding(path.name, line, one.column, one.rule, f"{one.column} {one.why}"))
            continue
        if one.household_id in unknown:
            text = f"no receipt is household {one.household_id}'s so far; the address is kept"
            findings.append(Finding(path.name, line, "household_id", "contact-unknown", text, refused=False))
        if contacts.get(one.household_id, one).address != one.address:
            text = f"household {one.household_id} stood in an earlier row with another address; this one is kept"
            findings.append(Finding(path.name, line, "email", "contact-repeated", text, refused=False))
        contacts[one.household_id] = one
    return list(contacts.values()), findings


@dataclass(frozen=True)
class _Refused:
    """The column that keeps a row out, by which rule, and why, without what stands there."""

    column: str
    why: str
    rule: str = "contact-refused"


def _contact(row: dict[str, str], token_of: Callable[[str], str], today: date) -> Contact | _Refused:
    """A contact, or what is wrong with the row."""
    household_id, address, agreed_on = (
        str(row[name] or "").strip() for name in ("household_id", "email", "agreed_on")
    )
    if not household_id:
        return _Refused("household_id", "is empty")
    written = _in_ascii(address)
    if written is None:
        return _Refused("email", "is no address")
    try:
        day = date.fromisoformat(agreed_on)
    except ValueError:
        return _Refused("agreed_on", f"is no day; expected one written as {today}")
    if day > today:
        why = f"is {day}, which is still to come; expected {today} or a day before"
        return _Refused("agreed_on", why, "contact-agreed-later")
    return Contact(household_id, written, token_of(household_id), day.isoformat())


def _in_ascii(address: str) -> str | None:
    """An address with its domain as the name service knows it (RFC 5891), or None where it is none.

    Nothing is mapped but capital letters: a domain that an older reading takes for another one is not rewritten.

    Example:
        >>> _in_ascii("Anna@Bücher.example"), _in_ascii("anna@straße.example"), _in_ascii("anna@b..example")
        ('Anna@xn--bcher-kva.example', 'anna@xn--strae-oqa.example', None)
    """
    name, _, domain = address.rpartition("@")
    if _NAME.fullmatch(name) is None or "." not in domain.strip("."):
        return None
    try:
        return f"{name}@{idna.encode(domain.lower()).decode('ascii')}"
    except idna.IDNAError:
        return None


def unknown_of(messages: Iterable[SentMessage]) -> list[SentMessage]:
    """Messages of which nobody knows whether they arrived."""
    return [replace(one) for one in messages if one.state is MailState.STARTED]
