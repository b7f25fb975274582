"""The exceptions of the project, one tree.

RegularsError
├── ConfigError (ValueError)        settings or usage are wrong          exit 2
├── ContractError (ValueError)      a value breaks a documented contract  exit 1
├── ModelError (ArithmeticError)    an estimate cannot be made            exit 1
└── StoreError (OSError)            a file, database or disk failed       exit 3
    └── LockedError                 another process holds the workspace   exit 3

A refusal is a value, a finding in data is a value; neither is raised.
"""

from __future__ import annotations


class RegularsError(Exception):
    """Root of every error this package raises on purpose.

    Args:
        message: What went wrong, where, and what was expected, in one sentence.
        hint: What to do about it; printed on a line of its own.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class ConfigError(RegularsError, ValueError):
    """Settings or the way a command was called are wrong."""


class ContractError(RegularsError, ValueError):
    """A value handed between stages breaks its documented contract."""


class ModelError(RegularsError, ArithmeticError):
    """An estimate cannot be made; it is never replaced by a made-up number."""


class StoreError(RegularsError, OSError):
    """A file, a database or the disk failed.

    Args:
        message: As for the root.
        hint: As for the root.
        retryable: Whether the same call may succeed later.
    """

    def __init__(self, message: str, *, hint: str = "", retryable: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable


class LockedError(StoreError):
    """Another process is writing in this workspace."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message, hint=hint, retryable=True)
