"""The pages' environment: templates with every value escaped, and static files by the digest of their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FunctionLoader, StrictUndefined

from regulars.adapters.report import page_fonts

from ._charts import OfficeCharts
from ._pictures import OfficePictures
from ._texts import Texts

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "ttf": "font/ttf"}


@dataclass(frozen=True)
class StaticFile:
    """A file browsers may keep for good: its name changes with its content."""

    name: str
    media_type: str
    content: bytes


@cache
def _static_files() -> Mapping[str, StaticFile]:
    """By plain name: ``office.css``."""
    found = {}
    for font in page_fonts():
        name = f"{font.family.replace(' ', '-').lower()}-{font.weight}.ttf"
        found[name] = _kept(name, font.data)
    names = {name: file.name for name, file in found.items()}
    for file in resources.files(__package__).joinpath("static").iterdir():
        content = file.read_bytes()
        if file.name.endswith(".css"):
            for plain, name in names.items():
                content = content.replace(_place(plain), _place(name))
        if file.name.rpartition(".")[2] in _TYPES:
            found[file.name] = _kept(file.name, content)
    return found


def _place(font: str) -> bytes:
    return f"url({font})".encode()


def _kept(name: str, content: bytes) -> StaticFile:
    stem, _, ending = name.rpartition(".")
    digest = hashlib.sha256(content).hexdigest()[:16]
    return StaticFile(f"{stem}.{digest}.{ending}", _TYPES[ending], content)


def _source(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class OfficePages:
    """Makes pages.

    Args:
        currency: ISO 4217 code of the prices.
        zone: In which instants are shown.
        address: Where static files are served, without the name.
        font_folder: Where the fonts are kept that charts are measured with.
    """

    def __init__(self, currency: str, zone: ZoneInfo, address: str, font_folder: Path) -> None:
        self._currency, self._zone, self._address = currency, zone, address
        self._charts = OfficeCharts(font_folder)

    def texts(self, language: str) -> Texts:
        """A language as this store speaks it."""
        return Texts(language, self._currency, self._zone)

    def render(self, name: str, language: str, values: Mapping[str, Any]) -> str:
        """A page.

        Args:
            name: File in `templates`.
            language: ``en`` or ``es``.
            values: What the template shows.
        """
        texts = self.texts(language)
        shared = {
            "language": language,
            "t": texts.say,
            "tn": texts.count,
            "f": texts,
            "pictures": self.pictures(language),
            "static": self._static,
        }
        return _environment().get_template(name).render({**shared, **values})

    def pictures(self, language: str) -> OfficePictures:
        """What draws the pictures of a language."""
        return OfficePictures(self._charts, self.texts(language))

    def _static(self, name: str) -> str:
        return f"{self._address}/{_static_files()[name].name}"

    def static(self, name: str) -> StaticFile | None:
        """A static file by the name it is served under."""
        return next((file for file in _static_files().values() if file.name == name), None)
