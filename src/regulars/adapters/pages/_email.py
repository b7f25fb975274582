"""The e-mail: HTML of tables for every mail program, the same as plain text, and the bar code as a picture."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from PIL import Image, ImageDraw

from regulars.contracts import ListDocument
from regulars.lists import PageSettings, code_bars

from ._templates import environment, shared_values

BARS_CONTENT_ID = "bars@list"
_MODULE_PIXELS = 3
_BAR_PIXELS = 150
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class EmailLinks:
    """Where the message's links lead.

    Args:
        phone: The household's phone page.
        unsubscribe: One-click address of the household.
    """

    phone: str
    unsubscribe: str


@dataclass(frozen=True)
class EmailText:
    """A rendered message, without its envelope.

    Args:
        subject: Its subject.
        html: HTML; the bar code is ``cid:`` `BARS_CONTENT_ID`, and nothing is loaded from anywhere.
        plain: The same offers and items as plain text.
        bars_png: The bar code.
    """

    subject: str
    html: str
    plain: str
    bars_png: bytes


def render_email(document: ListDocument, settings: PageSettings, links: EmailLinks) -> EmailText:
    """One household's list as a message.

    Args:
        document: The frozen list.
        settings: The store's page.
        links: Where its links lead.
    """
    screen = settings.screen
    subject = (
        screen.subject.format(settings.store_name, document.saving_text)
        if document.saving_cents
        else screen.subject_plain.format(settings.store_name)
    )
    values = shared_values(document, settings) | {"links": links, "bars_id": BARS_CONTENT_ID, "subject": subject}
    html = environment().get_template("email.html.jinja").render(**values)
    plain = environment(escape=False).get_template("email.txt.jinja").render(**values)
    plain = _BLANK_LINES.sub("\n\n", plain).strip() + "\n"
    return EmailText(subject, _tight(html), plain, _bars_png(document.list_code))


def render_unsubscribe(settings: PageSettings, *, done: bool) -> str:
    """The page behind the link that unsubscribes.

    Args:
        settings: The store's page.
        done: Whether it says that it is done, rather than asking.
    """
    template = environment().get_template("unsubscribe.html.jinja")
    screen = settings.screen
    return template.render(
        store=settings, screen=screen, colour=settings.colours, title=screen.unsubscribe, done=done
    )


def _tight(html: str) -> str:
    """Without indentation and empty lines: a mail program clips what is long."""
    return "\n".join(line.strip() for line in html.splitlines() if line.strip()) + "\n"


def _bars_png(code: str) -> bytes:
    """The bars on white with their quiet zones, a whole number of pixels a module."""
    bars = code_bars(code)
    width = (sum(bars.runs) + 2 * bars.quiet) * _MODULE_PIXELS
    image = Image.new("1", (width, _BAR_PIXELS), 1)
    draw = ImageDraw.Draw(image)
    at = bars.quiet
    for place, run in enumerate(bars.runs):
        if place % 2 == 0:
            draw.rectangle((at * _MODULE_PIXELS, 0, (at + run) * _MODULE_PIXELS - 1, _BAR_PIXELS), fill=0)
        at += run
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
