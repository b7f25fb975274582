"""The data page, bound to a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import BinaryIO

from regulars.flows import FindingsWanted, Job
from regulars.flows.views import DataView, FindingsView, data_view, findings_view
from regulars.ingest import parse_mapping, shipped_mappings

from ._office import Office
from ._reading import kept, lane_sales
from ._today import ask_for
from ._uploads import files_of, keep_mapping, keep_upload, upload_folder

_JOBS_LOOKED_AT = 200


def read_data(office: Office, stores: frozenset[str] | None) -> DataView:
    """What arrived, what is here, what was refused."""
    warehouse, today = office.warehouse, office.today()
    lanes = lane_sales(office)
    key = ("data", warehouse.edition, today, stores)
    return kept(office, key, lambda: data_view(warehouse, lanes, today, stores))


def read_findings(office: Office, wanted: FindingsWanted, number: int) -> FindingsView:
    """Findings with the row as it stood."""
    return findings_view(office.warehouse, wanted, number)


def take_files(office: Office, files: Mapping[str, BinaryIO], actor: str) -> str:
    """Keep files that were sent, and have them looked at; returns the upload's name."""
    name = keep_upload(office.workspace, files)
    look_again(office, name, actor)
    return name


def look_again(office: Office, name: str, actor: str) -> None:
    """Have an upload looked at, once more if need be.

    Raises:
        ContractError: There is no such upload.
    """
    upload_folder(office.workspace, name)
    ask_for(office, "sniff", {"upload": name}, actor)


def upload_job(office: Office, name: str) -> Job | None:
    """The work that looks, or looked, at an upload."""
    upload_folder(office.workspace, name)
    for job in office.ledger.newest_jobs(_JOBS_LOOKED_AT):
        if job.kind == "sniff" and job.arguments.get("upload") == name:
            return office.ledger.find_job(job.job_id)
    return None


def upload_loads(office: Office, name: str) -> list[Job]:
    """The work that loads, or loaded, an upload, the newest first."""
    jobs = office.ledger.newest_jobs(_JOBS_LOOKED_AT)
    return [one for one in jobs if one.kind == "load" and one.arguments.get("upload") == name]


def load_upload(
    office: Office, name: str, mappings: Mapping[str, str], kinds: Mapping[str, str], actor: str
) -> int:
    """Have an upload loaded; returns the number of the work.

    Args:
        office: Where.
        name: The upload.
        mappings: How each file is read: a mapping's text, or the name of a shipped one.
        kinds: What each file holds, if that was said.
        actor: Who asked.

    Raises:
        ConfigError: A mapping cannot be read; the message says where.
        ContractError: There is no such upload or file.
    """
    upload = upload_folder(office.workspace, name)
    for file in files_of(upload):
        text = mappings.get(file.name, "").replace("\r\n", "\n").strip() or "plain"
        if text not in shipped_mappings():
            parse_mapping(text, file.name)
        keep_mapping(upload, file.name, text)
    return ask_for(office, "load", {"upload": name, "kinds": dict(kinds)}, actor).job_id
