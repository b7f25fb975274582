"""Settling loaded logs, and what waits at the service desk, bound to a workspace."""

from __future__ import annotations

from regulars.adapters import JsonLoadedNote
from regulars.flows import Progress, SettledLogs, SettleRules, settle_logs

from ._tills import till_clock
from ._workspace import Workspace


def settle_loaded(workspace: Workspace, progress: Progress) -> SettledLogs | None:
    """Bring the ledger to what the loaded logs show; see `flows.settle_logs`. None when there is no plan at all.

    Args:
        workspace: Where; its lock is held by the caller.
        progress: Told of each plan.

    Raises:
        StoreError: A file or the ledger failed; again does the rest.
    """
    if not any(name.startswith("plans/") for name in workspace.warehouse.datasets()):
        return None
    at = till_clock(workspace, None).now_at()
    till = workspace.settings.till
    return settle_logs(
        workspace.warehouse,
        workspace.ledger,
        SettleRules(till.credit_from_logs, till.discounts_on_log_lines, till.basket_cap_cents),
        at=at,
        today=at.astimezone(workspace.zone).date(),
        progress=progress,
        note=JsonLoadedNote(workspace.root / "cache" / "settled.json"),
    )
