"""Reading keys of a parsed TOML table one by one, so that every message names the file and the key."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar, overload
from zoneinfo import ZoneInfo

from regulars.kernel import ConfigError

_Default = TypeVar("_Default")
_REQUIRED: Any = object()
_OFFSET = re.compile(r"[+-](0\d|1[0-4]):[0-5]\d")


class Keys:
    """One table of the file. Each key is taken once; `finish` refuses what nobody asked for."""

    def __init__(self, raw: Mapping[str, Any], source: str, path: str) -> None:
        self._raw = dict(raw)
        self._source = source
        self._path = path

    def place(self, key: str) -> str:
        """File and key, for a message."""
        return f"{self._source}: {'.'.join(part for part in (self._path, key) if part) or 'the file'}"

    def filled(self, defaults: Mapping[str, Any]) -> Keys:
        """The same with keys that were not given."""
        return Keys({**defaults, **self._raw}, self._source, self._path)

    def composes(self, key: str) -> bool:
        """Whether a column that is given is put together from others."""
        column = self._raw.get(key)
        return isinstance(column, dict) and column.get("composed") is True

    def finish(self) -> None:
        """Refuse the keys that were not taken."""
        if self._raw:
            raise ConfigError(f"{self.place(next(iter(self._raw)))} is not a key of this release")

    def rest(self) -> Mapping[str, Any]:
        """What was not taken yet."""
        return self._raw

    @overload
    def text(self, key: str) -> str: ...
    @overload
    def text(self, key: str, default: _Default) -> str | _Default: ...
    def text(self, key: str, default: Any = _REQUIRED) -> Any:
        """A text."""
        return self._take(key, str, "a text", default)

    def flag(self, key: str) -> bool:
        """True or false; false if not given."""
        value: bool = self._take(key, bool, "true or false", default=False)
        return value

    def number(self, key: str) -> int:
        """A whole number; 0 if not given."""
        value: int = self._take(key, int, "a whole number", default=0)
        return value

    def day(self, key: str) -> date | None:
        """A date, ``2017-01-02`` without quotes."""
        value: date | None = self._take(key, date, "a date without quotes, 2017-01-02", default=None)
        return value

    def texts(self, key: str, default: Any = _REQUIRED) -> tuple[str, ...]:
        """A text, or a list of texts."""
        value = self._take(key, (str, list), "a text or a list of texts", default)
        items = (value,) if isinstance(value, str) else tuple(value)
        if not all(isinstance(item, str) for item in items):
            raise ConfigError(f"{self.place(key)} is {value!r}; expected a list of texts")
        return items

    @overload
    def choice(self, key: str, choices: Sequence[str]) -> str: ...
    @overload
    def choice(self, key: str, choices: Sequence[str], default: _Default) -> str | _Default: ...
    def choice(self, key: str, choices: Sequence[str], default: Any = _REQUIRED) -> Any:
        """One of several texts."""
        value = self.text(key, default)
        if value is not default and value not in choices:
            raise ConfigError(f"{self.place(key)} is {value!r}; expected one of {', '.join(choices)}")
        return value

    def zone(self, key: str) -> str:
        """A time zone: an IANA name, or an offset as ``-05:00``; UTC if not given."""
        value = self.text(key, "UTC")
        if not _OFFSET.fullmatch(value):
            try:
                ZoneInfo(value)
            except (ValueError, OSError, LookupError):
                raise ConfigError(
                    f"{self.place(key)} is {value!r}; expected a zone's name as America/New_York, or -05:00"
                ) from None
        return value

    def encoding(self, key: str) -> str:
        """The name of a text encoding; UTF-8 if not given."""
        value = self.text(key, "utf-8")
        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ConfigError(f"{self.place(key)} is {value!r}; expected an encoding as utf-8 or cp1252") from None

    def codes(self) -> tuple[tuple[tuple[str, str], ...], bool]:
        """The code list and whether other codes are kept."""
        other = self.choice("other_codes", ("refuse", "keep"), "refuse")
        value = self._take("codes", dict, "a table of texts", {})
        if not all(isinstance(code, str) for code in value.values()):
            raise ConfigError(f"{self.place('codes')} is {value!r}; expected a table of texts")
        return tuple(value.items()), other == "keep"

    def table(self, key: str, *, optional: bool = False) -> Keys:
        """A table inside this one."""
        value = self._take(key, dict, f"a table [{key}]", {} if optional else _REQUIRED)
        return Keys(value, self._source, self._inner(key))

    def tables(self, key: str) -> list[Keys]:
        """A list of tables, ``[[key]]``."""
        value = self._take(key, list, f"tables [[{key}]]", [])
        if not all(isinstance(item, dict) for item in value):
            raise ConfigError(f"{self.place(key)} is not written as [[{key}]] tables")
        return [
            Keys(item, self._source, f"{self._inner(key)}[{number}]") for number, item in enumerate(value, start=1)
        ]

    def column(self, key: str) -> Keys:
        """A column's table; a plain text is short for ``{ from = text }``."""
        value = self._take(key, (str, dict), "a column's name or a table", _REQUIRED)
        return Keys({"from": value} if isinstance(value, str) else value, self._source, self._inner(key))

    def _inner(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _take(self, key: str, kinds: Any, expected: str, default: Any) -> Any:
        if key not in self._raw:
            if default is _REQUIRED:
                raise ConfigError(f"{self.place(key)} is missing; expected {expected}")
            return default
        value = self._raw.pop(key)
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds is not bool):
            raise ConfigError(f"{self.place(key)} is {value!r}; expected {expected}")
        return value


def all_or_raise(makers: Iterable[Callable[[], _Default]], problems: Sequence[ConfigError] = ()) -> list[_Default]:
    """What all of these make, or everything that is wrong at once.

    Args:
        makers: Each makes one thing.
        problems: What is known to be wrong already.

    Raises:
        ConfigError: Something is wrong; one that holds all there is.
    """
    made, found = [], list(problems)
    for maker in makers:
        try:
            made.append(maker())
        except ConfigError as error:
            found.append(error)
    if len(found) == 1:
        raise found[0]
    if found:
        raise ConfigError("\n".join(map(str, found)))
    return made
