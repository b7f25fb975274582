"""Statements rendered once and run on the driver's own cursor, for what a till waits for.

SQLAlchemy renders a statement's parameters and wraps its result each time: 50 to 110 microseconds a statement here, of
which the driver needs 5 to 30; a basket takes some twenty-five statements. The statement itself stays SQLAlchemy's, so
that it is written once for both stores; failures are wrapped as SQLAlchemy wraps them.

Many rows go to PostgreSQL as one statement over an array a column: one message each way instead of one a row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any, NoReturn

from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement, Select

_Process = Callable[[Any], Any]
_MARK = re.compile(r"%\((\w+)\)s::(TIMESTAMP WITH TIME ZONE|\w+)")
"""A value of PostgreSQL's, as SQLAlchemy writes it: its name and its type."""


@dataclass(frozen=True)
class _Rendered:
    """A statement's text for one store, and what happens to values on their way in and out."""

    text: str
    order: Callable[[Mapping[str, Any]], Any] | None
    fixed: Mapping[str, Any]
    into: Mapping[str, _Process]
    out_of: Sequence[tuple[int, _Process]]

    def bound(self, named: Mapping[str, Any]) -> Any:
        """Values as the driver takes them."""
        if self.fixed or self.into:
            named = {**self.fixed, **named}
            for name, process in self.into.items():
                named[name] = process(named[name])
        return named if self.order is None else self.order(named)


class Prepared:
    """A statement of SQLAlchemy's, made ready.

    Args:
        statement: Its values are bound parameters, or for an insert the columns of the rows it is given.
        many: The parameter that stands for a list (``IN``, `expanding`), if there is one.
    """

    def __init__(self, statement: ClauseElement, *, many: str = "") -> None:
        self._statement, self._many = statement, many
        self._rendered: dict[tuple[str, int], _Rendered] = {}
        self._spread: str | None = None

    def rows(self, connection: Connection, named: Mapping[str, Any]) -> Sequence[Any]:
        """What a query finds, as tuples in the order of its columns.

        Args:
            connection: Begins a transaction unless it is in one; PostgreSQL's driver does so itself where it has to.
            named: Values of its parameters; the list must hold something.
        """
        return self.sent(connection, named)()

    def sent(self, connection: Connection, named: Mapping[str, Any]) -> Callable[[], Sequence[Any]]:
        """Ask, as `rows` does; what it returns waits for the answer, so that several can be asked together."""
        size = 0
        if connection.dialect.name != "postgresql":
            if not connection.in_transaction():
                connection.begin()
            if self._many:
                named, size = self._padded(named)
        rendered = self._for(connection.dialect, size, named)
        cursor = connection.connection.cursor()
        with _Failing(connection, rendered.text):
            cursor.execute(rendered.text, rendered.bound(named))

        def found() -> Sequence[Any]:
            with _Failing(connection, rendered.text):
                rows: Sequence[Any] = cursor.fetchall()
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
        if connection.dialect.name == "postgresql" and len(rows) > 1:
            self._run_spread(connection, rendered, rows)
            return
        with _Failing(connection, rendered.text):
            cursor = connection.connection.cursor()
            if len(rows) == 1:
                cursor.execute(rendered.text, rendered.bound(rows[0]))
            else:
                cursor.executemany(rendered.text, [rendered.bound(row) for row in rows])

    def _run_spread(self, connection: Connection, rendered: _Rendered, rows: Sequence[Mapping[str, Any]]) -> None:
        if self._spread is None:
            self._spread = _over_arrays(rendered.text)
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        for name, process in rendered.into.items():
            columns[name] = list(map(process, columns[name]))
        with _Failing(connection, self._spread):
            arrays = {name: _array_text(values) for name, values in columns.items()}
            connection.connection.cursor().execute(self._spread, arrays)

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
        return _Rendered(text, _in_order(state.positiontup), fixed, into, out_of)


def _in_order(names: Sequence[str] | None) -> Callable[[Mapping[str, Any]], Any] | None:
    """Picks values in the order of the text's marks; None where it names them."""
    if names is None:
        return None
    return itemgetter(*names) if len(names) > 1 else lambda named: tuple([named[name] for name in names])


def _as_array(text: str, many: str) -> str:
    """PostgreSQL takes a list of any length as one value: one text, planned once, found by index."""
    listed = re.compile(rf" IN \(%\({many}_1\)s(::\w+)?\)")
    assert listed.search(text), f"no list {many!r} in: {text}"
    return listed.sub(f" = ANY(%({many})s::TEXT[])", text)


def _over_arrays(text: str) -> str:
    """The statement for PostgreSQL that does for the rows of some arrays what `text` does for one row's values."""
    types = dict(_MARK.findall(text))
    arrays = ", ".join(f"%({name})s::{kind}[]" for name, kind in types.items())
    names = ", ".join(f'"{name}"' for name in types)
    source = f"FROM unnest({arrays}) AS given ({names})"
    text = " ".join(_MARK.sub(r'given."\1"', text).split())
    assert "%(" not in text, f"a value without a type in: {text}"
    if text.startswith("INSERT"):
        into, values = text.split(" VALUES ")
        return f"{into} SELECT {values.strip('()')} {source}"
    changed, where = text.split(" WHERE ")
    return f"{changed} {source} WHERE {where}"


def _array_text(values: Sequence[Any]) -> str:
    """Values as PostgreSQL reads an array: a JSON list but for its braces, and for what is escaped in it.

    Example:
        >>> _array_text(["a", "b, c", None]), _array_text([3, 4])
        ('{"a", "b, c", null}', '{3, 4}')
    """
    text = json.dumps(values, ensure_ascii=False, default=_date_text)
    if "\\" in text:
        return "{" + ",".join(map(_escaped, values)) + "}"
    return "{" + text[1:-1] + "}"


def _escaped(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return json.dumps(value, default=_date_text)


def _date_text(value: object) -> str:
    assert isinstance(value, date), f"no array is written of {type(value).__name__}"  # a datetime is one
    return value.isoformat()


@contextmanager
def sent_together(connection: Connection) -> Iterator[None]:
    """Within it, PostgreSQL is sent all without waiting for each answer, until an answer is asked for.

    Only what is made ready here may be run within it: SQLAlchemy looks for an answer at once.
    """
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "postgresql" or driver.pgconn.pipeline_status:
        yield
        return
    with _Failing(connection, "(several, sent together)"), driver.pipeline():
        yield


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
        try:
            with sent_together(connection):
                driver.cursor().execute("BEGIN")
                yield connection
                end = driver.cursor().execute("COMMIT")
            if end.statusmessage != "COMMIT":
                raise RuntimeError(f"the transaction ended with {end.statusmessage}")
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
        if error is not None and isinstance(error, self._connection.dialect.dbapi.Error):  # type: ignore[union-attr]
            _fail(self._connection, self._text, error)


def _fail(connection: Connection, text: str, error: Exception) -> NoReturn:
    """Raise a driver's failure as SQLAlchemy would, a lost connection put away."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    base: type[Exception] = dialect.dbapi.Error  # type: ignore[union-attr]
    raise DBAPIError.instance(text, None, error, base, dialect=dialect, connection_invalidated=lost) from error
