"""Files that were sent to the back office, in a folder of their own until they are loaded."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from regulars.bootstrap._workspace import Workspace
from regulars.kernel import ContractError, StoreError

_INBOX = "inbox"
_NAME = re.compile(r"[0-9a-f]{12}")
_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_FILES = "files"


def keep_upload(workspace: Workspace, files: Mapping[str, BinaryIO]) -> str:
    """Keep files that were sent; returns the upload's name.

    Args:
        workspace: Where.
        files: Contents by the name they had on the sender's machine.

    Raises:
        ContractError: There is no file, or one is empty.
        StoreError: The disk failed.
    """
    if not files:
        raise ContractError("no file was chosen", hint="choose one or more files")
    name = secrets.token_hex(6)
    folder = workspace.root / _INBOX / name / _FILES
    try:
        folder.mkdir(parents=True)
        for sent, content in files.items():
            plain = _FILE_NAME.sub("_", sent.replace("\\", "/").rpartition("/")[2])[-100:].lstrip(".") or "file"
            with (folder / plain).open("wb") as target:
                shutil.copyfileobj(content, target, 1 << 20)
    except OSError as error:
        raise StoreError(
            f"the upload could not be kept: {error.strerror}", hint="look at the free space"
        ) from error
    return name


def upload_folder(workspace: Workspace, name: str) -> Path:
    """Folder of an upload.

    Raises:
        ContractError: There is no such upload.
    """
    folder = workspace.root / _INBOX / name
    if not _NAME.fullmatch(name) or not folder.is_dir():
        raise ContractError("there is no such upload")
    return folder


def files_of(upload: Path) -> list[Path]:
    """The files of an upload, by name."""
    return sorted((upload / _FILES).iterdir())


def keep_mapping(upload: Path, file_name: str, text: str) -> None:
    """Keep how a file of an upload is read: a mapping, or the name of a shipped one.

    Raises:
        ContractError: The upload has no such file.
    """
    if file_name not in {file.name for file in files_of(upload)}:
        raise ContractError(f"the upload has no file {file_name!r}")
    (upload / f"{file_name}.toml").write_text(text, encoding="utf-8")
