"""Every text of the back office by key, one TOML file a screen and language; numbers, money, days."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal, format_percent

OFFICE_LANGUAGES = ("en", "es")
_LOCALES = {"en": "en_US", "es": "es_US"}


@cache
def office_texts(language: str) -> Mapping[str, str]:
    """Texts of a language by ``screen.key``.

    Raises:
        KeyError: There is no such language.
    """
    if language not in OFFICE_LANGUAGES:
        raise KeyError(language)
    folder = resources.files(__package__).joinpath("texts", language)
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            texts = tomllib.loads(file.read_text(encoding="utf-8"))
            found |= {f"{file.name.removesuffix('.toml')}.{key}": text for key, text in texts.items()}
    return found


@dataclass(frozen=True)
class Texts:
    """One language, as templates speak it.

    Args:
        language: ``en`` or ``es``.
        currency: ISO 4217 code of the prices.
        zone: In which instants are shown.
    """

    language: str
    currency: str
    zone: ZoneInfo

    @property
    def _locale(self) -> str:
        return _LOCALES[self.language]

    def say(self, key: str, **values: object) -> str:
        """The text of a key, with values put in by name; numbers are written as the language writes them.

        Raises:
            KeyError: There is no such text, or a value is missing.
        """
        text = office_texts(self.language)[key]
        return text.format_map({name: self._plain(value) for name, value in values.items()}) if values else text

    def count(self, key: str, number: int, **values: object) -> str:
        """The text for one or for many: ``key_one`` or ``key_many``, with the number as ``{n}``."""
        return self.say(f"{key}_{'one' if number == 1 else 'many'}", n=number, **values)

    def _plain(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self.day(value) if isinstance(value, date) and not isinstance(value, datetime) else value
        return self.number(value)

    def number(self, value: float | None) -> str:
        """A number with its thousands marked."""
        return "–" if value is None else format_decimal(value, locale=self._locale)

    def decimal(self, value: float | None, places: int = 1) -> str:
        """A number with so many places."""
        if value is None:
            return "–"
        return format_decimal(value, format="#,##0" + ("." + "0" * places if places else ""), locale=self._locale)

    def money(self, cents: float | None, *, whole: bool = False) -> str:
        """Cents as money; whole ones where the amount is for the eye."""
        if cents is None:
            return "–"
        pattern = "¤#,##0" if whole else "¤#,##0.00"
        return format_currency(cents / 100, self.currency, pattern, locale=self._locale, currency_digits=False)

    def percent(self, share: float | None, places: int = 0) -> str:
        """A share of one as percent."""
        if share is None:
            return "–"
        return format_percent(
            share, format="#,##0" + ("." + "0" * places if places else "") + "%", locale=self._locale
        )

    def day(self, day: date | None) -> str:
        """A day."""
        return "–" if day is None else format_date(day, "medium", locale=self._locale)

    def short_day(self, day: date | None) -> str:
        """A day without its year."""
        return (
            "–"
            if day is None
            else format_date(day, "d MMM" if self.language == "es" else "MMM d", locale=self._locale)
        )

    def moment(self, at: datetime | None) -> str:
        """An instant in the stores' time."""
        return "–" if at is None else format_datetime(at, "medium", tzinfo=self.zone, locale=self._locale)

    def clock(self, at: datetime | None) -> str:
        """The time of day of an instant in the stores' time."""
        return "–" if at is None else format_time(at, "short", tzinfo=self.zone, locale=self._locale)
