"""Documents become phone pages: plain files that any web server can serve; run again, nothing changes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from regulars.contracts import ListDocument
from regulars.kernel import StoreError

from ._files import write_whole
from ._ports import ProgressStep

_PRIVACY = "privacy"
_SECRET = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")


class Screens(Protocol):
    """Makes the two screens of a list."""

    def phone_page(self, document: ListDocument) -> str:
        """The phone page as HTML that loads nothing from anywhere."""
        ...

    def calendar_entry(self, document: ListDocument) -> str:
        """The last day of the specials as an iCalendar file."""
        ...

    def privacy_page(self) -> str:
        """The page about what becomes of a household's purchases, which every list names."""
        ...


@dataclass(frozen=True)
class PagesReport:
    """What a run of phone pages wrote.

    Args:
        pages: Pages that are there now.
        written: Those that are new or changed.
        removed: Those of lists that are no more.
    """

    pages: int
    written: int
    removed: int


def phone_secret(document: ListDocument) -> str:
    """The last part of the phone page's address: it opens the list, so it is as good as a key."""
    return document.qr_payload.rpartition("/")[2]


def write_phone_pages(
    documents: Iterable[ListDocument],
    screens: Screens,
    target_folder: Path,
    *,
    progress: ProgressStep | None = None,
) -> PagesReport:
    """Write each list to `SECRET/index.html` and `SECRET/list.ics`; pages of other lists are removed.

    Beside them `privacy/index.html` is what every list names.

    Args:
        documents: The lists.
        screens: Makes the pages.
        target_folder: Made if it is not there, readable by its owner alone; holds nothing but the pages.
        progress: Told of every page.

    Raises:
        StoreError: The disk failed; run again to go on.
    """
    written = 0
    kept: set[str] = set()
    try:
        target_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (target_folder / _PRIVACY).mkdir(exist_ok=True)
        _renewed(target_folder / _PRIVACY / "index.html", screens.privacy_page().encode())
        for document in documents:
            secret = phone_secret(document)
            kept.add(secret)
            folder = target_folder / secret
            folder.mkdir(exist_ok=True)
            files = {"index.html": screens.phone_page(document), "list.ics": screens.calendar_entry(document)}
            renewed = [_renewed(folder / name, text.encode()) for name, text in files.items()]
            written += any(renewed)
            if progress is not None:
                progress.advance()
        stale = [
            path for path in target_folder.iterdir() if _SECRET.fullmatch(path.name) and path.name not in kept
        ]
        for path in stale:
            shutil.rmtree(path)
    except OSError as error:
        hint = "check free space and permissions; run again to go on"
        raise StoreError(f"cannot write the phone pages into {target_folder}: {error}", hint=hint) from error
    return PagesReport(len(kept), written, len(stale))


def _renewed(path: Path, content: bytes) -> bool:
    if path.exists() and path.read_bytes() == content:
        return False
    write_whole(content, path)
    return True
