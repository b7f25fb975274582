"""The print run: manifest, resume after a kill, stale files, workers."""

import csv
import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from processes import is_alive, wait_until
from regulars.contracts import Finding, ListBatch, ListDocument
from regulars.flows import MANIFEST_FILE, render_lists
from regulars.kernel import ContractError, StoreError
from regulars.testing import sample_document

DOCUMENTS = [sample_document(seed, items=4, specials=2) for seed in range(7)]


class Killed(BaseException):
    """Stands for the machine going away."""


@dataclass
class FakePrinter:
    """Writes the codes of a batch as its file; can die before or after a batch."""

    fingerprint: str = "1"
    pages_per_list: int = 1
    die: Callable[[str], bool] = field(default=lambda moment: False)
    rendered: list[str] = field(default_factory=list)

    def render(self, batch: ListBatch, target: Path) -> tuple[Finding, ...]:
        if self.die(f"before {batch.file}"):
            raise Killed
        text = "\n".join([self.fingerprint, *(document.list_code for document in batch.documents)])
        target.write_text(text)
        self.rendered.append(batch.file)
        if self.die(f"after {batch.file}"):
            raise Killed
        return (Finding(batch.file, 1, "line.name", "text-shortened", "cut"),)


@dataclass(frozen=True)
class PlainPrinter:
    """The same without memory, so that it can be sent to another process."""

    fingerprint: str = "1"
    pages_per_list: int = 1

    def render(self, batch: ListBatch, target: Path) -> tuple[Finding, ...]:
        return FakePrinter(self.fingerprint).render(batch, target)


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_the_manifest_says_which_page_is_whose(tmp_path: Path) -> None:
    report = render_lists(iter(DOCUMENTS), FakePrinter(), target_folder=tmp_path / "lists", batch_size=3)
    text = (tmp_path / "lists" / MANIFEST_FILE).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == ["file", "page", "household_id", "list_code", "qr_payload", "sha256"]
    expected = [(f"lists-000{n // 3 + 1}.pdf", str(n % 3 + 1)) for n in range(7)]
    assert [(row["file"], row["page"]) for row in rows] == expected
    for row, made, document in zip(rows, report.rows, DOCUMENTS, strict=True):
        assert (row["household_id"], row["list_code"]) == (document.household_id, document.list_code)
        assert row["qr_payload"] == document.qr_payload
        file = tmp_path / "lists" / row["file"]
        assert row["sha256"] == made.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (report.files_rendered, report.files_kept) == (3, 0)
    assert [finding.file for finding in report.findings] == ["lists-0001.pdf", "lists-0002.pdf", "lists-0003.pdf"]


def test_a_second_run_renders_nothing_and_says_the_same(tmp_path: Path) -> None:
    first = render_lists(DOCUMENTS, FakePrinter(), target_folder=tmp_path, batch_size=3)
    before = contents(tmp_path)
    printer = FakePrinter()
    second = render_lists(DOCUMENTS, printer, target_folder=tmp_path, batch_size=3)
    assert printer.rendered == []
    assert (second.rows, second.findings, second.files_kept) == (first.rows, first.findings, 3)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_run_that_is_killed_goes_on_to_the_same_bytes(tmp_path: Path, moment: str, number: int) -> None:
    render_lists(DOCUMENTS, FakePrinter(), target_folder=tmp_path / "whole", batch_size=3)
    place = f"{moment} lists-000{number}.pdf"
    with pytest.raises(Killed):
        render_lists(DOCUMENTS, FakePrinter(die=place.__eq__), target_folder=tmp_path / "killed", batch_size=3)
    assert not (tmp_path / "killed" / MANIFEST_FILE).exists()
    printer = FakePrinter()
    report = render_lists(DOCUMENTS, printer, target_folder=tmp_path / "killed", batch_size=3)
    assert printer.rendered == [f"lists-000{n}.pdf" for n in range(number, 4)]
    assert report.files_kept == number - 1
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_a_file_is_rendered_again_if_anything_it_rests_on_changed(tmp_path: Path) -> None:
    render_lists(DOCUMENTS, FakePrinter(), target_folder=tmp_path, batch_size=3)
    changed = [*DOCUMENTS[:4], replace(DOCUMENTS[4], household_name="Someone else"), *DOCUMENTS[5:]]
    for documents, fingerprint, expected in (
        (DOCUMENTS, "1", []),
        (changed, "1", ["lists-0002.pdf"]),
        (changed, "2", ["lists-0001.pdf", "lists-0002.pdf", "lists-0003.pdf"]),
    ):
        printer = FakePrinter(fingerprint)
        render_lists(documents, printer, target_folder=tmp_path, batch_size=3)
        assert printer.rendered == expected
    (tmp_path / "lists-0003.pdf").write_text("torn")
    (tmp_path / ".render" / "lists-0001.pdf.json").write_text("{")
    printer = FakePrinter("2")
    render_lists(changed, printer, target_folder=tmp_path, batch_size=3)
    assert printer.rendered == ["lists-0001.pdf", "lists-0003.pdf"]


