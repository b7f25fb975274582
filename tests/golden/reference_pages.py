"""The reference pages of the documentation, from the code itself: settings, tables, errors, commands."""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from regulars.bootstrap._settings import SETTINGS_FILE, Settings
from regulars.cli import _common
from regulars.cli._root import commands
from regulars.contracts import TABLES, Table
from regulars.contracts._source_tables import SOURCE_TABLES
from regulars.flows._category_counts import COUNTED
from regulars.flows._plan import PLAN_TABLES
from regulars.flows._profiles import BUCKET_TABLES, PROFILE_TABLES
from regulars.kernel import RegularsError, _errors

MADE = "<!-- Made by tests/golden/reference_pages.py; change the code, then run `make golden`. -->\n\n"
HELP_WIDTH = 100


def texts() -> dict[str, str]:
    """Every reference page, by path."""
    return {
        "docs/reference/commands.md": commands_page(commands),
        "docs/reference/errors.md": errors_page(),
        "docs/reference/settings.md": settings_page(),
        "docs/reference/tables.md": tables_page(),
    }


# Settings --------------------------------------------------------------------------------------------


def settings_page() -> str:
    """Every setting with its meaning, its default and what is allowed."""
    plain = [(name, field) for name, field in Settings.model_fields.items() if section_of(field) is None]
    parts = [
        MADE,
        "# Settings\n\n",
        f"Settings stand in `{SETTINGS_FILE}` in the workspace. The environment goes before the file, with names ",
        "in capitals: `[store] name` is `REGULARS_STORE__NAME`. A setting that stands nowhere has its default. ",
        "An unknown name is an error.\n\n",
        _settings_table(plain),
    ]
    for name, field in Settings.model_fields.items():
        section = section_of(field)
        if section is not None:
            parts.append(f"## [{name}]\n\n{_flat(inspect.getdoc(section))}\n\n")
            parts.append(_settings_table(section.model_fields.items()))
    return "".join(parts).rstrip() + "\n"


def section_of(field: FieldInfo) -> type[BaseModel] | None:
    """The model of a section, or None for a setting that stands by itself."""
    kind = field.annotation
    return kind if inspect.isclass(kind) and issubclass(kind, BaseModel) else None


def setting_names() -> set[str]:
    """Every setting as ``section.name``, and those that stand by themselves as ``name``."""
    names = set()
    for name, field in Settings.model_fields.items():
        section = section_of(field)
        names |= {name} if section is None else {f"{name}.{inner}" for inner in section.model_fields}
    return names


def _settings_table(fields: Iterable[tuple[str, FieldInfo]]) -> str:
    rows = [(f"`{name}`", _flat(field.description), _default(field), _allowed(field)) for name, field in fields]
    return _markdown_table(("setting", "meaning", "default", "allowed"), rows)


def _default(field: FieldInfo) -> str:
    """What holds where a setting stands nowhere."""
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "none" if value is None else f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, SecretStr):
        return _toml(value.get_secret_value())
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | str) else str(value)


def _allowed(field: FieldInfo) -> str:
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    low = next((bound.ge for bound in field.metadata if hasattr(bound, "ge")), None)
    high = next((bound.le for bound in field.metadata if hasattr(bound, "le")), None)
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"{low} or more" if low is not None else ""


# Tables ----------------------------------------------------------------------------------------------


def tables_page() -> str:
    """Every table of the warehouse with its columns and grain."""
    opening = _flat(importlib.import_module("regulars.contracts._tables").__doc__)
    parts = [
        MADE,
        "# Tables\n\n",
        opening,
        "\n\nA table's *grain* names the columns that make a row unique; files are sorted by it. ",
        "A *bucketed* table lies in household buckets. A table that is kept says in which folder of `warehouse/data/` ",
        "its Parquet files lie; the others are handed from one step of a run to the next and are in no file. What a ",
        "method has learnt lies under `models/`.\n\n",
    ]
    parts.extend(_table_section(entry) for entry in TABLES.values())
    return "".join(parts).rstrip() + "\n"


