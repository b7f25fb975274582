"""Lists by e-mail: the message, its signature, the book of what was sent, and the way to the mail server.

In: rendered messages, a mail server, reports that came back. Out: messages handed over at most once per household and
cycle, and a book that says so.
Rules: what is about to be sent is written down before, what became of it after; both durably. An address that is
suppressed is never written to. Addresses lie in `mail.db` alone, so that they can be erased.
Not here: what a message says (adapters.pages).
"""

from ._book import SqliteMailBook
from ._bounces import read_returned
from ._dkim import DkimSigner, load_dkim_key
from ._message import MailIdentity, build_message, message_id
from ._smtp import SmtpCarrier
from ._writer import ListWriter

__all__ = [
    "DkimSigner",
    "ListWriter",
    "MailIdentity",
    "SmtpCarrier",
    "SqliteMailBook",
    "build_message",
    "load_dkim_key",
    "message_id",
    "read_returned",
]
