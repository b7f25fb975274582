"""What is said of a file of the warehouse that is missing or damaged, wherever it is read, and what makes it anew."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from regulars.kernel import StoreError

_UNREADABLE = (OSError, pa.ArrowInvalid, UnicodeDecodeError)
"""What a reader raises of a file that is missing, cut short or has other bytes than were written."""

_DOCTOR = "look at free space and permissions with `regulars doctor`"
_COUNTED = ("cell_counts", "cell_moves", "category_brands", "category_weeks", "category_gaps")
_DERIVED = re.compile(
    r".*/data/(snapshots|models)/(?:([a-z-]+)/)?(\d{4}-\d\d-\d\d)/(?:([a-z_-]+?)(?:-(\d+)-days)?(-by-[a-z-]+)?/)?"
)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """While a file of the warehouse is read: what its reader raises leaves as ours.

    Raises:
        StoreError: The file is missing or damaged; the hint says what makes it anew.
    """
    try:
        yield
    except StoreError:
        raise
    except _UNREADABLE as error:
        if not _is_of_file(error):
            raise StoreError(f"{path} cannot be read: {error}", hint=_DOCTOR) from error
        raise unreadable_file(path) from error


def first_unreadable(paths: Iterable[Path]) -> Path | None:
    """The first of some Parquet files that cannot be read to its end; None when all can."""
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                for _ in file.iter_batches():
                    pass
        except _UNREADABLE as error:
            if _is_of_file(error):
                return path
    return None


def _is_of_file(error: Exception) -> bool:
    """Whether it is the file that is missing or wrong, not the permission or the system that refuses it."""
    return not isinstance(error, OSError) or error.errno in (None, errno.ENOENT, errno.EIO)


def unreadable_file(path: Path) -> StoreError:
    """That a file is missing or damaged, with what makes it anew.

    Example:
        >>> unreadable_file(Path("w/warehouse/data/snapshots/2017-11-27/forecast/bucket=00/1f.parquet")).hint
        'make it anew with `regulars forecast run --as-of 2017-11-27`'
    """
    return StoreError(f"{path} is {'damaged' if path.exists() else 'missing'}", hint=_made_anew(path))


def _made_anew(path: Path) -> str:
    found = _DERIVED.match(path.as_posix())
    if found is None:
        return "put it back from a copy of the workspace, or load the source files into a new one"
    folder, model, day, table_name, days, apart = found.groups()
    command = "forecast run"
    if model == "coupons":
        command = "forecast coupons"
    elif folder == "snapshots" and (apart or table_name.startswith("judged_")):
        command = "forecast evaluate"
    elif table_name in _COUNTED:
        command = "profiles build"
    length = f" --days {days}" if days and not apart else ""
    return f"make it anew with `regulars {command} --as-of {day}{length}`"
