"""Statements rendered once and run on the driver's own cursor, for what a till waits for.

SQLAlchemy renders a statement's parameters and wraps its result each time: 50 to 110 microseconds a statement here, of
which the driver needs 5 to 30; a basket takes some twenty-five statements. The statement itself stays SQLAlchemy's, so
that it is written once for both stores; failures are wrapped as SQLAlchemy wraps them.

Many rows go to PostgreSQL as one statement over an array a column: one message each way instead of one a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any, NoReturn

from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement, Select

from ._line import line_of, value_text, whole_text

_Process = Callable[[Any], Any]
_MARK = re.compile(r"%\((\w+)\)s::(TIMESTAMP WITH TIME ZONE|\w+)")
"""A value of PostgreSQL's, as SQLAlchemy writes it: its name and its type."""
_NAME = re.compile(r"%\((\w+)\)s")
_SEVERAL = "(several, sent together)"


@dataclass(frozen=True)
class _Rendered:
    """A statement's text for one store, and what happens to values on their way in and out."""

    text: str
    order: Callable[[Mapping[str, Any]], Any]
    fixed: Mapping[str, Any]
    into: Mapping[str, _Process]
    out_of: Sequence[tuple[int, _Process]]
    named: str = ""

    def bound(self, named: Mapping[str, Any]) -> Any:
        """Values in the order of the text's marks."""
        if self.fixed or self.into:
            named = {**self.fixed, **named}
            for name, process in self.into.items():
                named[name] = process(named[name])
        return self.order(named)


@dataclass(frozen=True)
class _Spread:
    """A statement of PostgreSQL's over the rows of some arrays: its text, and names of its values in order."""

    text: str
    names: Sequence[str]
    alike: frozenset[str]


