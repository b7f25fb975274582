"""A chart as a value: records, a Vega-Lite spec that lies beside as JSON, and the table of the same numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

import vl_convert

from regulars.contracts import Basis

Record: TypeAlias = Mapping[str, str | int | float]

WIDTHS = (520, 312)
_SIZE = re.compile(r'<svg [^>]*?width="([0-9.]+)" height="([0-9.]+)"[^>]*>')

_CLIP = re.compile(r"\bclip([0-9]+)\b")


@dataclass(frozen=True)
class ChartColumn:
    """One column of a chart's table: the records' field, its heading, and how a value is written."""

    field: str
    heading: str
    written: Callable[[Any], str] = str


@dataclass(frozen=True)
class Chart:
    """One picture with its table.

    Args:
        name: Its place in the page, unique.
        spec_name: File in ``charts/`` without ending.
        title: What it shows, as a sentence.
        note: How to read it.
        records: The numbers, in the order of the table.
        columns: Columns of the table; the first names the row.
        basis: What the numbers rest on.
        widths: Pictures to make, pixels, widest first; the page shows the one that fits.
    """

    name: str
    spec_name: str
    title: str
    note: str
    records: tuple[Record, ...]
    columns: tuple[ChartColumn, ...]
    basis: Basis = Basis.RECORDED
    widths: tuple[int, ...] = WIDTHS

    def spec(self) -> dict[str, Any]:
        """The Vega-Lite spec with the records in their place."""
        spec: dict[str, Any] = json.loads(_text(self.spec_name))
        spec["data"] = {"name": "records", "values": [dict(record) for record in self.records]}
        return spec

    def svg(self, width: int) -> str:
        """The picture, so many pixels wide; `register_chart_fonts` comes first.

        Raises:
            ValueError: The spec is no valid Vega-Lite.
        """
        return drawn_svg(
            self.spec(), _config(), width=width, name=self.name, label=f'aria-labelledby="{self.name}-title"'
        )

    def table(self) -> list[list[str]]:
        """Rows of the table as written."""
        return [[column.written(record[column.field]) for column in self.columns] for record in self.records]


def drawn_svg(spec: Mapping[str, Any], config: Mapping[str, Any], *, width: int, name: str, label: str) -> str:
    """A picture of a Vega-Lite spec that holds its records.

    Args:
        spec: The spec.
        config: Its look.
        width: Pixels.
        name: Unique in the page.
        label: Attributes that name it for who does not see it.

    Raises:
        ValueError: The spec is no valid Vega-Lite.
    """
    drawn = vl_convert.vegalite_to_svg({**spec, "width": width}, config=dict(config))
    head = _SIZE.search(drawn)
    assert head is not None
    opening = f'<svg viewBox="0 0 {head[1]} {head[2]}" role="img" {label}>'
    return opening + _own_clips(drawn[head.end() :], f"{name}-{width}")


def _own_clips(drawn: str, name: str) -> str:
    """Names of clipping shapes made unique in the page; the renderer counts them through the whole process."""
    numbers = {number: place for place, number in enumerate(dict.fromkeys(_CLIP.findall(drawn)), start=1)}
    return _CLIP.sub(lambda found: f"{name}-clip{numbers[found[1]]}", drawn)


@cache
def _text(name: str) -> str:
    return resources.files(__package__).joinpath("charts", f"{name}.json").read_text(encoding="utf-8")


def _config() -> dict[str, Any]:
    config: dict[str, Any] = json.loads(_text("_config"))
    return config
