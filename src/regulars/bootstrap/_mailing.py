"""The mail flows bound to a workspace."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

from regulars import flows
from regulars.adapters.mail import (
    DkimSigner,
    ListWriter,
    MailIdentity,
    SmtpCarrier,
    SqliteMailBook,
    load_dkim_key,
    read_returned,
)
from regulars.adapters.pages import render_text, render_unsubscribe
from regulars.contracts import Finding
from regulars.flows import (
    Contact,
    MailReport,
    MailState,
    Pace,
    Progress,
    SentMessage,
    SuppressionReason,
    whole_file,
    write_whole,
)
from regulars.flows.views import profile_days, strangers_among
from regulars.kernel import ConfigError, ContractError, StoreError, cycle_at, unsubscribe_token

from ._bound import is_applied
from ._list_desk import lists_ready, plan_documents
from ._workspace import Workspace

MAIL_FILE = "mail.db"
_NOBODYS_TOKEN = "0" * 26


@dataclass(frozen=True)
class ContactsLoaded:
    """What loading addresses came to."""

    contacts: int
    changed: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ReturnedTaken:
    """What reading returned mail came to: messages, those that mean something, addresses not written to any more."""

    messages: int
    understood: int
    suppressed: int


@dataclass(frozen=True)
class MailStatus:
    """How a cycle's mail stands."""

    cycle_number: int
    states: dict[str, int]
    unknown: tuple[SentMessage, ...]
    suppressions: dict[str, int]


def load_contacts(workspace: Workspace, path: Path) -> ContactsLoaded:
    """Load households' addresses; see `flows.read_contacts`. Today is the stores' day."""
    contacts, findings = flows.read_contacts(
        path,
        lambda household: unsubscribe_token(workspace.keys, household),
        lambda households: _strangers(workspace, households),
        today=workspace.clock.now_at().astimezone(workspace.zone).date(),
    )
    with _book(workspace) as book:
        changed = book.add_contacts(contacts)
    return ContactsLoaded(len(contacts), changed, tuple(findings))


def _strangers(workspace: Workspace, household_ids: Iterable[str]) -> set[str]:
    """Those of some households that the newest profiles do not know; none while there are no profiles."""
    days = profile_days(workspace.warehouse)
    return strangers_among(workspace.warehouse, household_ids, as_of_on=days[-1]) if days else set()


def send_lists(
    workspace: Workspace, plan_id: str, progress: Progress, *, repeat_unknown: bool = False
) -> MailReport:
    """Send an applied plan's lists; see `flows.send_lists`.

    Args:
        workspace: Where.
        plan_id: The plan.
        progress: Told of every list.
        repeat_unknown: Send again what may or may not have arrived.

    Raises:
        ContractError: The plan is not applied: what a message promises must hold at the till.
    """
    plan = flows.plan_record(workspace.warehouse, plan_id)
    _must_be_ready(workspace, plan_id)
    writer, carrier = _writer(workspace), _carrier(workspace)
    with _book(workspace) as book, progress.step("messages", plan.list_count) as step:
        return flows.send_lists(
            plan_documents(workspace, plan_id),
            book,
            writer,
            carrier,
            clock=workspace.clock,
            pace=Pace(workspace.settings.mail.per_minute),
            repeat_unknown=repeat_unknown,
            progress=step,
        )


def write_messages(
    workspace: Workspace, plan_id: str, *, first: int, household_id: str | None = None
) -> tuple[Path, int]:
    """Write the first messages of a plan to files and send none; to unsubscribe in one takes nobody off.

    Args:
        workspace: Where.
        plan_id: The plan.
        first: How many.
        household_id: That household's alone; None for the first of all.

    Returns:
        The folder, and how many files it got.

    Raises:
        ContractError: That household has no list in the plan.
        StoreError: The files cannot be written.
    """
    plan = flows.plan_record(workspace.warehouse, plan_id)
    writer = _writer(workspace)
    folder = workspace.out_folder(plan.as_of_on) / "mail"
    count = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for document in islice(plan_documents(workspace, plan_id, household_id), first):
            address = f"list-{document.list_number}@dry-run.invalid"
            contact = Contact(document.household_id, address, _NOBODYS_TOKEN, "")
            message = writer.message(document, contact, workspace.clock.now_at())
            target = folder / f"list-{document.list_number:06d}.eml"
            write_whole(message, target)
            target.chmod(0o600)
            count += 1
    except OSError as error:
        raise StoreError(f"cannot write the messages into {folder}: {error}") from error
    if household_id is not None and count == 0:
        raise ContractError(f"household {household_id} has no list in plan {plan_id}")
    return folder, count


def write_texts(workspace: Workspace, plan_id: str, target: Path) -> tuple[int, int]:
    """Write a plan's text messages, as columns household_id, text and parts, for a provider that has the numbers.

    Args:
        workspace: Where.
        plan_id: The plan.
        target: The CSV file; its links open lists, so it is readable by its owner alone.

    Returns:
        How many messages, and in how many parts they are sent.

    Raises:
        ContractError: The lists may not go out yet.
        StoreError: The file cannot be written.
    """
    _must_be_ready(workspace, plan_id)
    words, messages, parts = workspace.language.words, 0, 0
    try:
        with whole_file(target) as part, part.open("w", encoding="utf-8", newline="") as stream:
            part.chmod(0o600)
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("household_id", "text", "parts"))
            for document in plan_documents(workspace, plan_id):
                link = f"https://{workspace.settings.store.website}/{flows.phone_secret(document)}"
                message = render_text(document, workspace.page[0], words.day(document.last_on), link)
                writer.writerow((document.household_id, message.text, message.parts))
                messages, parts = messages + 1, parts + message.parts
    except OSError as error:
        raise StoreError(f"cannot write the messages to {target}: {error}") from error
    return messages, parts


