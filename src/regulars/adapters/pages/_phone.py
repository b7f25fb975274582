"""The phone page: one HTML file that works without script, and the calendar entry beside it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import timedelta

from regulars.contracts import ListDocument
from regulars.lists import PageSettings

from ._templates import environment, shared_values


@dataclass(frozen=True)
class PhoneLinks:
    """Where the page's buttons lead.

    Args:
        answers: Address that takes ticks and answers by POST; empty on a page that is a plain file, which then has no
            such buttons.
        calendar: Address of the calendar entry; empty for none.
        form_token: Sent along with every answer, against forged ones.
        privacy: Address of the page about what becomes of purchases; empty for none.
    """

    answers: str = ""
    calendar: str = ""
    form_token: str = ""
    privacy: str = ""


@dataclass(frozen=True)
class PhoneState:
    """What a household did with its page so far.

    Args:
        ticked: Needs whose boxes are ticked.
        needs: What it answered on needs, ``never`` or ``not_now``.
        offers: The same on specials, by offer.
        hidden: Whether the page opens on its own phone alone.
    """

    ticked: Set[str] = frozenset()
    needs: Mapping[str, str] = field(default_factory=dict)
    offers: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False


_UNTOUCHED = PhoneState()


def render_phone(
    document: ListDocument,
    settings: PageSettings,
    links: PhoneLinks | None = None,
    state: PhoneState = _UNTOUCHED,
) -> str:
    """One household's list for a phone.

    Args:
        document: The frozen list.
        settings: The store's page.
        links: Where its buttons lead.
        state: What the household did with it so far.

    Returns:
        An HTML document that loads nothing from anywhere.
    """
    values = shared_values(document, settings)
    template = environment().get_template("phone.html.jinja")
    return template.render(**values, links=links or PhoneLinks(), state=state)


def calendar_entry(document: ListDocument, settings: PageSettings) -> str:
    """The last day of the specials as an iCalendar file.

    Source: RFC 5545: lines end in CR LF and are at most 75 octets long.
    """
    title = settings.screen.calendar_event.format(settings.store_name)
    if document.saving_cents:
        title += f" ({settings.texts.saving.format(document.saving_text)})"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Regulars//list//EN",
        "BEGIN:VEVENT",
        f"UID:list-{document.plan_id}-{document.list_number}@{settings.website or 'lists.invalid'}",
        f"DTSTAMP:{document.from_on:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{document.last_on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{document.last_on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escaped(title)}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """A line in parts of at most 75 octets, the later ones after a blank; no character is torn."""
    parts: list[str] = []
    part = ""
    for character in line:
        if len((part + character).encode()) > 75:
            parts.append(part)
            part = " "
        part += character
    return [*parts, part]
