"""What every command shares: the workspace and JSON flags, printing a result, errors to exit codes."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import errno
import functools
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from regulars.kernel import ConfigError, RegularsError, StoreError

if TYPE_CHECKING:
    from regulars.bootstrap import Workspace
    from regulars.contracts import Finding

EXIT_REJECTED = 1
EXIT_USAGE = 2
EXIT_STORE = 3
EXIT_INTERRUPTED = 130

_SHARE = re.compile(r"[+-]?[0-9.]+ ?%")

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Day(click.ParamType[datetime.date]):
    """A day, written as 2017-11-27."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        """The day a text says; a usage error says how it is written."""
        try:
            return datetime.datetime.strptime(str(value), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.fail(f"{value} is no day; expected a date as 2017-11-27", param, ctx)


DAY = Day()

json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
as_of_option = click.option(
    "--as-of",
    "as_of_on",
    type=DAY,
    metavar="DATE",
    help="Day the work is done as of; only what was known before it is used.",
)


def in_workspace(command: _Command) -> _Command:
    """Give a command its `--workspace` and the opened workspace as first argument."""

    @click.option(
        "--workspace",
        "folder",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(),
        help="Folder made by `regulars init`; this folder by default.",
    )
    @functools.wraps(command)
    def wrapper(folder: Path, **arguments: Any) -> Any:
        from regulars.bootstrap import Workspace

        with Workspace.open(folder) as workspace:
            return command(workspace, **arguments)

    return wrapper  # type: ignore[return-value]


def require_day(workspace: Workspace, as_of_on: datetime.date | None) -> datetime.date:
    """The day asked for, or the first day of the newest cycle the data reach into, which is said."""
    if as_of_on is not None:
        return as_of_on
    day = workspace.default_day()
    tell_day(day, "the first day of the newest cycle that the till lines reach into")
    return day


def tell_day(day: datetime.date, which: str) -> None:
    """Say on standard error which day a command took because none was named, and which day that is."""
    click.echo(f"as of {day}, {which}; --as-of names another", err=True)


def plain(value: Any) -> Any:
    """A result as JSON-able values: dataclasses to objects, dates to ISO text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime.date | datetime.datetime | Path):
        return str(value)
    return value


def say(text: str = "") -> None:
    """One line of the result, on standard output."""
    click.echo(text)


def say_finding(finding: Finding) -> None:
    """What had to give way, and where: a page of a file, or a file as a whole."""
    place = finding.file if finding.line is None else f"{finding.file}, page {finding.line}"
    say(f"{place}: {finding.message}")


def say_json(value: Any) -> None:
    """One result as one line of JSON, on standard output."""
    click.echo(json.dumps(plain(value), ensure_ascii=False))


def say_table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Rows under their heads, numbers and shares to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(head), *(len(row[i]) for row in cells), 0) for i, head in enumerate(heads)]
    numeric = [all(_is_number(row[i]) for row in rows) and bool(rows) for i in range(len(heads))]

    def line(texts: Sequence[str]) -> str:
        aligned = (t.rjust(w) if right else t.ljust(w) for t, w, right in zip(texts, widths, numeric, strict=True))
        return "  ".join(aligned).rstrip()

    say(line(heads))
    say(line(["-" * width for width in widths]))
    for row in cells:
        say(line(row))


def _is_number(value: Any) -> bool:
    """Whether it is a number, or a share such as ``5.2%``."""
    return isinstance(value, int | float) or (isinstance(value, str) and _SHARE.fullmatch(value) is not None)


def _cell(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def exit_code_of(error: RegularsError) -> int:
    """The exit code of an error: 2 usage or settings, 3 store, 1 all other refusals."""
    if isinstance(error, ConfigError):
        return EXIT_USAGE
    return EXIT_STORE if isinstance(error, StoreError) else EXIT_REJECTED


def run(group: click.Group, arguments: Sequence[str] | None) -> int:
    """Run a command line and turn whatever ends it into an exit code; messages go to standard error."""
    try:
        result = group.main(args=arguments, prog_name="regulars", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except RegularsError as error:
        click.echo(f"error: {error}", err=True)
        return exit_code_of(error)
    except BrokenPipeError:
        return _leave_output(EXIT_REJECTED)
    except RuntimeError as error:
        if "interrupted" not in str(error).lower():
            raise
        return EXIT_INTERRUPTED  # the engine's own word for Ctrl-C, where it notices first
    except OSError as error:
        if error.filename is not None:
            hint = (
                "run it as the user the workspace belongs to" if error.errno in (errno.EACCES, errno.EPERM) else ""
            )
            refused = StoreError(f"{error.filename} cannot be used: {error.strerror}", hint=hint)
            click.echo(f"error: {refused}", err=True)
            return exit_code_of(refused)
        if error.errno != errno.ENOSPC:
            raise
        click.echo(f"error: the result cannot be written: {error.strerror}", err=True)
        return _leave_output(EXIT_STORE)
    return result if isinstance(result, int) else 0


def _leave_output(code: int) -> int:
    """Give up standard output, so that leaving does not try to write to it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