class Prepared:
    """A statement of SQLAlchemy's, made ready.

    Args:
        statement: Its values are bound parameters, or for an insert the columns of the rows it is given.
        many: The parameter that stands for a list (``IN``, `expanding`), if there is one.
        alike: Values that are the same in all rows it is run for together.
    """

    def __init__(self, statement: ClauseElement, *, many: str = "", alike: Iterable[str] = ()) -> None:
        self._statement, self._many, self._alike = statement, many, frozenset(alike)
        self._rendered: dict[tuple[str, int], _Rendered] = {}
        self._spread: _Spread | None = None

    def rows(self, connection: Connection, named: Mapping[str, Any]) -> Sequence[Any]:
        """What a query finds, as tuples in the order of its columns.

        Args:
            connection: Begins a transaction unless it is in one, or commits each statement.
            named: Values of its parameters; the list must hold something.
        """
        return self.sent(connection, named)()

    def sent(self, connection: Connection, named: Mapping[str, Any]) -> Callable[[], Sequence[Any]]:
        """Ask, as `rows` does; what it returns waits for the answer, so that several can be asked together."""
        if connection.dialect.name == "postgresql":
            return self._sent_over(connection, named)
        if not connection.in_transaction():
            connection.begin()
        named, size = self._padded(named) if self._many else (named, 0)
        rendered = self._for(connection.dialect, size, named)
        cursor = connection.connection.cursor()
        with _Failing(connection, rendered.text):
            cursor.execute(rendered.text, rendered.bound(named))

        def found() -> Sequence[Any]:
            with _Failing(connection, rendered.text):
                rows: Sequence[Any] = cursor.fetchall()
            return [_read(row, rendered.out_of) for row in rows] if rendered.out_of else rows

        return found

    def _sent_over(self, connection: Connection, named: Mapping[str, Any]) -> Callable[[], Sequence[Any]]:
        rendered = self._for(connection.dialect, 0, named)
        with _Failing(connection, rendered.text):
            line = line_of(connection)
            asked = line.ask(rendered.text, [_as_text(value) for value in rendered.bound(named)], finds=True)

        def found() -> Sequence[Any]:
            with _Failing(connection, rendered.text):
                rows = line.wait(asked)
            return [_read(row, rendered.out_of) for row in rows] if rendered.out_of else rows

        return found

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each row, in the connection's transaction.

        Args:
            connection: In a transaction.
            rows: All with the same names; an update names each row of its table once.
        """
        if not rows:
            return
        rendered = self._for(connection.dialect, 0, rows[0])
        if connection.dialect.name == "postgresql":
            self._run_over(connection, rendered, rows)
            return
        with _Failing(connection, rendered.text):
            cursor = connection.connection.cursor()
            if len(rows) == 1:
                cursor.execute(rendered.text, rendered.bound(rows[0]))
            else:
                cursor.executemany(rendered.text, [rendered.bound(row) for row in rows])

    def _run_over(self, connection: Connection, rendered: _Rendered, rows: Sequence[Mapping[str, Any]]) -> None:
        text = rendered.text
        with _Failing(connection, text):
            if len(rows) == 1:
                values = [_as_text(value) for value in rendered.bound(rows[0])]
            else:
                spread = self._spread = self._spread or _over_arrays(rendered.named, self._alike)
                text, values = spread.text, _columns(spread, rendered, rows)
            line = line_of(connection)
            line.ask(text, values)
            line.push()

    def _padded(self, named: Mapping[str, Any]) -> tuple[Mapping[str, Any], int]:
        """The list filled up to a power of two with its last item, so that few texts serve all sizes."""
        items = named[self._many]
        size = 1 << (len(items) - 1).bit_length()
        padding = (items[-1] for _ in range(size - len(items)))
        spread = {f"{self._many}_{place}": item for place, item in enumerate((*items, *padding), start=1)}
        return {**named, **spread}, size

    def _for(self, dialect: Dialect, size: int, named: Mapping[str, Any]) -> _Rendered:
        found = self._rendered.get((dialect.name, size))
        if found is None:
            found = self._rendered[dialect.name, size] = self._render(dialect, size, list(named))
        return found

    def _render(self, dialect: Dialect, size: int, names: list[str]) -> _Rendered:
        selected = isinstance(self._statement, Select)
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=None if selected else names)
        needed = {name: None for name, bind in compiled.binds.items() if bind.required}
        listed = {self._many: [""] * max(1, size)} if self._many else {}
        state = compiled.construct_expanded_state({**needed, **listed})
        fixed = {
            name: value
            for name, value in state.parameters.items()
            if name in compiled.binds and name not in needed
        }
        into = {
            name: process
            for name, bind in compiled.binds.items()
            if name != self._many and (process := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        columns = list(self._statement.selected_columns) if selected else []  # type: ignore[attr-defined]
        out_of = [
            (place, process)
            for place, column in enumerate(columns)
            if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]
        text = state.statement
        if self._many and not size:
            text = _as_array(text, self._many)
        if dialect.name != "postgresql":
            return _Rendered(text, _in_order(state.positiontup), fixed, into, out_of)
        numbered, order = _numbered(text)
        return _Rendered(numbered, _in_order(order), fixed, into, out_of, text)


def _columns(spread: _Spread, rendered: _Rendered, rows: Sequence[Mapping[str, Any]]) -> list[bytes | None]:
    """The values of a statement over arrays: an array a column, or the one value all rows have."""
    texts: list[bytes | None] = []
    for name in spread.names:
        process = rendered.into.get(name)
        if name in spread.alike:
            value = rows[0][name]
            texts.append(_as_text(process(value) if process else value))
        else:
            values = [row[name] for row in rows]
            texts.append(whole_text(_array_text(list(map(process, values)) if process else values)))
    return texts


def _as_text(value: Any) -> bytes | None:
    return whole_text(_array_text(value)) if isinstance(value, list) else value_text(value)


def _in_order(names: Sequence[str]) -> Callable[[Mapping[str, Any]], Any]:
    """Picks values in the order of the text's marks."""
    return itemgetter(*names) if len(names) > 1 else lambda named: tuple([named[name] for name in names])


def _as_array(text: str, many: str) -> str:
    """PostgreSQL takes a list of any length as one value: one text, planned once, found by index."""
    listed = re.compile(rf" IN \(%\({many}_1\)s(::\w+)?\)")
    assert listed.search(text), f"no list {many!r} in: {text}"
    return listed.sub(f" = ANY(%({many})s::TEXT[])", text)


def _numbered(text: str) -> tuple[str, list[str]]:
    """A text whose values are numbered, as PostgreSQL itself has them, and their names in that order."""
    names = list(dict.fromkeys(_NAME.findall(text)))
    places = {name: f"${place}" for place, name in enumerate(names, start=1)}
    numbered = _NAME.sub(lambda mark: places[mark[1]], text)
    return numbered.replace("%%", "%"), names


def _over_arrays(text: str, alike: frozenset[str]) -> _Spread:
    """The statement for PostgreSQL that does for the rows of some arrays what `text` does for one row's values."""
    types = {name: kind for name, kind in _MARK.findall(text) if name not in alike}
    arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in types.items())
    names = ", ".join(f'"{name}"' for name in types)
    source = f"FROM unnest({arrays}) AS given ({names})"
    text = _MARK.sub(lambda mark: mark[0] if mark[1] in alike else f'given."{mark[1]}"', text)
    text = " ".join(text.split())
    if text.startswith("INSERT"):
        into, values = text.split(" VALUES (")
        text = f"{into} SELECT {values.removesuffix(')')} {source}"
    else:
        changed, where = text.split(" WHERE ")
        text = f"{changed} {source} WHERE {where}"
    numbered, order = _numbered(text)
    assert set(order) == types.keys() | alike, f"a value without a type in: {text}"
    return _Spread(numbered, order, alike)


