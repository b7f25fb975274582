"""Packages whose modules are read when one of their names is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def names_when_asked(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package (PEP 562) that reads a module when the first of its names is asked for.

    Args:
        package: Its `__name__`.
        homes: The module of each name, without the package.

    Returns:
        A function that raises AttributeError for any other name.
    """

    def name_when_asked(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f".{home}", package), name)

    return name_when_asked
