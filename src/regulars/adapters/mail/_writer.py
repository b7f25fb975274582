"""The MailWriter port: one store's messages, signed if it has a key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from regulars.adapters.pages import EmailLinks, render_email
from regulars.contracts import ListDocument
from regulars.flows import Contact
from regulars.lists import PageSettings

from ._dkim import DkimSigner
from ._message import MailIdentity, build_message, message_id


@dataclass(frozen=True)
class ListWriter:
    """Writes lists as messages.

    Args:
        settings: The store's page.
        identity: Who sends.
        host: Host of the phone pages and of the address that unsubscribes.
        signer: Signs for the sender's domain; None for a mail server that does.
    """

    settings: PageSettings
    identity: MailIdentity
    host: str
    signer: DkimSigner | None = None

    def identifier(self, document: ListDocument) -> str:
        """See the port."""
        return message_id(self.identity, document.plan_id, document.list_number)

    def message(self, document: ListDocument, contact: Contact, at: datetime) -> bytes:
        """See the port."""
        secret = document.qr_payload.rpartition("/")[2]
        unsubscribe = f"https://{self.host}/u/{contact.token}"
        text = render_email(document, self.settings, EmailLinks(f"https://{self.host}/{secret}", unsubscribe))
        message = build_message(
            text,
            self.identity,
            to=contact.address,
            unsubscribe=unsubscribe,
            unsubscribe_token=contact.token,
            identifier=self.identifier(document),
            at=at,
        )
        return self.signer.sign(message) if self.signer else message
