"""The list as a text message: what it is worth, until when, and the short link to the phone page.

Source: 3GPP TS 23.038, 6.2.1: the 7-bit default alphabet and its extension; a message of more than 160 septets is sent
in parts of 153.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from regulars.contracts import ListDocument
from regulars.lists import PageSettings

_ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
_WHOLE, _PART = 160, 153
_STORE_MAX = 40
_SAME = str.maketrans(
    {
        "Ł": "L",
        "ł": "l",
        "Đ": "D",
        "đ": "d",
        "ı": "i",
        "Œ": "OE",
        "œ": "oe",
        "ẞ": "SS",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "–": "-",
        "—": "-",
        "\u00a0": " ",
        "\u202f": " ",
    }
)


@dataclass(frozen=True)
class TextMessage:
    """A text message and in how many parts it is sent, which is what it costs."""

    text: str
    parts: int


def render_text(document: ListDocument, settings: PageSettings, last_day: str, link: str) -> TextMessage:
    """One household's list as a text message, in letters every phone has.

    Args:
        document: The frozen list.
        settings: The store's page.
        last_day: Last day of the specials, as a person writes it.
        link: The household's phone page.
    """
    screen, store = settings.screen, settings.store_name[:_STORE_MAX].strip()
    if document.saving_cents:
        text = screen.text_message.format(store, document.saving_text, last_day, link)
    else:
        text = screen.text_message_plain.format(store, link)
    plain = "".join(map(_letter, text.translate(_SAME)))
    septets = len(plain) + sum(character in _EXTENDED for character in plain)
    return TextMessage(plain, 1 if septets <= _WHOLE else -(-septets // _PART))


def _letter(character: str) -> str:
    """A character as the alphabet has it: itself, its base letter, or nothing."""
    if character in _ALPHABET or character in _EXTENDED:
        return character
    return "".join(base for base in unicodedata.normalize("NFKD", character) if base in _ALPHABET)
