"""What stages hand to each other: tables, records, reason codes, SQL steps.

In: nothing. Out: the shapes every stage reads and writes.
Rules: columns carry type and unit; a table carries its grain; a record is frozen; a new noun enters the glossary.
Not here: how a table is made (its stage), where it lies (adapters).
"""

from ._cells import CELLS, BrandModule, Sureness, UsageModule
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
from ._report import (
    Basis,
    CategoryCells,
    Cell,
    ChanceBin,
    ClosedForecast,
    DataFigures,
    DueDepartment,
    DueNeed,
    Ground,
    HoldoutFigures,
    LevelScore,
    LimitUse,
    ListFigures,
    MoneyRow,
    OfferMoney,
    ReportData,
    ReportHead,
    SampleList,
)
from ._shapes import Column, Table
from ._steps import SqlStep, read_step
from ._tables import TABLES, table

__all__ = [
    "CELLS",
    "DOCUMENT_VERSION",
    "TABLES",
    "Assumptions",
    "Basis",
    "BrandModule",
    "CategoryCells",
    "Cell",
    "ChanceBin",
    "ClosedForecast",
    "Column",
    "DataFigures",
    "Deal",
    "DealKind",
    "DealState",
    "DueDepartment",
    "DueNeed",
    "Eligibility",
    "FaceBand",
    "Finding",
    "Funding",
    "Ground",
    "HoldoutFigures",
    "HoldoutPolicy",
    "Ladder",
    "LayoutDepartment",
    "Level",
    "LevelScore",
    "LimitUse",
    "ListBatch",
    "ListDocument",
    "ListFigures",
    "ListLine",
    "ListPolicy",
    "ListSection",
    "ListSpecial",
    "LoadReport",
    "ManifestRow",
    "MoneyRow",
    "Offer",
    "OfferMoney",
    "Reason",
    "ReasonCode",
    "ReportData",
    "ReportHead",
    "SampleList",
    "SensitiveRule",
    "SpecialKind",
    "SqlStep",
    "Sureness",
    "Table",
    "UsageModule",
    "read_step",
    "table",
]
