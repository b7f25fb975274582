"""The way to the mail server: one connection kept open, every answer told apart by what it proves."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field

from regulars.flows import Delivery, MailState
from regulars.kernel import StoreError

from ._status import blames_sender, is_dead, status_of

_TIMEOUT_SECONDS = 60
_PERMANENT = 500
_MESSAGES_PER_CONNECTION = 200


@dataclass
class SmtpCarrier:
    """Hands messages to one mail server.

    Args:
        host: Its name.
        port: Its port.
        starttls: Whether the connection is encrypted before anything is said.
        user: For the log-in; empty for none.
        password: For the log-in.
        sender: The envelope's sender: where bounces go.
    """

    host: str
    port: int
    starttls: bool
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    _connection: smtplib.SMTP | None = field(default=None, repr=False)
    _carried: int = 0

    def deliver(self, address: str, message: bytes) -> Delivery:
        """Hand over one message; see the port.

        Raises:
            StoreError: The server cannot be reached or refuses the log-in; the message was not handed over.
        """
        connection = self._opened()
        try:
            code, answer = connection.mail(self.sender)
            if code != 250:
                connection.rset()
                return Delivery(MailState.DEFERRED, _detail(code, answer))
            code, answer = connection.rcpt(address)
            if code not in {250, 251}:
                connection.rset()
                return _receiver_refused(code, answer)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Delivery(MailState.DEFERRED, f"before the message: {type(error).__name__}")
        try:
            code, answer = connection.data(message)
        except smtplib.SMTPDataError as error:
            return _message_told(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Delivery(MailState.STARTED, f"no answer to the message: {type(error).__name__}")
        self._carried += 1
        if self._carried >= _MESSAGES_PER_CONNECTION:
            self.close()
        return _message_told(code, answer)

    def _opened(self) -> smtplib.SMTP:
        if self._connection is not None:
            return self._connection
        try:
            connection = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECONDS)
            if self.starttls:
                connection.starttls(context=ssl.create_default_context())
            if self.user:
                connection.login(self.user, self.password)
            connection.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError) as error:
            raise StoreError(
                f"the mail server {self.host}:{self.port} does not take messages: {error}",
                hint="look at [mail] in regulars.toml; run again to go on",
                retryable=True,
            ) from error
        self._connection, self._carried = connection, 0
        return connection

    def close(self) -> None:
        """Say goodbye, if somebody listens."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (smtplib.SMTPException, OSError):
                connection.close()


def _detail(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(text.split())[:200]}"


def _receiver_refused(code: int, answer: bytes | str) -> Delivery:
    """What follows when the receiver was not taken: nothing for the address where the sender is to blame."""
    detail = _detail(code, answer)
    status = status_of(detail)
    if code < _PERMANENT or blames_sender(code, status):
        return Delivery(MailState.DEFERRED, detail)
    return Delivery(MailState.REFUSED, detail, address_is_dead=is_dead(status))


def _message_told(code: int, answer: bytes | str) -> Delivery:
    """What the answer to a whole message proves."""
    detail = _detail(code, answer)
    if code == 250:
        return Delivery(MailState.ACCEPTED, detail)
    return Delivery(MailState.REFUSED if code >= _PERMANENT else MailState.DEFERRED, detail)
