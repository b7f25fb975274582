"""The e-mail: MJML compiled to HTML for every mail program, the same as plain text, and the bar code as a picture."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

from jinja2 import TemplateError
from mjml import mjml2html
from PIL import Image, ImageDraw

from regulars.contracts import ListDocument
from regulars.kernel import ContractError
from regulars.lists import PageSettings, code_bars

from ._templates import environment, mail_template, shared_values, shipped_mail_template

BARS_CONTENT_ID = "bars@list"
_MODULE_PIXELS = 3
_BAR_PIXELS = 150
_HTML_BYTES_MAX = 100_000
_LOADED = re.compile(r"(?:src|background)=[\"']?\s*(?:https?:)?//|url\(|<link|@import", re.IGNORECASE)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold: one in a household's name must not stop everybody's mail."""
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

    Raises:
        ContractError: The store's own template cannot be rendered, or leaves out what every message must have.
    """
    screen = settings.screen
    subject = (
        screen.subject.format(settings.store_name, document.saving_text)
        if document.saving_cents
        else screen.subject_plain.format(settings.store_name)
    )
    values = shared_values(document, settings) | {"links": links, "bars_id": BARS_CONTENT_ID, "subject": subject}
    html = _compiled(settings.email_template, values)
    if settings.email_template:
        _check_own(html, links)
    plain = environment(escape=False).get_template("email.txt.jinja").render(**values)
    plain = _BLANK_LINES.sub("\n\n", plain).strip() + "\n"
    return EmailText(subject, html, plain, _bars_png(document.list_code))


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


def _compiled(own: str, values: dict[str, object]) -> str:
    """HTML of a message; a reader's landmark is its whole content."""
    try:
        html = mjml2html(_NOT_XML.sub("", mail_template(own or shipped_mail_template()).render(**values)))
    except (TemplateError, TypeError, ValueError) as error:
        raise ContractError(
            f"the e-mail could not be made of {'the store’s own' if own else 'its'} template: {error}",
            hint="compare it with what `regulars mail template` prints",
        ) from error
    return html.replace(' role="article"', ' role="main"', 1)


def _check_own(html: str, links: EmailLinks) -> None:
    """What a store's own template must keep: bar code, both links, no more than mail programs show, nothing loaded."""
    lacking = [
        name
        for name, text in (
            ("the bar code (cid:{{ bars_id }})", f"cid:{BARS_CONTENT_ID}"),
            ("the link to the phone page ({{ links.phone }})", links.phone),
            ("the link to unsubscribe ({{ links.unsubscribe }})", links.unsubscribe),
        )
        if text not in html
    ]
    if lacking:
        raise ContractError(f"the store's own e-mail template leaves out {' and '.join(lacking)}")
    if found := _LOADED.search(html):
        raise ContractError(
            f"the store's own e-mail template loads something from elsewhere: {found.group()}",
            hint="name no picture, font or style by its address: mail programs block it, and it tells who reads",
        )
    size = len(html.encode())
    if size > _HTML_BYTES_MAX:
        raise ContractError(
            f"the e-mail of the store's own template has {size:,} bytes, expected {_HTML_BYTES_MAX:,} at most",
            hint="mail programs cut what is longer",
        )


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
