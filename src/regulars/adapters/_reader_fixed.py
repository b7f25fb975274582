"""Files of fixed columns as rows: every line is cut at places, in characters."""

from __future__ import annotations

from pathlib import Path

from regulars.ingest import FileMapping

from ._reader_rows import RowSource, Rule, literal
from ._reader_text import ends_with_returns_alone

_UNREADABLE = "\ufffd"
_LINE_END = "\x1f"
_LINE_CHARACTERS_MAX = 65_536
_CONTROLS = {code: _UNREADABLE for code in (*range(32), 127) if chr(code) not in "\t\n"}


def fixed_rows(path: Path, mapping: FileMapping, folder: Path) -> tuple[RowSource, int]:
    """Rows of a file, one a physical line that is not blank, and how many there are by the file's own count.

    Args:
        path: The file.
        mapping: Its fields and its encoding.
        folder: Where a clean copy is put.
    """
    copy = folder / "fixed.txt"
    count = _clean_copy(path, mapping.text.encoding, copy)
    relation = (
        "SELECT source_line, raw FROM (SELECT row_number() OVER () AS source_line, raw "
        f"FROM read_csv({literal(str(copy))}, columns = {{'raw': 'VARCHAR'}}, auto_detect = false, "
        f"delim = {literal(_LINE_END)}, quote = '', escape = '', header = false, new_line = '\\n', "
        f"max_line_size = 4194304)) WHERE trim(raw) <> ''"
    )
    nothing = ", ".join(map(literal, ("", *mapping.empty)))
    cells = {
        field.name: f"CASE WHEN trim(substr(raw, {field.first}, {field.length})) IN ({nothing}) THEN NULL "
        f"ELSE trim(substr(raw, {field.first}, {field.length})) END"
        for field in mapping.fields
    }
    numbers = {
        c.file_column for c in mapping.columns if c.unit or c.target.endswith(("_on", "_number", "version"))
    }
    inside = [
        f"length(raw) BETWEEN {field.first} AND {field.first + field.length - 2}"
        for field in mapping.fields
        if field.name in numbers and field.length > 1
    ]
    rules = [
        Rule(
            "",
            "text-is-readable",
            "text in the file's encoding, without control characters",
            f"contains(raw, {literal(_UNREADABLE)})",
        )
    ]
    if inside:
        rules.append(
            Rule(
                "",
                "line-ends-between-fields",
                "the whole line; it ends inside a number",
                f"({' OR '.join(inside)})",
            )
        )
    return RowSource(relation, cells, dict.fromkeys(cells, "text"), relation, tuple(rules)), count


def _clean_copy(path: Path, encoding: str, copy: Path) -> int:
    """Write the file as UTF-8 with plain line ends, what is no text marked; how many lines hold anything."""
    count = 0
    with path.open("rb") as stream:
        end = "\r" if ends_with_returns_alone(stream.read(_LINE_CHARACTERS_MAX)) else "\n"
    with (
        path.open(encoding=encoding, errors="replace", newline=end) as source,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        while line := source.readline(_LINE_CHARACTERS_MAX):
            if not line.endswith(end) and len(line) == _LINE_CHARACTERS_MAX:
                while (rest := source.readline(_LINE_CHARACTERS_MAX)) and not rest.endswith(end):
                    pass
                line = line[:500] + _UNREADABLE
            line = line.removeprefix("\ufeff").removesuffix("\n").rstrip("\r").translate(_CONTROLS)
            count += bool(line.strip())
            target.write(line + "\n")
    return count