def take_returned(workspace: Workspace, files: Sequence[Path]) -> ReturnedTaken:
    """Read messages that came back, from files or folders (a maildir's `new`); see `flows.take_returned`."""
    messages = understood = suppressed = 0
    with _book(workspace) as book:
        for path in _mail_files(files):
            try:
                content = path.read_bytes()
            except OSError as error:
                raise StoreError(f"{path} cannot be read: {error}") from error
            messages += 1
            returned = read_returned(content)
            if returned is not None:
                understood += 1
                suppressed += flows.take_returned(returned, book, workspace.clock.now_at()) is not None
    return ReturnedTaken(messages, understood, suppressed)


def _mail_files(files: Iterable[Path]) -> Iterator[Path]:
    for path in files:
        if path.is_dir():
            yield from sorted(one for one in path.iterdir() if one.is_file())
        else:
            yield path


def suppress_household(workspace: Workspace, household_id: str, *, forget: bool) -> bool:
    """Never write to a household again before it agrees anew; with `forget`, erase its address as well.

    Returns:
        Whether the household had an address.
    """
    with _book(workspace) as book:
        book.decline(household_id, workspace.clock.now_at())
        contact = book.contact(household_id)
        if contact is None:
            return False
        book.suppress(contact.address, SuppressionReason.ASKED, workspace.clock.now_at())
        if forget:
            book.forget(household_id)
    return True


def unsubscribe_token_holder(workspace: Workspace, token: str) -> bool:
    """Never write again to the household of a token; False if it is nobody's."""
    with _book(workspace) as book:
        contact = book.contact_of_token(token)
        if contact is None:
            return False
        book.suppress(contact.address, SuppressionReason.UNSUBSCRIBED, workspace.clock.now_at())
    return True


def unsubscribe_page(workspace: Workspace, *, done: bool) -> str:
    """The page behind the link that unsubscribes; see `adapters.pages`."""
    return render_unsubscribe(workspace.page[0], done=done)


def mail_status(workspace: Workspace, as_of_on: date | None = None) -> MailStatus:
    """How the mail of the cycle of a day stands; without one, of the cycle that was mailed last.

    Raises:
        ContractError: No day is given, nothing was mailed, and there are no lines to tell a cycle by.
    """
    with _book(workspace) as book:
        number = None if as_of_on else book.newest_cycle()
        if number is None:
            number = cycle_at(as_of_on or workspace.default_day(), workspace.settings.cycle.first_on).number
        messages = book.messages(number)
        reasons = [one.reason for one in book.suppressions()]
    states = {state.value: sum(one.state is state for one in messages) for state in MailState}
    return MailStatus(
        number,
        states,
        tuple(flows.unknown_of(messages)),
        {reason.value: reasons.count(reason) for reason in SuppressionReason},
    )


def _must_be_ready(workspace: Workspace, plan_id: str) -> None:
    """What a message promises must hold at the till, and be what the store wants to send."""
    if not is_applied(workspace, plan_id):
        raise ContractError(
            f"plan {plan_id} is not sent: it is not applied, and its specials would not hold at the register",
            hint=f"`regulars plan apply {plan_id}` first, or look at the messages with --dry-run",
        )
    if not lists_ready(workspace, plan_id):
        raise ContractError(
            f"plan {plan_id} is not sent: its lists are not approved yet",
            hint=f"look at `regulars lists proof {plan_id}`, then `regulars lists approve {plan_id}`",
        )


@contextmanager
def _book(workspace: Workspace) -> Iterator[SqliteMailBook]:
    book = SqliteMailBook(workspace.root / MAIL_FILE)
    try:
        yield book
    finally:
        book.close()


def _writer(workspace: Workspace) -> ListWriter:
    chosen = workspace.settings.mail
    if "@" not in chosen.from_address:
        raise ConfigError("[mail] from_address is missing; messages need a sender", hint="set it in regulars.toml")
    identity = MailIdentity(
        workspace.settings.store.name, chosen.from_address, chosen.unsubscribe_address or chosen.from_address
    )
    signer = None
    if chosen.dkim_key:
        signer = DkimSigner(identity.domain, chosen.dkim_selector, load_dkim_key(workspace.root / chosen.dkim_key))
    return ListWriter(workspace.page[0], identity, workspace.settings.store.website, signer)


def _carrier(workspace: Workspace) -> SmtpCarrier:
    chosen = workspace.settings.mail
    if not chosen.host:
        raise ConfigError("[mail] host is missing; no mail server is named", hint="set it in regulars.toml")
    return SmtpCarrier(
        chosen.host,
        chosen.port,
        chosen.starttls,
        chosen.bounce_address or chosen.from_address,
        chosen.user,
        chosen.password.get_secret_value(),
    )
