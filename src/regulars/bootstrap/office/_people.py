"""The audit trail and the square code of a second factor, bound to a workspace."""

from __future__ import annotations

from regulars.adapters import qr_rows, telephone_address
from regulars.flows import AuditRow

from ._office import Office

AUDIT_ROWS = 50


def read_audit(office: Office, actor: str, about: str, before: int) -> list[AuditRow]:
    """Changes, the newest first, fifty at a time.

    Args:
        office: Where.
        actor: Only whose name holds this.
        about: Only objects whose kind or id is this.
        before: Only those before this number; 0 for the newest.
    """
    return office.ledger.audit_rows(actor, about, before, AUDIT_ROWS)


def square_code(office: Office, secret: str, login: str) -> tuple[int, str]:
    """What a telephone reads to learn a secret: the code's width in modules, and its dark ones as a path."""
    rows = qr_rows(telephone_address(secret, login, office.settings.store.name))
    parts = [f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark == "1"]
    return len(rows), "".join(parts)
