"""One function per thing a user can ask, and the ports it needs.

In: requests as plain values. Out: reports as plain values; published tables, ledger rows, files.
Rules: what costs money or sends mail goes plan, then apply; every flow runs again without harm.
Not here: drivers (adapters), settings (bootstrap), printing to a screen (cli).
"""

from ._apply import apply_plan, grant_records, list_records, recall_plan
from ._ledger_ports import (
    STORE_PAYER,
    ApplyOutcome,
    AuditHead,
    BudgetRecord,
    BudgetScope,
    BudgetTotal,
    GrantRecord,
    Ledger,
    LedgerFinding,
    ListRecord,
    PlanApplied,
    PlanContent,
    PlanRecalled,
    PlanRecord,
    PlanRefusal,
    PlanRefused,
    PlanStanding,
    PlanState,
    Programme,
    RecallOutcome,
)
from ._names import plan_dataset, snapshot
from ._ports import DataFile, Engine, NewFile, Printer, Progress, ProgressStep, Publication, Source, Warehouse
from ._render import MANIFEST_FILE, RenderReport, render_lists

__all__ = [
    "MANIFEST_FILE",
    "STORE_PAYER",
    "ApplyOutcome",
    "AuditHead",
    "BudgetRecord",
    "BudgetScope",
    "BudgetTotal",
    "DataFile",
    "Engine",
    "GrantRecord",
    "Ledger",
    "LedgerFinding",
    "ListRecord",
    "NewFile",
    "PlanApplied",
    "PlanContent",
    "PlanRecalled",
    "PlanRecord",
    "PlanRefusal",
    "PlanRefused",
    "PlanStanding",
    "PlanState",
    "Printer",
    "Programme",
    "Progress",
    "ProgressStep",
    "Publication",
    "RecallOutcome",
    "RenderReport",
    "Source",
    "Warehouse",
    "apply_plan",
    "grant_records",
    "list_records",
    "plan_dataset",
    "recall_plan",
    "render_lists",
    "snapshot",
]
