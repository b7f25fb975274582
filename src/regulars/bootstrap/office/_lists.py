"""The lists of a plan bound to an office: pages as pictures, the print run's files, how sending goes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from regulars.adapters import page_png
from regulars.adapters.mail import SqliteMailBook
from regulars.bootstrap._list_desk import PrintedPlan, approve_lists, lists_ready, plan_documents, printed_plan
from regulars.bootstrap._mailing import MAIL_FILE
from regulars.contracts import ListBatch, ListDocument
from regulars.flows import MANIFEST_FILE, SentMessage, plan_record, write_whole
from regulars.flows.views import ListsView, list_neighbours, lists_view
from regulars.kernel import HouseholdId, PlanId, StoreError, digest_of

from ._office import Office

_DPI = 110
_QUALITY = 82


@dataclass(frozen=True)
class PrintFile:
    """One file of a print run."""

    name: str
    pages: int
    size_bytes: int


@dataclass(frozen=True)
class ListLeaf:
    """One list as a person leafs through them.

    Args:
        plan_id: Its plan.
        household_id: Whose.
        list_number: Its number.
        store_id: Home store.
        tier: By what the household spends.
        arm: Targeted or holdout.
        document: What it says; None for a list that is void.
        before_id: Whose list comes before; empty at the first.
        after_id: Whose comes after; empty at the last.
    """

    plan_id: str
    household_id: str
    list_number: int
    store_id: str
    tier: str
    arm: str
    document: ListDocument | None
    before_id: str
    after_id: str


@dataclass(frozen=True)
class SendingState:
    """How a cycle's mail stands.

    Args:
        states: Messages by state.
        suppressions: Addresses that are not written to, by reason.
        troubled: Messages that did not arrive or may not have, the newest first.
        addresses: Households with an address.
    """

    states: dict[str, int]
    suppressions: dict[str, int]
    troubled: tuple[SentMessage, ...]
    addresses: int

    @property
    def messages(self) -> int:
        """All of them."""
        return sum(self.states.values())


def lists_shown(
    office: Office, plan_id: str, stores: frozenset[str] | None, *, after: int = 0, chosen: Sequence[str] = ()
) -> ListsView:
    """Fifty lists of a plan; see `flows.views.lists_view`."""
    return lists_view(office.warehouse, office.ledger, plan_id, stores=stores, after=after, chosen=chosen)


def leaf_shown(office: Office, plan_id: str, household_id: str, stores: frozenset[str] | None) -> ListLeaf | None:
    """One list; None when it is unknown or may not be seen."""
    found = list_neighbours(office.warehouse, plan_id, household_id, stores)
    if found is None:
        return None
    row, before_id, after_id = found
    document = next(plan_documents(office.workspace, plan_id, household_id), None)
    return ListLeaf(
        plan_id,
        household_id,
        row["list_number"],
        row["store_id"],
        row["tier"],
        row["arm"],
        document,
        before_id,
        after_id,
    )


def list_picture(office: Office, plan_id: str, household_id: str, stores: frozenset[str] | None) -> bytes | None:
    """A list's page as a WebP picture, drawn once; None when it is unknown, void or may not be seen."""
    row = list_neighbours(office.warehouse, plan_id, household_id, stores)
    if row is None:
        return None
    workspace = office.workspace
    editions = office.ledger.editions_of(PlanId(plan_id), HouseholdId(household_id))
    made_from = digest_of(
        plan_id, household_id, len(editions), lists_ready(workspace, plan_id), workspace.printer.fingerprint, _DPI
    )
    path = workspace.root / "cache" / "office" / "pages" / f"{made_from}.webp"
    if path.exists():
        return path.read_bytes()
    document = next(plan_documents(workspace, plan_id, household_id), None)
    if document is None:
        return None
    picture = _drawn(office, document)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(picture, path)
    except OSError as error:
        raise StoreError(f"the picture {path} cannot be written: {error.strerror}") from error
    return picture


def _drawn(office: Office, document: ListDocument) -> bytes:
    with TemporaryDirectory() as folder:
        target = Path(folder) / "list.pdf"
        office.workspace.printer.render(ListBatch("list.pdf", (document,)), target)
        png = page_png(target, 1, dpi=_DPI)
    buffer = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(buffer, format="WEBP", quality=_QUALITY)
    return buffer.getvalue()


def lists_approved(office: Office, plan_id: str, *, actor: str) -> bool:
    """Say that a plan's lists may go out; see `bootstrap.approve_lists`."""
    return approve_lists(office.workspace, plan_id, actor=actor)


def print_run(office: Office, plan_id: str) -> PrintedPlan | None:
    """What was printed of a plan; None while nothing was, or another plan's lists lie there."""
    run = printed_plan(office.workspace, plan_record(office.warehouse, plan_id).as_of_on)
    return run if run is not None and run.plan_id == plan_id else None


def print_files(office: Office, plan_id: str) -> tuple[PrintFile, ...]:
    """The files of a plan's print run, from its manifest; none while nothing of it was printed."""
    if print_run(office, plan_id) is None:
        return ()
    folder = _print_folder(office, plan_id)
    pages: dict[str, int] = {}
    try:
        with (folder / MANIFEST_FILE).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                pages[row["file"]] = pages.get(row["file"], 0) + 1
    except FileNotFoundError:
        return ()
    found = ((name, folder / name) for name in sorted(pages))
    return tuple(PrintFile(name, pages[name], path.stat().st_size) for name, path in found if path.is_file())


def print_file(office: Office, plan_id: str, name: str) -> Path | None:
    """Where a file of a plan's print run lies; None when it is none of them."""
    return next(
        (_print_folder(office, plan_id) / one.name for one in print_files(office, plan_id) if one.name == name),
        None,
    )


def _print_folder(office: Office, plan_id: str) -> Path:
    return office.workspace.out_folder(plan_record(office.warehouse, plan_id).as_of_on) / "lists"


def sending_state(office: Office, plan_id: str) -> SendingState | None:
    """How the mail of a plan's cycle stands; None while there is no mail book."""
    if not (office.workspace.root / MAIL_FILE).exists():
        return None
    number = plan_record(office.warehouse, plan_id).cycle_number
    with _book(office) as book:
        return SendingState(
            book.state_counts(number),
            book.suppression_counts(),
            tuple(book.troubled(number, 50)),
            book.contact_count(),
        )


@contextmanager
def _book(office: Office) -> Iterator[SqliteMailBook]:
    book = SqliteMailBook(office.workspace.root / MAIL_FILE)
    try:
        yield book
    finally:
        book.close()
