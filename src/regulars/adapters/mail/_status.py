"""What a status of failure proves: that the address is dead, or that something about the sender is wrong.

Source: RFC 3463, sections 3.1 to 3.8 (5.1.7 and 5.1.8 are about the sender's address, 5.7 about rights and policy).
"""

from __future__ import annotations

import re

_OF_SENDER = ("5.1.7", "5.1.8")
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_SPOKEN_OUT_OF_TURN = {503, 530, 535, 538}
"""Commands in a wrong order, and what the log-in lacks (RFC 5321, 4.2.3; RFC 4954, 6)."""


def status_of(text: str) -> str:
    """The status in a server's answer; empty if there is none.

    Example:
        >>> status_of("550 5.1.1 no such user")
        '5.1.1'
    """
    found = _STATUS.search(text)
    return found[0] if found else ""


def is_dead(status: str) -> bool:
    """Whether a status says that the address takes no mail and never will.

    Example:
        >>> [is_dead(status) for status in ("5.1.1", "5.1.10", "5.2.1", "5.0.0", "5.1.8", "5.2.2", "5.7.1", "4.4.7")]
        [True, True, True, True, False, False, False, False]
    """
    return (status.startswith("5.1.") and status not in _OF_SENDER) or status in {"5.2.1", "5.0.0"}


def blames_sender(code: int, status: str) -> bool:
    """Whether a refusal is about who sends, so that it may be mended by settings and tried again.

    Example:
        >>> blames_sender(550, "5.1.8"), blames_sender(554, "5.7.1"), blames_sender(550, "5.1.1")
        (True, True, False)
    """
    return code in _SPOKEN_OUT_OF_TURN or status in _OF_SENDER or status.startswith("5.7.")
