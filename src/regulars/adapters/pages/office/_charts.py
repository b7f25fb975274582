"""Charts of the back office: records and a spec become an SVG in the page's colours, light or dark."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeAlias

from markupsafe import Markup, escape

from regulars.adapters.report import drawn_svg, register_chart_fonts
from regulars.kernel import digest_of

Record: TypeAlias = Mapping[str, str | int | float]

_COLOURS = {
    "#000001": "var(--ink)",
    "#000002": "var(--quiet)",
    "#000003": "var(--line)",
    "#000011": "var(--mark-1)",
    "#000012": "var(--mark-2)",
    "#000013": "var(--mark-3)",
    "#000014": "var(--mark-4)",
}
"""Colours as specs name them, and what the page's style sheet makes of them."""
_COLOUR = re.compile("|".join(_COLOURS))
_FONT = re.compile(r' font-family="[^"]*"')
_STYLE = re.compile(r' style="[^"]*"')
_WIDTH = 450


class OfficeCharts:
    """Draws charts, each once.

    Args:
        font_folder: Where the fonts are kept that the renderer measures with.
    """

    def __init__(self, font_folder: Path) -> None:
        self._fonts = font_folder

    def draw(self, spec_name: str, records: Sequence[Record], label: str, *, width: int = _WIDTH) -> Markup:
        """A chart as SVG without style or script.

        Args:
            spec_name: File in ``charts/`` without ending.
            records: The numbers; texts among them in the reader's language.
            label: What it shows, in a sentence, for who does not see it.
            width: Pixels.
        """
        register_chart_fonts(self._fonts)
        return Markup(_drawn(spec_name, json.dumps([dict(one) for one in records]), label, width))  # noqa: S704 - drawn here, label escaped


@lru_cache(maxsize=512)
def _drawn(spec_name: str, records: str, label: str, width: int) -> str:
    spec: dict[str, Any] = json.loads(_text(spec_name))
    values = json.loads(records)
    spec["data"] = {"name": "records", "values": values}
    _put_in_order(spec, values)
    name = f"c{digest_of(spec_name, records)[:10]}"
    svg = drawn_svg(spec, _config(), width=width, name=name, label=f'aria-label="{escape(label)}"')
    return _COLOUR.sub(lambda found: _COLOURS[found[0]], _STYLE.sub("", _FONT.sub("", svg)))


def _put_in_order(spec: Mapping[str, Any], values: Sequence[Record]) -> None:
    """Say each order as the list of its values: by a field, layers of one picture do not agree on it."""
    for channel in spec["encoding"].values() if "encoding" in spec else ():
        by = channel["sort"]["field"] if isinstance(channel.get("sort"), dict) else None
        if by is not None:
            ordered = sorted(values, key=lambda one: one[by])
            channel["sort"] = list(dict.fromkeys(one[channel["field"]] for one in ordered))


@cache
def _text(name: str) -> str:
    return resources.files(__package__).joinpath("charts", f"{name}.json").read_text(encoding="utf-8")


@cache
def _config() -> dict[str, Any]:
    config: dict[str, Any] = json.loads(_text("_config"))
    return config
