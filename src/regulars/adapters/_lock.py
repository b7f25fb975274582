"""The workspace lock: one writing process at a time, and whoever waits is told who writes.

The lock is the kernel's (`flock`): it dies with its holder, so a crash leaves none behind. The line in the file
only says who took it last and is never trusted to mean that somebody still holds it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from regulars.kernel import Clock, LockedError, StoreError

LOCK_NAME = ".lock"
_HOLDER_BYTES_MAX = 500
_held: set[int] = set()


def _forget_in_child() -> None:
    """A forked worker must not keep its parent's lock alive: closing a copy does not unlock."""
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_forget_in_child)


@contextmanager
def workspace_lock(workspace: Path, *, command: str, clock: Clock) -> Iterator[None]:
    """Hold the workspace, or its warehouse alone, for writing while the body runs.

    Args:
        workspace: Its folder, or its warehouse's; the lock is the file `.lock` in it.
        command: What is running, as typed: ``plan apply``.
        clock: For the instant the next in line is told.

    Raises:
        LockedError: Another process holds it; the message says which, and since when.
        StoreError: The folder is missing or not writable.
    """
    path = workspace / LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(
            f"the workspace {workspace} cannot be locked for writing: {error.strerror}",
            hint="name an existing workspace (`--workspace`) whose folder you may write to",
        ) from error
    _take(descriptor, workspace)
    _held.add(descriptor)
    since = clock.now_at().isoformat(timespec="seconds")
    _write_holder(descriptor, f"`{command}`, process {os.getpid()}, since {since}")
    try:
        yield
    finally:
        if descriptor in _held:  # a forked child has forgotten it
            _write_holder(descriptor, "")
            _held.discard(descriptor)
            os.close(descriptor)


def _take(descriptor: int, workspace: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        line = os.pread(descriptor, _HOLDER_BYTES_MAX, 0).decode(errors="replace").strip()
        os.close(descriptor)
        serves = line.startswith("`serve`")
        way = (
            "do it in the back office, or stop the service"
            if serves
            else "wait until it is done, or stop that process"
        )
        raise LockedError(
            f"the workspace {workspace} is being written by {line or 'another process'}",
            hint=f"{way}; nothing needs to be deleted",
        ) from None


def _write_holder(descriptor: int, line: str) -> None:
    """Best effort: on a full disk the lock still holds, it just cannot say who holds it."""
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, line.encode()[:_HOLDER_BYTES_MAX], 0)
    except OSError:
        return