_OF_A_DAY = (
    *PROFILE_TABLES, *BUCKET_TABLES, *COUNTED, "forecast", "household_chances", "need_paces", "new_needs",
    "item_features", "judged_levels", "judged_bins", "judged_parts",
)  # fmt: skip


def folder_of(table_name: str) -> str:
    """Where under `warehouse/data/` a table is kept; empty for one that is not."""
    if table_name in {entry.name for entry in SOURCE_TABLES}:
        return table_name
    if table_name in PLAN_TABLES:
        return f"plans/PLAN/{table_name}"
    return f"snapshots/DAY/{table_name}" if table_name in _OF_A_DAY else ""


def _table_section(entry: Table) -> str:
    facts = f"Grain: {', '.join(f'`{name}`' for name in entry.grain)}.{' Bucketed.' if entry.bucketed else ''}"
    folder = folder_of(entry.name)
    facts += f" Kept in `{folder}`." if folder else ""
    rows = [
        (f"`{column.name}`", column.type, "yes" if column.nullable else "", _flat(column.note))
        for column in entry.columns
    ]
    head = f"## {entry.name}\n\n" + (f"{_flat(entry.note)}\n\n" if entry.note else "")
    return head + facts + "\n\n" + _markdown_table(("column", "type", "may be empty", "note"), rows)


# Errors ----------------------------------------------------------------------------------------------


def errors_page() -> str:
    """The tree of errors and what the command line answers with."""
    documentation = inspect.getdoc(_errors) or ""
    title, tree, ending = documentation.split("\n\n")
    rows = [
        ("0", "done"),
        (str(_common.EXIT_REJECTED), "rejected: what was asked for could not be done"),
        (str(_common.EXIT_USAGE), "the command or a setting is wrong"),
        (str(_common.EXIT_STORE), "a file, a database or the disk failed, or another process holds the workspace"),
        (str(_common.EXIT_INTERRUPTED), "interrupted"),
    ]
    classes = [(f"`{kind.__name__}`", _flat((inspect.getdoc(kind) or "").split("\n\n")[0])) for kind in _tree()]
    return (
        "".join(
            (
                MADE,
                "# Errors and exit codes\n\n",
                "A message says what went wrong, where, and what was expected; the line that begins with ",
                "`hint:` says what to do. Messages go to standard error, results to standard output.\n\n",
                "## Exit codes\n\n",
                _markdown_table(("code", "meaning"), rows),
                f"## In Python\n\n{_flat(title)} {_flat(ending)}\n\n```text\n{tree}\n```\n\n",
                _markdown_table(("error", "raised when"), classes),
            )
        ).rstrip()
        + "\n"
    )


def _tree() -> list[type[RegularsError]]:
    kinds = [kind for kind in vars(_errors).values() if inspect.isclass(kind) and issubclass(kind, RegularsError)]
    return sorted(kinds, key=lambda kind: kind.__name__)


# Commands --------------------------------------------------------------------------------------------


def walk(command: click.Command, parent: click.Context | None = None) -> Iterator[click.Context]:
    """A context for every command of the tree that is not hidden, parents first, siblings by name."""
    command._help_option = None  # click remembers the first one made, whatever names that context gave it
    settings = {**command.context_settings, "terminal_width": HELP_WIDTH, "max_content_width": HELP_WIDTH}
    context = click.Context(command, parent=parent, info_name=command.name if parent else "regulars", **settings)
    yield context
    if isinstance(command, click.Group):
        for name in sorted(command.list_commands(context)):
            child = command.get_command(context, name)
            if child is not None and not child.hidden:
                yield from walk(child, context)


def commands_page(group: click.Group) -> str:
    """What `--help` says, for every command."""
    parts = [MADE, "# Commands\n\n", "What `--help` says, command by command.\n"]
    for context in walk(group):
        said = "\n".join(line.rstrip() for line in context.get_help().splitlines())
        parts.append(f"\n## {context.command_path}\n\n```text\n{said}\n```\n")
    return "".join(parts)


# Markdown --------------------------------------------------------------------------------------------


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n\n"
