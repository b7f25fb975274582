"""The Screens port: one store's phone pages."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.contracts import ListDocument
from regulars.lists import PageSettings

from ._phone import PhoneLinks, calendar_entry, render_phone


@dataclass(frozen=True)
class StaticScreens:
    """Pages that are plain files: without buttons that ask something of a server.

    Args:
        settings: The store's page.
        privacy: The page about what becomes of purchases.
    """

    settings: PageSettings
    privacy: str

    def phone_page(self, document: ListDocument) -> str:
        """See the port."""
        return render_phone(document, self.settings, PhoneLinks(calendar="list.ics", privacy="../privacy/"))

    def calendar_entry(self, document: ListDocument) -> str:
        """See the port."""
        return calendar_entry(document, self.settings)

    def privacy_page(self) -> str:
        """See the port."""
        return self.privacy
