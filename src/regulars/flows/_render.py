"""Documents become the print run: PDF files of fifty pages and the list manifest; resumable after any kill."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, fields, is_dataclass
from itertools import islice
from pathlib import Path

from regulars.contracts import Finding, ListBatch, ListDocument, ManifestRow
from regulars.kernel import ContractError, StoreError

from ._files import write_whole
from ._ports import Printer, ProgressStep

MANIFEST_FILE = "manifest.csv"
BATCH_SIZE = 50
_RECORDS = ".render"


@dataclass(frozen=True)
class RenderReport:
    """What a print run wrote.

    Args:
        rows: The list manifest, sorted by file and page.
        findings: What had to give way; `file` and `line` are file and page.
        files_rendered: Files written by this run.
        files_kept: Files of an earlier run that were still right.
    """

    rows: tuple[ManifestRow, ...]
    findings: tuple[Finding, ...]
    files_rendered: int
    files_kept: int


@dataclass(frozen=True)
class _Rendered:
    file: str
    sha256: str
    findings: tuple[Finding, ...]
    kept: bool


def render_lists(
    documents: Iterable[ListDocument],
    printer: Printer,
    *,
    target_folder: Path,
    batch_size: int = BATCH_SIZE,
    workers: int = 1,
    progress: ProgressStep | None = None,
) -> RenderReport:
    """Print lists into files `lists-0001.pdf`, ... and write `manifest.csv` last.

    A file that is there with the bytes recorded for the same documents and the same printer is kept: kill the run
    anywhere, run it again, and the folder holds the same bytes. Files of an earlier run that no longer belong are
    removed. Documents are taken in their order; the number of workers changes no byte.

    Args:
        documents: The lists in print order; taken as they are needed.
        printer: Makes the pages. With several workers it is sent to them, so it must be a plain value.
        target_folder: Made if it is not there; holds nothing but the print run.
        batch_size: Lists a file, >= 1.
        workers: Processes, >= 1; each has about 300 MB.
        progress: Told of every list.

    Raises:
        ContractError: Two lists carry the same code, or a page does not fit.
        StoreError: The disk failed; what was finished stays and is not done again.
    """
    if batch_size < 1 or workers < 1:
        raise ContractError(f"batch_size {batch_size} and workers {workers}, expected at least 1 each")
    try:
        (target_folder / _RECORDS).mkdir(parents=True, exist_ok=True)
        (target_folder / MANIFEST_FILE).unlink(missing_ok=True)
        rows, done = _render_all(_batches(documents, batch_size), printer, target_folder, workers, progress)
        _remove_stale(target_folder, {one.file for one in done})
        write_whole(_manifest_text(rows).encode(), target_folder / MANIFEST_FILE)
    except StoreError:
        raise
    except OSError as error:
        hint = "check free space and permissions; run again to go on"
        raise StoreError(f"cannot write the lists into {target_folder}: {error}", hint=hint) from error
    findings = tuple(finding for one in done for finding in one.findings)
    kept = sum(one.kept for one in done)
    return RenderReport(tuple(rows), findings, len(done) - kept, kept)


def _batches(documents: Iterable[ListDocument], batch_size: int) -> Iterator[ListBatch]:
    stream = iter(documents)
    number = 0
    while part := tuple(islice(stream, batch_size)):
        number += 1
        yield ListBatch(f"lists-{number:04d}.pdf", part)


def _render_all(
    batches: Iterator[ListBatch], printer: Printer, folder: Path, workers: int, progress: ProgressStep | None
) -> tuple[list[ManifestRow], list[_Rendered]]:
    rows: list[ManifestRow] = []
    done: list[_Rendered] = []
    codes: set[str] = set()
    for batch, one in _results(batches, printer, folder, workers):
        for place, document in enumerate(batch.documents):
            page = place * printer.pages_per_list + 1
            if document.list_code in codes:
                raise ContractError(f"{batch.file}, page {page}: a second list with the code {document.list_code}")
            codes.add(document.list_code)
            row = (batch.file, page, document.household_id, document.list_code, document.qr_payload, one.sha256)
            rows.append(ManifestRow(*row))
        done.append(one)
        if progress is not None:
            progress.advance(len(batch.documents))
    return sorted(rows, key=lambda row: (row.file, row.page)), done


def _results(
    batches: Iterator[ListBatch], printer: Printer, folder: Path, workers: int
) -> Iterator[tuple[ListBatch, _Rendered]]:
    """Batches and what came of them, in order; with several workers at most two batches a worker wait."""
    if workers == 1:
        for batch in batches:
            yield batch, _render_one(printer, batch, folder)
        return
    waiting: deque[tuple[ListBatch, Future[_Rendered]]] = deque()
    with ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent
    ) as pool:
        try:
            for batch in batches:
                waiting.append((batch, pool.submit(_render_one, printer, batch, folder)))
                if len(waiting) >= 2 * workers:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        except BrokenProcessPool as error:
            raise StoreError(
                "a process that sets pages ended before it was done",
                hint="memory ran out, or somebody stopped it; run the command again: pages already set are kept",
            ) from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _end_with_parent() -> None:
    """Let a worker end when the process that asked it is gone, however that ended."""
    parent = multiprocessing.parent_process()

    def wait_and_end() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait_and_end, daemon=True).start()


def _render_one(printer: Printer, batch: ListBatch, folder: Path) -> _Rendered:
    """Render a batch, or keep its file; the record is written after the file, so it never promises too much."""
    target, record = folder / batch.file, folder / _RECORDS / f"{batch.file}.json"
    asked = _digest_of_batch(printer, batch)
    kept = _kept(target, record, asked)
    if kept is not None:
        return kept
    findings = printer.render(batch, target)
    sha256 = hashlib.sha256(target.read_bytes()).hexdigest()
    content = {"asked": asked, "sha256": sha256, "findings": [asdict(finding) for finding in findings]}
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write_whole(text.encode(), record)
    return _Rendered(batch.file, sha256, findings, kept=False)


def _digest_of_batch(printer: Printer, batch: ListBatch) -> str:
    digest = hashlib.sha256(printer.fingerprint.encode())
    for document in batch.documents:
        text = json.dumps(document, ensure_ascii=False, sort_keys=True, default=_fields_of)
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _fields_of(value: object) -> object:
    """What a document's part is written as; `asdict` gives the same, and takes as long as printing does."""
    return vars(value) if is_dataclass(value) else str(value)


def _kept(target: Path, record: Path, asked: str) -> _Rendered | None:
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        sha256 = hashlib.sha256(target.read_bytes()).hexdigest()
        if content["asked"] != asked or content["sha256"] != sha256:
            return None
        findings = tuple(Finding(**finding) for finding in content["findings"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return _Rendered(target.name, sha256, findings, kept=True)


def _remove_stale(folder: Path, files: set[str]) -> None:
    """Take away what an earlier run or a kill left: files that are not in the run, their records, parts."""
    keep = files | {f"{file}.json" for file in files}
    for pattern in ("lists-*.pdf", ".*.part", f"{_RECORDS}/lists-*.json", f"{_RECORDS}/.*.part"):
        for path in folder.glob(pattern):
            if path.name not in keep:
                path.unlink(missing_ok=True)


def _manifest_text(rows: Iterable[ManifestRow]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(field.name for field in fields(ManifestRow))
    writer.writerows([getattr(row, field.name) for field in fields(ManifestRow)] for row in rows)
    return buffer.getvalue()
