"""Data: what arrived from which store, what was refused, and files sent in to be loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fastapi import Request, Response

from regulars.bootstrap.office import (
    load_upload,
    look_again,
    read_data,
    read_findings,
    take_files,
    upload_job,
    upload_loads,
)
from regulars.contracts import Finding
from regulars.flows import FindingsWanted, RuleCount
from regulars.flows.views import ArrivedRow, KindRow, arrived_rows
from regulars.kernel import RegularsError

from ._export import Taken, exported
from ._render import error_page, office_of, page, redirect
from ._route import asker_of, form_of, office_router, stores_of

router = office_router()
_STORES_SHOWN = 25


@router.get("/data", name="data")
def data(request: Request) -> Response:
    """What arrived, what is here, what was refused."""
    return _page(request)


@router.get("/data/findings", name="data_findings")
def findings(request: Request, kind: str = "", rule: str = "") -> Response:
    """Rows that were refused or are doubted, as they stood."""
    number = _number(request)
    wanted = FindingsWanted(kind=kind or None, rule=rule or None)
    office = office_of(request)
    view = read_findings(office, wanted, number)

    def every() -> Iterator[Finding]:
        for place in range(1, view.last + 1):
            yield from read_findings(office, wanted, place).findings

    return exported(request, "findings", {"findings": (every, Finding)}) or page(
        request, "findings.html", view=view, rule=rule, kind=kind
    )


@router.post("/data/files", name="data_upload")
def upload(request: Request) -> Response:
    """Take files and have them looked at."""
    office, asker = office_of(request), asker_of(request)
    sent = {
        file.filename: file.file for file in form_of(request).all_files("files") if file.filename and file.size
    }
    if not sent:
        return _page(request, {"files": "data.fault_files"})
    return redirect(request, "data_uploaded", upload=take_files(office, sent, asker.actor))


@router.get("/data/uploads/{upload}", name="data_uploaded")
def uploaded(request: Request, upload: str) -> Response:
    """What the files seem to hold, to be put right and loaded."""
    return _wizard(request, upload)


@router.post("/data/uploads/{upload}", name="data_load")
def load(request: Request, upload: str) -> Response:
    """Load the files as the form says they are read, or look at them once more; the second sees who loads them."""
    office, form, actor = office_of(request), form_of(request), asker_of(request).actor
    if form.get("again"):
        look_again(office, upload, actor)
        return redirect(request, "data_uploaded", upload=upload)
    names = form.texts.get("file", ())
    typed = _Typed(
        {name: form.get(f"mapping-{name}") for name in names}, {name: form.get(f"kind-{name}") for name in names}
    )
    if form.get("seen") != f"{len(upload_loads(office, upload))}":
        return _wizard(request, upload, typed, status=409)
    try:
        job_id = load_upload(office, upload, typed.mappings, typed.kinds, actor)
    except RegularsError as error:
        return _wizard(request, upload, typed, status=422, fault=error)
    return redirect(request, "job", job_id=job_id)


@dataclass(frozen=True)
class _Typed:
    """How somebody says that files are read, by file: the mapping, and what it holds."""

    mappings: Mapping[str, str]
    kinds: Mapping[str, str]


def _page(request: Request, faults: dict[str, str] | None = None) -> Response:
    view = read_data(office_of(request), stores_of(asker_of(request)))
    last = max(1, -(-len(view.stores) // _STORES_SHOWN))
    number = min(_number(request), last)
    shown = view.stores[(number - 1) * _STORES_SHOWN : number * _STORES_SHOWN]
    status = 422 if faults else 200
    tables: dict[str, Taken] = {
        "arrived": (arrived_rows(view), ArrivedRow),
        "kinds": (view.kinds, KindRow),
        "rules": (view.rules, RuleCount),
    }
    return exported(request, "data", tables) or page(
        request, "data.html", status=status, view=view, stores=shown, number=number, last=last, faults=faults or {}
    )


def _number(request: Request) -> int:
    asked = request.query_params.get("page", "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 8 else 1


def _wizard(
    request: Request,
    upload: str,
    typed: _Typed | None = None,
    *,
    status: int = 200,
    fault: RegularsError | None = None,
) -> Response:
    office = office_of(request)
    try:
        job = upload_job(office, upload)
    except RegularsError:
        job = None
    if job is None:
        return error_page(request, 404)
    loads, typed = upload_loads(office, upload), typed or _Typed({}, {})
    return page(
        request, "upload.html", status=status, job=job, loads=loads, typed=typed, fault=fault, late=status == 409
    )