def _array_text(values: Sequence[Any]) -> str:
    """Values as PostgreSQL reads an array: a JSON list but for its braces, and for what is escaped in it.

    Example:
        >>> _array_text(["a", "b, c", None]), _array_text([3, 4]), _array_text(["a", "b"])
        ('{"a", "b, c", null}', '{3, 4}', '{"a","b"}')
    """
    if isinstance(values[0], str):
        try:
            text = '","'.join(values)
        except TypeError:  # a null among them
            pass
        else:
            if "\\" not in text and text.count('"') == 2 * len(values) - 2:
                return f'{{"{text}"}}'
    text = _encoded(values)
    if "\\" in text:
        return "{" + ",".join(map(_escaped, values)) + "}"
    return "{" + text[1:-1] + "}"


def _escaped(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return _encoded(value)


def _date_text(value: object) -> str:
    assert isinstance(value, date), f"no array is written of {type(value).__name__}"  # a datetime is one
    return value.isoformat()


_encoded = json.JSONEncoder(ensure_ascii=False, default=_date_text).encode


@contextmanager
def sent_together(connection: Connection) -> Iterator[None]:
    """Within it, PostgreSQL is sent all without waiting for each answer, until an answer is asked for.

    Only what is made ready here may be run within it: SQLAlchemy looks for an answer at once.
    """
    line = line_of(connection) if connection.dialect.name == "postgresql" else None
    if line is None or line.together:
        yield
        return
    with _Failing(connection, _SEVERAL):
        line.begin()
    try:
        yield
    except BaseException:
        if not connection.invalidated:
            with suppress(DBAPIError), _Failing(connection, _SEVERAL):
                line.end()
        raise
    with _Failing(connection, _SEVERAL):
        line.end()


def answer_soon(connection: Connection) -> None:
    """Have PostgreSQL answer what it was asked, while the caller does something else."""
    if connection.dialect.name == "postgresql":
        with _Failing(connection, _SEVERAL):
            line_of(connection).push(answers=True)


@contextmanager
def transaction_sent_together(engine: Engine) -> Iterator[Connection]:
    """One transaction of PostgreSQL, whose beginning and end travel with what stands next to them.

    Args:
        engine: Its connections commit each statement unless told to begin; SQLAlchemy begins and ends nothing.

    Raises:
        DBAPIError: Something in it failed, and nothing of it was written; or whether it was written is not known.
    """
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        line = line_of(connection)
        try:
            with sent_together(connection):
                line.ask("BEGIN", ())
                yield connection
                end = line.ask("COMMIT", ())
            if end.status != "COMMIT":
                raise RuntimeError(f"the transaction ended with {end.status}")
        except BaseException:
            _take_back(connection, driver)
            raise


def _take_back(connection: Connection, driver: Any) -> None:
    """Roll back; a line that is broken is put away, so that no later call gets it, and what failed first is told."""
    if connection.invalidated:
        return
    try:
        driver.rollback()
    except connection.dialect.loaded_dbapi.Error as error:
        connection.invalidate(error)


def _read(row: Sequence[Any], out_of: Sequence[tuple[int, _Process]]) -> Sequence[Any]:
    values = list(row)
    for place, process in out_of:
        values[place] = process(values[place])
    return values


class _Failing:
    """What fails in the driver within it is raised as SQLAlchemy would, naming the statement."""

    def __init__(self, connection: Connection, text: str) -> None:
        self._connection, self._text = connection, text

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        if isinstance(error, self._connection.dialect.dbapi.Error):  # type: ignore[union-attr]
            _fail(self._connection, self._refused(error) or self._text, error)
        if getattr(self._connection.connection.dbapi_connection, "closed", False):  # broken off within a sending
            self._connection.invalidate()

    def _refused(self, error: BaseException) -> str:
        over_line = self._connection.dialect.name == "postgresql" and not self._connection.invalidated
        return line_of(self._connection).refused(error) if over_line else ""


def _fail(connection: Connection, text: str, error: Exception) -> NoReturn:
    """Raise a driver's failure as SQLAlchemy would, a lost connection put away."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    base: type[Exception] = dialect.dbapi.Error  # type: ignore[union-attr]
    raise DBAPIError.instance(text, None, error, base, dialect=dialect, connection_invalidated=lost) from error
