"""Tables of a page taken along: ``?format=csv|parquet|xlsx`` and, where a page has several, ``&table=``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias, TypeVar
from urllib.parse import quote

from fastapi import HTTPException, Request, Response
from fastapi.responses import StreamingResponse

from regulars.adapters.exports import ExportFormat, export_table
from regulars.flows.views import Page

_Row = TypeVar("_Row")

Taken: TypeAlias = tuple[Iterable[object] | Callable[[], Iterable[object]], type]
"""Rows, or what makes them, and their class."""


def exported(request: Request, name: str, tables: Mapping[str, Taken]) -> Response | None:
    """The table asked for as a file; None when the page itself is wanted.

    Args:
        request: What is asked.
        name: Begin of the file's name.
        tables: Every table of the page by its id, the first one is meant where none is named.

    Raises:
        HTTPException: There is no such format or table.
    """
    wanted = request.query_params.get("format", "")
    if not wanted:
        return None
    table = request.query_params.get("table", "") or next(iter(tables))
    if wanted not in set(ExportFormat) or table not in tables:
        raise HTTPException(404)
    form = ExportFormat(wanted)
    rows, kind = tables[table]
    content = export_table(rows() if callable(rows) else rows, kind, form)
    stem = name if table == next(iter(tables)) else f"{name}-{table}"
    heads = {"Content-Disposition": f"attachment; {_named(f'{stem}.{form.value}')}"}
    return StreamingResponse(content, media_type=form.media_type, headers=heads)


def _named(name: str) -> str:
    """A file's name in a header (RFC 6266): plain letters for all, and the whole name for those who read it."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
    return (
        f'filename="{plain}"'
        if plain == name
        else f"filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )


def paged(first: Page[_Row], after: Callable[[str], Page[_Row]]) -> Callable[[], Iterator[_Row]]:
    """All rows of a table that a page shows fifty of.

    Args:
        first: The rows of the page.
        after: The rows behind a key.
    """

    def rows() -> Iterator[_Row]:
        page = first
        yield from page.rows
        while page.next:
            page = after(page.next)
            yield from page.rows

    return rows
