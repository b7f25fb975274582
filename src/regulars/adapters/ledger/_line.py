"""What a till waits for goes over PostgreSQL's own line, below the driver's cursors.

A cursor of the driver costs some 70 microseconds of CPU a statement on the way to the server and back, of which libpq
needs 10; a commit of calls takes some eighteen. So statements prepared by name are sent, and their answers read, with
libpq itself; values become text here, and rows become records with the driver's own loaders.
"""

from __future__ import annotations

import select
from collections import deque
from collections.abc import Sequence
from datetime import date
from typing import Any

from psycopg import Connection, DataError, Error, OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, PipelineStatus, TransactionStatus
from sqlalchemy import Connection as Joined

_KEPT_AS = "regulars_line"
_OUT_OF_STEP = "the line to the server is out of step"
_PATIENCE_SECONDS = 20.0
"""A server that sends, and takes, nothing for so long is not waited for: a lock it gives up after ten (`_engine`)."""


class Asked:
    """A statement that was sent; `rows` is what it found, once it was answered."""

    __slots__ = ("finds", "prepares", "rows", "status", "text")

    def __init__(self, text: str, *, finds: bool = False, prepares: str = "") -> None:
        self.text, self.finds, self.prepares = text, finds, prepares
        self.rows: Sequence[Any] | None = None
        self.status = ""


class Line:
    """One connection of the driver's, as `line_of` gives it.

    Args:
        driver: Used by nobody else while something is sent together.
    """

    def __init__(self, driver: Connection[Any]) -> None:
        self._driver, self._server = driver, driver.pgconn
        self._loads = Transformer(driver)
        self._names: dict[str, bytes] = {}
        self._made = 0
        self._open: deque[Asked] = deque()
        self._unasked = False
        self._failed: Error | None = None
        self._refused = ""
        self._poll = select.poll()
        self._poll.register(self._server.socket, select.POLLIN)

    @property
    def together(self) -> bool:
        """Whether what is sent waits for no answer."""
        return self._server.pipeline_status != PipelineStatus.OFF

    def refused(self, error: BaseException) -> str:
        """The statement that the server refused with this error, whichever was waited for; empty if it was none."""
        return self._refused if error is self._failed else ""

    def begin(self) -> None:
        """From here on, send without waiting for each answer; begins a transaction where the driver would."""
        self._failed = None
        self._server.enter_pipeline_mode()
        if not self._driver.autocommit and self._server.transaction_status == TransactionStatus.IDLE:
            self._send("BEGIN", (), finds=False)

    def ask(self, text: str, values: Sequence[bytes | None], *, finds: bool = False) -> Asked:
        """Send a statement; waits for its answer unless more is sent together with it.

        Args:
            text: With ``$1`` and so on for values. The server prepares it once, if the driver prepares nothing itself.
            values: In that order.
            finds: Whether its rows are wanted.

        Raises:
            psycopg.Error: The server refused it, or is away.
        """
        if self.together:
            return self._send(text, values, finds)
        self.begin()
        asked = self._send(text, values, finds)
        self.end()
        return asked

    def _send(self, text: str, values: Sequence[bytes | None], finds: bool) -> Asked:
        asked = Asked(text, finds=finds)
        try:
            if (
                self._driver.prepare_threshold is not None
            ):  # the driver drops all that is prepared when it rolls back
                self._server.send_query_params(text.encode(), values)
            else:
                self._server.send_query_prepared(self._name_of(text), values)
            self._open.append(asked)
        except BaseException:  # nobody knows how much of it is on the line
            self._driver.close()
            raise
        self._unasked = True
        return asked

    def _name_of(self, text: str) -> bytes:
        """What the server knows a statement by, told it if it does not yet."""
        name = self._names.get(text)
        if name is None:
            self._made += 1
            name = self._names[text] = b"regulars_%d" % self._made
            self._server.send_prepare(name, text.encode())
            self._open.append(Asked(text, prepares=text))
        return name

    def push(self, *, answers: bool = False) -> None:
        """Have the server begin with what was sent, while more is made here; and answer it."""
        if answers and self._unasked and self.together:
            self._server.send_flush_request()
            self._unasked = False
        self._flush()

    def wait(self, asked: Asked) -> Sequence[Any]:
        """The rows that were asked for.

        Raises:
            psycopg.Error: The server refused it, or something sent before it; or it is away.
        """
        if asked.rows is None and self._failed is None:
            self.push(answers=True)
            while self._open and asked.rows is None and self._failed is None:
                self._read()
        if asked.rows is None:
            raise self._failed or OperationalError(_OUT_OF_STEP)
        return asked.rows

    def end(self) -> None:
        """Read all answers that are left, and wait for each again from now on.

        Raises:
            psycopg.Error: The first refusal; or the server is away, and the line is closed.
        """
        try:
            self._server.pipeline_sync()
            self._flush()
            while self._open:
                self._read()
            if (result := self._result()) is None or result.status != ExecStatus.PIPELINE_SYNC:
                raise OperationalError(_OUT_OF_STEP)
            self._server.exit_pipeline_mode()
        except BaseException:  # an answer left on the line would be taken for a later one's
            self._driver.close()
            raise
        if self._failed is not None:
            raise self._failed

    def _read(self) -> None:
        """Take the next answer."""
        result = self._result()
        if result is None:
            raise OperationalError(_OUT_OF_STEP)
        asked = self._open.popleft()
        if result.status == ExecStatus.TUPLES_OK:
            asked.rows = self._rows(result) if asked.finds else ()
        elif result.status == ExecStatus.COMMAND_OK:
            asked.rows, asked.status = (), (result.command_status or b"").decode()
        else:
            self._names.pop(asked.prepares, None)
            if self._failed is None:
                self._failed, self._refused = error_from_result(result), asked.text
            if self._server.status == ConnStatus.BAD:
                raise self._failed
        if self._result() is not None:
            raise OperationalError(_OUT_OF_STEP)

    def _rows(self, result: Any) -> Sequence[Any]:
        self._loads.set_pgresult(result)
        return self._loads.load_rows(0, result.ntuples, tuple)

    def _result(self) -> Any:
        """What the server says next; other threads run while it is waited for."""
        while self._server.is_busy():
            self._await(self._poll)
            self._server.consume_input()
        return self._server.get_result()

    def _await(self, poll: select.poll) -> int:
        """Wait until the line can be read or written; which of them.

        Raises:
            OperationalError: The server is silent, and the line is closed.
        """
        ready = poll.poll(_PATIENCE_SECONDS * 1000)
        if not ready:
            self._driver.close()
            raise OperationalError(f"the server was silent for {_PATIENCE_SECONDS:g} seconds")
        return ready[0][1]

    def _flush(self) -> None:
        """Hand all over to the network, reading meanwhile, so that neither side waits for the other."""
        while self._server.flush():
            ready = select.poll()
            ready.register(self._server.socket, select.POLLIN | select.POLLOUT)
            if self._await(ready) & ~select.POLLOUT:
                self._server.consume_input()


