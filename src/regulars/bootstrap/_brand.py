"""The store's page from its settings: colours and texts checked by name, the logo read, a missing logo told."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

from PIL import Image, UnidentifiedImageError

from regulars.contracts import Finding
from regulars.kernel import ConfigError, ContractError
from regulars.lists import Language, Logo, PageColours, PageSettings, Paper, language_named

from ._settings import SETTINGS_FILE, Settings

_LOGO_BYTES_MAX = 400_000
_BEGIN = "begin with what `regulars {}` prints"
_WRITE = "write paragraphs with an empty line between them, in UTF-8"
_PLACES = re.compile(r"{[a-z]*}")
_Texts = TypeVar("_Texts")


def page_settings(settings: Settings, root: Path) -> tuple[PageSettings, tuple[Finding, ...]]:
    """How a workspace's page looks, and what is wrong with its logo.

    Args:
        settings: The workspace's settings.
        root: Its folder; the logo's path is relative to it.

    Raises:
        ConfigError: A colour or text has a name that no page knows, two colours are too near each other, or the
            store's own template cannot be read.
    """
    brand = settings.brand
    language = page_language(settings)
    logo, findings = _logo(brand.logo, root)
    try:
        page = PageSettings(
            store_name=settings.store.name,
            address_line=settings.store.address,
            website=settings.store.website,
            colours=_colours(brand.colours),
            logo=logo,
            template=_own_text("template", _BEGIN.format("lists template"), brand.template, root),
            email_template=_own_text("email_template", _BEGIN.format("mail template"), brand.email_template, root),
            privacy=_paragraphs(_own_text("privacy", _WRITE, brand.privacy, root)),
            black_only=settings.list.black_only,
            large_print=settings.list.large_print,
            paper=Paper(settings.list.paper),
            printer_dpi=settings.list.printer_dpi,
            language=language.code,
            texts=language.page,
            screen=language.screen,
        )
    except ContractError as error:
        raise ConfigError(f"{SETTINGS_FILE}: {error.message}", hint=error.hint) from error
    return page, findings


def _colours(chosen: Mapping[str, Any]) -> PageColours:
    """The page's colours; what the household buys at other times is called out in the brand's, unless said."""
    follows = {"usual": chosen["brand"]} if "brand" in chosen else {}
    return PageColours(**_known({**follows, **chosen}, PageColours, "brand.colours"))


def _own_text(setting: str, begin: str, name: str, root: Path) -> str:
    """The text of a store's own file; empty where none is named, and nowhere else."""
    hint = f"{begin}, or leave brand.{setting} out"
    try:
        text = (root / name).read_text(encoding="utf-8-sig") if name else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{SETTINGS_FILE}: brand.{setting} {name} cannot be read: {error}", hint=hint) from error
    if name and not text.strip():
        raise ConfigError(f"{SETTINGS_FILE}: brand.{setting} {name} is empty", hint=hint)
    return text


def _paragraphs(text: str) -> tuple[str, ...]:
    r"""A text by its empty lines.

    Example:
        >>> _paragraphs("We keep\nlittle.\n\n \nAsk us.\n")
        ('We keep little.', 'Ask us.')
    """
    return tuple(" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip())


def _known(values: Mapping[str, Any], kind: type[Any], section: str) -> dict[str, Any]:
    names = [field.name for field in fields(kind)]
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise ConfigError(
            f"{SETTINGS_FILE}: [{section}] has no {', '.join(unknown)}", hint=f"there are {', '.join(names)}"
        )
    return dict(values)


def page_language(settings: Settings) -> Language:
    """The workspace's language, with the texts, locale and currency the store chose.

    Raises:
        ConfigError: A text has a name no list knows or lacks what it speaks of, or the locale or currency is unknown.
    """
    brand, chosen = settings.brand, settings.list
    language = language_named(chosen.language)
    try:
        words = replace(
            _texts(brand.document_texts, language.words, "brand.document_texts"),
            locale=chosen.locale or language.words.locale,
            currency=chosen.currency,
        )
    except ContractError as error:
        raise ConfigError(f"{SETTINGS_FILE}: [list] {error.message}", hint=error.hint) from error
    return replace(
        language,
        words=words,
        page=_texts(brand.texts, language.page, "brand.texts"),
        screen=_texts(brand.screen_texts, language.screen, "brand.screen_texts"),
    )


def _texts(values: Mapping[str, str | Sequence[str]], texts: _Texts, section: str) -> _Texts:
    made: dict[str, Any] = {}
    for name, value in _known(values, type(texts), section).items():
        shipped = getattr(texts, name)
        if isinstance(shipped, str) != isinstance(value, str):
            expected = "one text" if isinstance(shipped, str) else f"a list of {len(shipped)} texts"
            raise ConfigError(f"{SETTINGS_FILE}: {section}.{name} is wrong; expected {expected}")
        if isinstance(value, str) and _places(value) != _places(shipped):
            raise ConfigError(
                f"{SETTINGS_FILE}: {section}.{name} is {value!r}; expected the same places {{}} as in {shipped!r}"
            )
        if not isinstance(value, str) and len(value) != len(shipped):
            raise ConfigError(f"{SETTINGS_FILE}: {section}.{name} has {len(value)} texts, not {len(shipped)}")
        made[name] = value if isinstance(value, str) else tuple(value)
    return replace(texts, **made)  # type: ignore[type-var]


def _places(text: str) -> list[str]:
    return sorted(_PLACES.findall(text))


def _logo(name: str, root: Path) -> tuple[Logo | None, tuple[Finding, ...]]:
    """The logo, or none and a finding: a list goes out with the shipped leaf rather than not at all."""
    if not name:
        return None, ()
    path = root / name
    try:
        content = path.read_bytes()
    except OSError as error:
        return None, (_unusable(name, str(error.strerror)),)
    if len(content) > _LOGO_BYTES_MAX:
        return None, (_unusable(name, f"it has {len(content):,} bytes, expected {_LOGO_BYTES_MAX:,} at most"),)
    found = _image_format(content)
    if found is None:
        return None, (_unusable(name, "it is no SVG or PNG picture"),)
    return Logo(found, base64.b64encode(content).decode("ascii")), ()


def _image_format(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG"):
        try:
            with Image.open(io.BytesIO(content)) as image:
                image.load()
        except (OSError, UnidentifiedImageError, ValueError):
            return None
        return "png"
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return None
    try:
        root = ET.fromstring(content)  # noqa: S314 - the store's own file, without entities
    except ET.ParseError:
        return None
    return "svg" if root.tag.rpartition("}")[2] == "svg" else None


def _unusable(name: str, why: str) -> Finding:
    message = f"the logo {name} is not printed: {why}; the shipped mark stands in its place"
    return Finding(SETTINGS_FILE, None, "brand.logo", "logo-unusable", message)
