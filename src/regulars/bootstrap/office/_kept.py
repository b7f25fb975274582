"""What was worked out once and never changes, kept while the service runs: plans and snapshots are frozen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock, Thread
from typing import Any, TypeVar, cast

_Value = TypeVar("_Value")
_PATIENCE: ContextVar[float | None] = ContextVar("patience", default=None)


class StillMaking(Exception):  # noqa: N818 - no error: whoever asked may come again
    """What is asked for is being worked out; nobody waits for it that long."""


@contextmanager
def waiting_at_most(seconds: float | None) -> Iterator[None]:
    """Within the block, whoever asks for what is not there yet is told so after a while.

    Args:
        seconds: After how long; None to wait for it.
    """
    token = _PATIENCE.set(seconds)
    try:
        yield
    finally:
        _PATIENCE.reset(token)


class Kept:
    """The newest so many values, each made once, whoever asks first.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._lock = Lock()
        self._making: dict[Hashable, Future[Any]] = {}
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """The value of a key; made now if it is not here, while others who ask for it wait.

        Args:
            key: What it was made from, digests of files among it.
            make: Makes it.

        Raises:
            StillMaking: It takes longer than `waiting_at_most` allows; it goes on being made.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return cast(_Value, self._values[key])
            making, first = self._making.get(key), False
            if making is None:
                making, first = Future[Any](), True
                self._making[key] = making
        patience = _PATIENCE.get()
        if first and patience is None:
            self._make(key, make, making)
        elif first:
            Thread(target=self._make, args=(key, make, making), name="kept", daemon=True).start()
        try:
            value = making.result(patience)
        except TimeoutError:
            if not making.done():
                raise StillMaking from None
            value = making.result()
        finally:
            if making.done():
                self._forget(key, making)
        return cast(_Value, value)

    def _make(self, key: Hashable, make: Callable[[], _Value], making: Future[Any]) -> None:
        """Make a value, or keep what went wrong for whoever asks next."""
        try:
            value = make()
        except BaseException as error:  # noqa: BLE001 - it is raised where the value is asked for
            making.set_exception(error)
            return
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        making.set_result(value)
        self._forget(key, making)

    def _forget(self, key: Hashable, making: Future[Any]) -> None:
        with self._lock:
            if self._making.get(key) is making:
                del self._making[key]
