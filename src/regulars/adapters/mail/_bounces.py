"""Messages that came back: delivery failures, complaints, requests to unsubscribe.

Source: RFC 3464 (delivery status), RFC 5965, 3.1 (feedback reports), RFC 3463 (status codes: class 5 is for ever).
"""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message
from email.policy import default

from regulars.flows import ReturnedMail, SuppressionReason

from ._status import is_dead

_COMPLAINTS = {"abuse", "fraud", "virus", "opt-out", "opt-out-list"}
"""Types of feedback that say "no more of this"; reports of failed signatures and of mail that was no spam do not."""
_TOKEN = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")
_IDENTIFIER = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")


def read_returned(content: bytes) -> ReturnedMail | None:
    """What a message that came back says; None if it is none of the three.

    Args:
        content: The message as it lies in the mailbox.

    Returns:
        Whom it is about, by message id, address or token, and what follows. A temporary failure has no reason.
    """
    message = message_from_bytes(content, policy=default)
    kinds = {part.get_content_type() for part in message.walk()}
    if "message/feedback-report" in kinds:
        reason = SuppressionReason.COMPLAINED if _feedback_type(message) in _COMPLAINTS else None
        return ReturnedMail(_original(message), "", "", reason)
    if "message/delivery-status" in kinds:
        address, status = _delivery_status(message)
        reason = SuppressionReason.BOUNCED if is_dead(status) else None
        return ReturnedMail(_original(message), address, "", reason, status)
    token = _TOKEN.search(str(message.get("Subject", "")).upper())
    if token is not None:
        return ReturnedMail("", "", token[0], SuppressionReason.UNSUBSCRIBED)
    return None


def _feedback_type(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "message/feedback-report":
            payload = part.get_payload()
            fields = str(payload[0] if isinstance(payload, list) else payload)
            found = re.search(r"(?im)^feedback-type:\s*([\w-]+)", fields)
            return found[1].lower() if found else ""
    return ""


def _original(message: Message) -> str:
    """The Message-ID of our own message inside the report."""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/rfc822":
            for inner in part.get_payload():
                if isinstance(inner, Message) and inner.get("Message-ID"):
                    return str(inner["Message-ID"]).strip()
        if kind == "text/rfc822-headers":
            found = re.search(r"(?im)^message-id:\s*(<[^>]+>)", str(part.get_payload()))
            if found:
                return found[1]
    reference = _IDENTIFIER.search(str(message.get("In-Reply-To", "")))
    return reference[0] if reference else ""


def _delivery_status(message: Message) -> tuple[str, str]:
    """Address and status of the first receiver that failed; a temporary one only if none failed for ever."""
    found: list[tuple[str, str]] = []
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            for group in part.get_payload():
                if isinstance(group, Message) and group.get("Status"):
                    address = str(group.get("Final-Recipient", "")).rpartition(";")[2].strip()
                    found.append((address, str(group["Status"]).strip()))
    return min(found, key=lambda entry: not entry[1].startswith("5."), default=("", ""))
