"""What `regulars doctor` looks at: versions, settings, stores, free space; what is wrong and how to mend it."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata

from regulars.flows import GoodsClass, data_status, goods_classes
from regulars.kernel import ConfigError, RegularsError, StoreError

from ._workspace import Workspace

_FREE_BYTES_LEAST = 2_000_000_000
_EXPECTED_TIERS = ("alcohol", "tobacco", "medicine")
_CLASSES_MANY = 200
"""With more classes than this a store is expected to have some in each of the tiers above."""
_PARTS = ("duckdb", "pyarrow", "numpy", "numba", "sqlalchemy", "pysqlite3", "typst")


@dataclass(frozen=True)
class Check:
    """One thing looked at.

    Args:
        name: What was looked at.
        ok: Whether it is well.
        found: What was found.
        hint: How to mend it; empty when it is well.
    """

    name: str
    ok: bool
    found: str
    hint: str = ""


def examine(workspace: Workspace) -> list[Check]:
    """Look at all of a workspace; nothing is changed.

    Args:
        workspace: Which.
    """
    checks = [*_versions(), _space(workspace)]
    checks += [
        _looked_at("departments", lambda: f"{len(workspace.layout)} in layout.toml"),
        _looked_at("assumptions", lambda: workspace.assumptions.label),
        _looked_at("look of the lists", lambda: _look(workspace)),
        _looked_at("sensitive goods", lambda: _rules(workspace)),
        _looked_at("classes of goods", lambda: _classes(workspace)),
        _looked_at("keys", lambda: _keys(workspace)),
        _looked_at("warehouse", lambda: _warehouse(workspace)),
        _looked_at("data", lambda: _data(workspace)),
        _looked_at("ledger", lambda: _ledger(workspace)),
    ]
    return checks


def _versions() -> Iterator[Check]:
    yield Check("python", True, platform.python_version())
    yield Check("regulars", True, metadata.version("regulars"))
    for part in _PARTS:
        try:
            yield Check(part, True, metadata.version(part))
        except metadata.PackageNotFoundError:
            yield Check(part, False, "not installed", "build the environment anew with `make .venv`")


def _space(workspace: Workspace) -> Check:
    if not os.access(workspace.root, os.W_OK):
        return Check(
            "disk", False, f"{workspace.root} is not writable", "give yourself write permission: chmod u+w"
        )
    free = shutil.disk_usage(workspace.root).free
    enough = free >= _FREE_BYTES_LEAST
    return Check(
        "disk", enough, f"{free / 1e9:.1f} GB free", "" if enough else "make room: at least 2 GB are needed"
    )


def _looked_at(name: str, look: Callable[[], str]) -> Check:
    """A check that is well unless looking raises one of our errors."""
    try:
        return Check(name, True, look())
    except RegularsError as error:
        return Check(name, False, error.message, error.hint)


def _look(workspace: Workspace) -> str:
    findings, words = workspace.look_findings, workspace.language.words
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        raise ConfigError(
            f"{findings[0].message}{more}", hint=f"name another file as {findings[0].column} or leave it out"
        )
    return f"language {workspace.language.code}, locale {words.locale}, currency {words.currency}"


def _rules(workspace: Workspace) -> str:
    known = {rule.tier for rule in workspace.sensitive_rules}
    closed = workspace.settings.sensitive.closed
    unknown = sorted(set(closed) - known)
    if unknown:
        raise ConfigError(
            f"`[sensitive] closed` names {', '.join(unknown)}, which no rule puts goods into; "
            f"there are {', '.join(sorted(known))}",
            hint="mend the name in regulars.toml or add a rule in sensitive.toml",
        )
    return f"{len(workspace.sensitive_rules)} rules; closed: {', '.join(closed) or 'none'}"


def _classes(workspace: Workspace) -> str:
    return judge_classes(goods_classes(workspace.warehouse, workspace.sensitive_rules, count_lines=False))


def judge_classes(classes: Sequence[GoodsClass]) -> str:
    """Whether the rules know the store's classes: none may hold a usual word of a tier and be decided by no rule.

    Raises:
        ConfigError: One does.
    """
    suspicious = [one for one in classes if one.suspicious_word]
    if suspicious:
        first = suspicious[0]
        names = " / ".join(name for name in (first.department_id, first.category_id, first.need_id) if name)
        raise ConfigError(
            f"{len(suspicious)} of {len(classes)} classes hold a word of sensitive goods and no rule decides them, "
            f"first {names} ({first.suspicious_word.lower()})",
            hint="go through `regulars data classes --open` and add rules to sensitive.toml",
        )
    found = {one.tier for one in classes}
    absent = [tier for tier in _EXPECTED_TIERS if tier not in found]
    if len(classes) > _CLASSES_MANY and absent:
        return f"{len(classes)}, none of them {' or '.join(absent)}: look through `regulars data classes --open`"
    return f"{len(classes)}, {sum(bool(one.tier) for one in classes)} of them sensitive"


def _keys(workspace: Workspace) -> str:
    assert workspace.keys is not None
    return "published, demonstration only" if workspace.settings.demo else "drawn for this workspace"


def _warehouse(workspace: Workspace) -> str:
    warehouse = workspace.warehouse
    files = [file for dataset in warehouse.datasets() for file in warehouse.files(dataset)]
    missing = [file.path for file in files if not file.path.is_file()]
    if missing:
        raise StoreError(
            f"{len(missing)} of {len(files)} files of the warehouse are missing, first {missing[0]}",
            hint="restore the folder, or rebuild it from the source files with `regulars data load`",
        )
    rows = sum(file.rows for file in files)
    return f"{len(warehouse.datasets())} datasets, {len(files)} files, {rows:,} rows"


def _data(workspace: Workspace) -> str:
    lines = [status for status in data_status(workspace.warehouse) if status.kind == "lines"]
    if not lines:
        return "no till lines yet"
    return f"till lines from {lines[0].first_on} to {lines[0].last_on}"


def _ledger(workspace: Workspace) -> str:
    findings = workspace.ledger.verify()
    if findings:
        first = findings[0]
        raise StoreError(
            f"{len(findings)} faults, first {first.rule} at {first.place}: {first.message}",
            hint="restore the ledger from the newest backup that passes this check",
        )
    plans = len(workspace.ledger.plans())
    return f"{plans} plan{'' if plans == 1 else 's'}; audit, postings and grants agree"
