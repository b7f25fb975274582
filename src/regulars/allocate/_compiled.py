"""How loops are compiled: once for a machine and a clone, kept beside the source.

A problem's arrays are some forty values to hand over, so each way into a function is long to compile. There is one from
Python where Python calls, and none from C.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

_Function = TypeVar("_Function", bound=Callable[..., object])
_compiled: Any = njit  # its stubs do not know all its options


def entry(function: _Function) -> _Function:
    """Compile a function that Python calls."""
    compiled: _Function = _compiled(cache=True, nogil=True, no_cfunc_wrapper=True)(function)
    return compiled


def inner(function: _Function) -> _Function:
    """Compile a function that only compiled functions call."""
    options = {"no_cfunc_wrapper": True, "no_cpython_wrapper": True}
    compiled: _Function = _compiled(cache=True, nogil=True, **options)(function)
    return compiled
