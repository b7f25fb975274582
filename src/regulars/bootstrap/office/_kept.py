"""What was worked out once and never changes, kept while the service runs: plans and snapshots are frozen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

_Value = TypeVar("_Value")


class Kept:
    """The newest so many values, each made once, whoever asks first.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._lock = Lock()
        self._makers: dict[Hashable, Lock] = {}
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], _Value]) -> _Value:
        """The value of a key; made now if it is not here, while others who ask for it wait.

        Args:
            key: What it was made from, digests of files among it.
            make: Makes it.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return cast(_Value, self._values[key])
            maker = self._makers.setdefault(key, Lock())
        with maker:
            with self._lock:
                if key in self._values:
                    return cast(_Value, self._values[key])
            value = make()
            with self._lock:
                self._values[key] = value
                self._makers.pop(key, None)
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
            return value
