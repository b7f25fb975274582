"""A table's SQL as a value: the text, and what its header says it reads, writes and takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import resources

from regulars.kernel import ContractError

_HEADER = re.compile(r"^-- (table|grain|reads|parameters): *(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class SqlStep:
    """One table of a stage, written once in DuckDB's dialect inside the checked subset.

    Args:
        table: The table it writes.
        grain: What one row is.
        reads: The tables it reads, by name.
        parameters: The parameters it takes; in the text they stand as ``$name``.
        text: The statement.
        source: ``package/file.sql``, for messages.
    """

    table: str
    grain: str
    reads: tuple[str, ...]
    parameters: tuple[str, ...]
    text: str
    source: str


def read_step(package: str, file_name: str) -> SqlStep:
    """Read a `.sql` file that lies beside a stage and parse its header.

    The header is four comment lines: ``-- table:``, ``-- grain:``, ``-- reads:`` (comma separated) and
    ``-- parameters:`` (comma separated, may be empty).

    Args:
        package: The stage's package, ``regulars.profiles``.
        file_name: ``household_value.sql``.

    Raises:
        ContractError: A header line is missing, or a parameter and the text disagree.
    """
    text = resources.files(package).joinpath(file_name).read_text(encoding="utf-8")
    header = {key: value.strip() for key, value in _HEADER.findall(text)}
    missing = {"table", "grain", "reads", "parameters"} - set(header)
    source = f"{package}/{file_name}"
    if missing:
        raise ContractError(f"{source} lacks the header lines {sorted(missing)}")
    parameters = _names(header["parameters"])
    body = re.sub(r"--[^\n]*", "", text)
    used = set(re.findall(r"\$([a-z_0-9]+)", body))
    if used != set(parameters):
        raise ContractError(f"{source} declares the parameters {sorted(parameters)} but uses {sorted(used)}")
    return SqlStep(header["table"], header["grain"], _names(header["reads"]), parameters, text, source)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
