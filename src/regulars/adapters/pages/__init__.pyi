from ._email import EmailLinks, EmailText, render_email, render_unsubscribe
from ._notices import render_front, render_notice, render_privacy
from ._phone import PhoneLinks, PhoneState, calendar_entry, render_phone
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
    "render_front",
    "render_notice",
    "render_phone",
    "render_privacy",
    "render_text",
    "render_unsubscribe",
    "shipped_mail_template",
]
