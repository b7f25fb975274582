"""What stages hand to each other: tables, records, reason codes, SQL steps.

In: nothing. Out: the shapes every stage reads and writes.
Rules: columns carry type and unit; a table carries its grain; a record is frozen; a new noun enters the glossary.
Not here: how a table is made (its stage), where it lies (adapters).
"""

from ._deals import Deal, DealKind, DealState, Funding, Ladder, Level, Offer
from ._documents import (
    DOCUMENT_VERSION,
    ListBatch,
    ListDocument,
    ListLine,
    ListSection,
    ListSpecial,
    ManifestRow,
    Reason,
    SpecialKind,
)
from ._findings import Finding, LoadReport
from ._policies import (
    Assumptions,
    Eligibility,
    FaceBand,
    HoldoutPolicy,
    LayoutDepartment,
    ListPolicy,
    SensitiveRule,
)
from ._reasons import ReasonCode
from ._shapes import Column, Table
from ._steps import SqlStep, read_step
from ._tables import TABLES, table

__all__ = [
    "DOCUMENT_VERSION",
    "TABLES",
    "Assumptions",
    "Column",
    "Deal",
    "DealKind",
    "DealState",
    "Eligibility",
    "FaceBand",
    "Finding",
    "Funding",
    "HoldoutPolicy",
    "Ladder",
    "LayoutDepartment",
    "Level",
    "ListBatch",
    "ListDocument",
    "ListLine",
    "ListPolicy",
    "ListSection",
    "ListSpecial",
    "LoadReport",
    "ManifestRow",
    "Offer",
    "Reason",
    "ReasonCode",
    "SensitiveRule",
    "SpecialKind",
    "SqlStep",
    "Table",
    "read_step",
    "table",
]
