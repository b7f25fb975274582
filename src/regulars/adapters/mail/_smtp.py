"""The way to the mail server: one connection kept open, every answer told apart by what it proves."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field

from regulars.flows import Delivery, MailState
from regulars.kernel import StoreError

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
            if code == 250:
                code, answer = connection.rcpt(address)
            if code not in {250, 251}:
                connection.rset()
                return self._told(code, answer, permanent_address=code >= _PERMANENT)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Delivery(MailState.DEFERRED, f"before the message: {type(error).__name__}")
        try:
            code, answer = connection.data(message)
        except smtplib.SMTPDataError as error:
            return self._told(error.smtp_code, error.smtp_error, permanent_address=False)
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            return Delivery(MailState.STARTED, f"no answer to the message: {type(error).__name__}")
        self._carried += 1
        if self._carried >= _MESSAGES_PER_CONNECTION:
            self.close()
        return self._told(code, answer, permanent_address=False)

    def _told(self, code: int, answer: bytes | str, *, permanent_address: bool) -> Delivery:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        detail = f"{code} {' '.join(text.split())[:200]}"
        if code == 250:
            return Delivery(MailState.ACCEPTED, detail)
        state = MailState.REFUSED if code >= _PERMANENT else MailState.DEFERRED
        return Delivery(state, detail, address_is_dead=permanent_address and " 5.1." in detail)

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
