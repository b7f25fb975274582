"""Phone pages as files: where they lie, what a second run does, what is removed."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from regulars.contracts import ListDocument
from regulars.flows import PagesReport, phone_secret, write_phone_pages
from regulars.kernel import StoreError
from regulars.testing import sample_document

DOCUMENTS = [sample_document(seed, items=3, specials=2) for seed in range(4)]


@dataclass(frozen=True)
class PlainScreens:
    """Writes the list's number."""

    def phone_page(self, document: ListDocument) -> str:
        return f"list {document.list_number} of {document.household_name}"

    def calendar_entry(self, document: ListDocument) -> str:
        return str(document.last_on)

    def privacy_page(self) -> str:
        return "about purchases"


def test_each_list_lies_under_its_secret(tmp_path: Path) -> None:
    folder = tmp_path / "phone"
    assert write_phone_pages(DOCUMENTS, PlainScreens(), folder) == PagesReport(4, 4, 0)
    for document in DOCUMENTS:
        secret = document.qr_payload.removeprefix("HTTPS://GREENGATE.EXAMPLE/")
        assert phone_secret(document) == secret
        assert (folder / secret / "index.html").read_text().startswith(f"list {document.list_number} of")
        assert (folder / secret / "list.ics").read_text() == "2026-12-08"
    assert (folder / "privacy" / "index.html").read_text() == "about purchases"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_second_run_writes_what_changed_and_removes_what_is_gone(tmp_path: Path) -> None:
    write_phone_pages(DOCUMENTS, PlainScreens(), tmp_path)
    (tmp_path / "robots.txt").write_text("mine")
    assert write_phone_pages(DOCUMENTS, PlainScreens(), tmp_path) == PagesReport(4, 0, 0)
    changed = [replace(DOCUMENTS[0], household_name="New"), *DOCUMENTS[1:3]]
    assert write_phone_pages(changed, PlainScreens(), tmp_path) == PagesReport(3, 1, 1)
    assert not (tmp_path / phone_secret(DOCUMENTS[3])).exists()
    assert (tmp_path / "robots.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot write the phone pages"):
        write_phone_pages(DOCUMENTS, PlainScreens(), tmp_path / "file")
