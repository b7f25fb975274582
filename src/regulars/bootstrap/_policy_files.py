"""The two policy files of a workspace, `layout.toml` and `assumptions.toml`, read into the narrow values flows take."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from regulars.contracts import Assumptions, LayoutDepartment
from regulars.kernel import ConfigError

LAYOUT_FILE = "layout.toml"
ASSUMPTIONS_FILE = "assumptions.toml"

_Record = TypeVar("_Record", LayoutDepartment, Assumptions)


def load_layout(path: Path) -> tuple[LayoutDepartment, ...]:
    """The store's departments in walking order.

    Raises:
        ConfigError: The file is missing, no TOML, or names something unknown.
    """
    entries = _read(path).get("department", [])
    departments = tuple(_record(LayoutDepartment, entry, path) for entry in entries)
    if not departments:
        raise ConfigError(f"{path} names no department", hint="give each one a [[department]] table")
    names = [
        f"{department.department_id} ({category})" if category else department.department_id
        for department in departments
        for category in department.categories or ("",)
    ]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ConfigError(f"{path} names {', '.join(repeated)} more than once")
    return departments


def load_assumptions(path: Path) -> Assumptions:
    """What the store assumes where its data is silent.

    Raises:
        ConfigError: The file is missing, no TOML, or names something unknown.
    """
    return _record(Assumptions, _read(path), path)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        raise ConfigError(
            f"{path} is missing", hint="`regulars init` on this folder writes the shipped one"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}", hint="mend the line it names") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", hint="look at its permissions") from error


def _record(kind: type[_Record], values: dict[str, Any], path: Path) -> _Record:
    fields = {field.name: field for field in dataclasses.fields(kind) if field.metadata.get("in_file", True)}
    required = {name for name, field in fields.items() if field.default is field.default_factory}
    faults = [f"unknown {name}" for name in sorted(set(values) - set(fields))]
    faults += [f"missing {name}" for name in sorted(required - set(values))]
    if faults:
        raise ConfigError(f"{path}: {', '.join(faults)}; expected {', '.join(fields)}")
    frozen: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return kind(**frozen)
