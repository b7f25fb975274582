"""What could not be read of a log, and what stops the reading of a transaction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """Something that could not be read.

    Args:
        line: Line of the file, from 1.
        offset: Byte of the file, from 0.
        rule: ``xml-is-well-formed``.
        message: What was found, and what was expected.
    """

    line: int
    offset: int
    rule: str
    message: str


class Refused(Exception):  # noqa: N818 - it ends one transaction, not the program
    """Stops Expat from inside a handler.

    Args:
        rule: The rule that was broken.
        message: What was found, and what was expected.
        offset: Where reading goes on; None to look for the next transaction.
    """

    def __init__(self, rule: str, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.offset = offset
