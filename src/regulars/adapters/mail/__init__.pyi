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
