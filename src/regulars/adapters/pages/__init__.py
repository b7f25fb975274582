"""The list on screens: the phone page and the e-mail, from the same document as the paper.

In: list documents, the store's page. Out: HTML, plain text, a calendar entry, the bar code as a picture.
Rules: nothing is computed here; every figure stands in the document. No address but the store's own.
Not here: sending (adapters.mail), serving.
"""

from ._email import EmailLinks, EmailText, render_email, render_unsubscribe
from ._phone import PhoneLinks, PhoneState, calendar_entry, render_notice, render_phone
from ._screens import StaticScreens
from ._templates import shipped_mail_template
from ._text import TextMessage, render_text

__all__ = [
    "EmailLinks",
    "EmailText",
    "PhoneLinks",
    "PhoneState",
    "StaticScreens",
    "TextMessage",
    "calendar_entry",
    "render_email",
    "render_notice",
    "render_phone",
    "render_text",
    "render_unsubscribe",
    "shipped_mail_template",
]