def test_what_an_earlier_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    render_lists(DOCUMENTS, FakePrinter(), target_folder=tmp_path / "short", batch_size=4)
    render_lists(DOCUMENTS, FakePrinter(), target_folder=tmp_path / "long", batch_size=2)
    (tmp_path / "long" / ".lists-0001.pdf.77.part").write_text("half")
    (tmp_path / "long" / "note.txt").write_text("mine")
    render_lists(DOCUMENTS, FakePrinter(), target_folder=tmp_path / "long", batch_size=4)
    left = contents(tmp_path / "long")
    assert left.pop("note.txt") == b"mine"
    assert left == contents(tmp_path / "short")


def test_no_lists_are_an_empty_manifest(tmp_path: Path) -> None:
    report = render_lists([], FakePrinter(), target_folder=tmp_path)
    assert report.rows == ()
    assert (tmp_path / MANIFEST_FILE).read_text() == "file,page,household_id,list_code,qr_payload,sha256\n"


def test_workers_change_no_byte(tmp_path: Path) -> None:
    one = render_lists(DOCUMENTS, PlainPrinter(), target_folder=tmp_path / "one", batch_size=1)
    two = render_lists(iter(DOCUMENTS), PlainPrinter(), target_folder=tmp_path / "two", batch_size=1, workers=2)
    assert one == two
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_workers_end_with_the_process_that_asked_them_however_it_ends(tmp_path: Path) -> None:
    script = Path(__file__).parent / "endless_print.py"
    run = subprocess.Popen([sys.executable, str(script), str(tmp_path)])
    wait_until(lambda: len(list(tmp_path.glob("*.pid"))) == 2)
    workers = [int(file.read_text()) for file in sorted(tmp_path.glob("*.pid"))]
    assert all(map(is_alive, workers))
    run.kill()
    run.wait()
    wait_until(lambda: not any(map(is_alive, workers)))


def test_progress_is_told_of_every_page(tmp_path: Path) -> None:
    class Told:
        pages: list[int]

        def advance(self, amount: int = 1) -> None:
            self.pages.append(amount)

    told = Told()
    told.pages = []
    render_lists(DOCUMENTS, FakePrinter(), target_folder=tmp_path, batch_size=3, progress=told)
    assert told.pages == [3, 3, 1]


def test_two_lists_with_one_code_are_refused(tmp_path: Path) -> None:
    twice: list[ListDocument] = [DOCUMENTS[0], replace(DOCUMENTS[0], household_id="another")]
    with pytest.raises(ContractError, match="second list with the code"):
        render_lists(twice, FakePrinter(), target_folder=tmp_path)
    assert not (tmp_path / MANIFEST_FILE).exists()


def test_wrong_sizes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="at least 1"):
        render_lists(DOCUMENTS, FakePrinter(), target_folder=tmp_path, batch_size=0)


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="cannot write the lists"):
        render_lists(DOCUMENTS, FakePrinter(), target_folder=tmp_path / "file")
