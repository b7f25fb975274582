"""Pages that show no list: why there is none, how to open one, what becomes of purchases."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.lists import PageSettings

from ._templates import environment


def render_notice(settings: PageSettings, title: str, text: str) -> str:
    """A page that shows no list and says why.

    Args:
        settings: The store's page.
        title: What is the matter.
        text: What to do about it.
    """
    return _notice(settings, title, (text,))


def render_front(settings: PageSettings, privacy: str) -> str:
    """The page at the foot of all addresses: how a list is opened.

    Args:
        settings: The store's page.
        privacy: Address of `render_privacy`'s page.
    """
    return _notice(settings, settings.texts.title, (settings.screen.front_note,), privacy=privacy)


def render_privacy(settings: PageSettings, *, kept_out: bool, answers: bool) -> str:
    """What becomes of a household's purchases and whom to tell: the store's own words, else what Regulars does.

    Args:
        settings: The store's page; its `privacy` stands for all shipped paragraphs.
        kept_out: Whether goods that are nobody's business are closed.
        answers: Whether the phone pages take answers.
    """
    screen = settings.screen
    shipped = (
        screen.privacy_made,
        *((screen.privacy_closed,) if kept_out else ()),
        screen.privacy_kept,
        screen.privacy_codes,
        *((screen.privacy_phone,) if answers else ()),
        screen.privacy_stop,
        screen.privacy_ask,
    )
    whose = " · ".join(part for part in (settings.store_name, settings.address_line) if part)
    return _notice(settings, screen.privacy_title, (*(settings.privacy or shipped), whose))


def _notice(settings: PageSettings, title: str, paragraphs: Sequence[str], *, privacy: str = "") -> str:
    values = {
        "store": settings,
        "screen": settings.screen,
        "colour": settings.colours,
        "title": title,
        "paragraphs": paragraphs,
        "privacy": privacy,
    }
    return environment().get_template("notice.html.jinja").render(**values)
