"""Statements rendered once and run on the driver's own cursor, for what a till waits for.

SQLAlchemy renders a statement's parameters and wraps its result each time: 50 to 110 microseconds a statement here, of
which the driver needs 5 to 30; a basket takes some twenty-five statements. The statement itself stays SQLAlchemy's, so
that it is written once for both stores; failures are wrapped as SQLAlchemy wraps them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NoReturn

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement, Select

_Process = Callable[[Any], Any]


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

    def rows(self, connection: Connection, named: Mapping[str, Any]) -> Sequence[Any]:
        """What a query finds, as tuples in the order of its columns.

        Args:
            connection: Begins a transaction unless it is in one.
            named: Values of its parameters; the list must hold something.
        """
        return self.sent(connection, named)()

    def sent(self, connection: Connection, named: Mapping[str, Any]) -> Callable[[], Sequence[Any]]:
        """Ask, as `rows` does; what it returns waits for the answer, so that several can be asked together."""
        if not connection.in_transaction():
            connection.begin()
        size = 0
        if self._many and connection.dialect.name != "postgresql":
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
        """Run it once for each row, in the connection's transaction; all rows have the same names."""
        if not rows:
            return
        rendered = self._for(connection.dialect, 0, rows[0])
        with _Failing(connection, rendered.text):
            connection.connection.cursor().executemany(rendered.text, [rendered.bound(row) for row in rows])

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


@contextmanager
def sent_together(connection: Connection) -> Iterator[None]:
    """Within it, PostgreSQL is sent all without waiting for each answer, until an answer is asked for."""
    dialect = connection.dialect
    if dialect.name != "postgresql":
        yield
        return
    pipeline = connection.connection.dbapi_connection.pipeline()  # type: ignore[union-attr]
    with _Failing(connection, "(several, sent together)"), pipeline:
        yield


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
