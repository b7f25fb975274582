"""Folders this process may not write, also when the tests run as root."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65_534


@contextmanager
def without_rights(files: Mapping[str, bytes] | None = None) -> Iterator[Path]:
    """A folder with files that may be read only; root works as `nobody` inside the body."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-readonly-"))
    root = os.geteuid() == 0
    try:
        for name, content in (files or {}).items():
            (folder / name).write_bytes(content)
            (folder / name).chmod(0o444)
        folder.chmod(0o555)
        if root:
            os.seteuid(_NOBODY)
        yield folder
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)