def line_of(connection: Joined) -> Line:
    """The line of a connection to PostgreSQL, made when it is first asked for and kept as long as that is."""
    return line_kept(connection.connection.info, connection.connection.dbapi_connection)


def line_kept(info: dict[Any, Any], driver: Any) -> Line:
    """The same, of a connection in the pool.

    Args:
        info: What the pool keeps with the connection.
        driver: The driver's connection.
    """
    line: Line | None = info.get(_KEPT_AS)
    if line is None:
        line = info[_KEPT_AS] = Line(driver)
    return line


def value_text(value: Any) -> bytes | None:
    """A value as PostgreSQL reads it.

    Raises:
        DataError: A text with a NUL, which PostgreSQL cannot keep.

    Example:
        >>> value_text("a"), value_text(3), value_text(date(2017, 11, 27)), value_text(None)
        (b'a', b'3', b'2017-11-27', None)
    """
    if value is None:
        return None
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, int):
        return b"%d" % value
    assert isinstance(value, date), f"no value is written of {type(value).__name__}"  # a datetime is one
    return value.isoformat().encode()


def whole_text(text: str) -> bytes:
    """A text for the server.

    Raises:
        DataError: It holds a NUL; libpq would end it there. Or half a surrogate pair, which is no character.
    """
    if "\0" in text:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise DataError(f"the text is none: {error.reason}") from None
