"""One message as bytes: parts, headers, and the same boundaries for the same list."""

from __future__ import annotations

import base64
import hashlib
import quopri
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from regulars.adapters.pages import EmailText

_LINE = 76


@dataclass(frozen=True)
class MailIdentity:
    """Who sends.

    Args:
        name: As shown, the store's name.
        address: The sender's address.
        unsubscribe_mailbox: Where a message to unsubscribe goes.
    """

    name: str
    address: str
    unsubscribe_mailbox: str

    @property
    def domain(self) -> str:
        """Domain of the sender."""
        return self.address.rpartition("@")[2]


def message_id(identity: MailIdentity, plan_id: str, list_number: int) -> str:
    """The same for the same list, so that a receiver can tell a repetition."""
    return f"<{plan_id}.{list_number}@{identity.domain}>"


def build_message(
    text: EmailText,
    identity: MailIdentity,
    *,
    to: str,
    unsubscribe: str,
    unsubscribe_token: str,
    identifier: str,
    at: datetime,
) -> bytes:
    """A message ready to be signed.

    Args:
        text: What it says.
        identity: Who sends.
        to: The receiver's address.
        unsubscribe: One-click address, https.
        unsubscribe_token: Subject of a message that unsubscribes.
        identifier: Its Message-ID.
        at: When it is sent.

    Returns:
        Headers and body with CR LF line ends; the same arguments give the same bytes.
    """
    head = EmailMessage(policy=SMTP)
    local, _, domain = identity.address.rpartition("@")
    head["From"] = Address(identity.name, local, domain)
    head["To"] = to
    head["Subject"] = text.subject
    head["Date"] = format_datetime(at)
    head["Message-ID"] = identifier
    head["List-Id"] = f"{identity.name} lists <lists.{identity.domain}>"
    mailbox = f"<mailto:{identity.unsubscribe_mailbox}?subject={unsubscribe_token}>"
    head["List-Unsubscribe"] = f"<{unsubscribe}>, {mailbox}"
    head["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    head["Auto-Submitted"] = "auto-generated"
    head["MIME-Version"] = "1.0"
    mark = hashlib.sha256(identifier.encode()).hexdigest()[:24]
    lines = [line for line in head.as_bytes().split(b"\r\n") if line]
    lines.append(f'Content-Type: multipart/related; type="multipart/alternative"; boundary="r-{mark}"'.encode())
    return b"\r\n".join([*lines, b"", *_parts(text, mark), b""])


def _parts(text: EmailText, mark: str) -> list[bytes]:
    related, alternative = f"--r-{mark}".encode(), f"--a-{mark}".encode()
    picture = base64.b64encode(text.bars_png)
    return [
        related,
        f'Content-Type: multipart/alternative; boundary="a-{mark}"'.encode(), b"",
        alternative, *_text_part("plain", text.plain),
        alternative, *_text_part("html", text.html),
        alternative + b"--", b"",
        related,
        b"Content-Type: image/png", b"Content-Transfer-Encoding: base64",
        b"Content-ID: <bars@list>", b'Content-Disposition: inline; filename="bars.png"', b"",
        *(picture[at : at + _LINE] for at in range(0, len(picture), _LINE)),
        related + b"--",
    ]  # fmt: skip


def _text_part(kind: str, text: str) -> list[bytes]:
    coded = quopri.encodestring(text.encode()).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{kind}; charset=utf-8".encode()
    return [head, b"Content-Transfer-Encoding: quoted-printable", b"", coded]
