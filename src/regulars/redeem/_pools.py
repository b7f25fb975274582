"""Pooled budgets: what a vendor agreed to pay in all, looked at offer by offer and vendor by vendor.

A grant is always honoured. What lies beyond a budget moves from the vendor to the retailer's promise gap, and comes
back as soon as a return or a void makes room: a pure function of totals, so order plays no part.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pool:
    """One budget and what its grants came to.

    Args:
        limit_cents: The most the vendor pays; None for no limit.
        open_cents: The vendor's part of uses the log has not shown yet.
        due_cents: The vendor's part of uses it has.
    """

    limit_cents: int | None
    open_cents: int = 0
    due_cents: int = 0

    def over(self) -> tuple[int, int]:
        """How much of (open, due) lies beyond the limit; what is due fills the budget first."""
        if self.limit_cents is None:
            return 0, 0
        over_due = max(0, self.due_cents - self.limit_cents)
        over_all = max(0, self.open_cents + self.due_cents - self.limit_cents)
        return over_all - over_due, over_due

    def plus(self, open_cents: int, due_cents: int) -> Pool:
        """The pool after a change."""
        return Pool(self.limit_cents, self.open_cents + open_cents, self.due_cents + due_cents)

    def within(self) -> tuple[int, int]:
        """What of (open, due) the vendor pays."""
        over_open, over_due = self.over()
        return self.open_cents - over_open, self.due_cents - over_due
