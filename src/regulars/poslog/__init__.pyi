from ._clean import UNREADABLE, ReadableFile, readable_file
from ._decide import Decision, OtherKind, TransactionKey, decide
from ._faults import Fault
from ._lines import Line
from ._parse import PoslogParser
from ._worker import (
    COUNTS,
    FINDING_COLUMNS,
    FINDINGS,
    OTHER_COLUMNS,
    OTHERS,
    ROW_COLUMNS,
    ROWS,
    SEPARATOR,
    Counts,
    ReadSettings,
    read_file,
)

__all__ = [
    "COUNTS",
    "FINDINGS",
    "FINDING_COLUMNS",
    "OTHERS",
    "OTHER_COLUMNS",
    "ROWS",
    "ROW_COLUMNS",
    "SEPARATOR",
    "UNREADABLE",
    "Counts",
    "Decision",
    "Fault",
    "Line",
    "OtherKind",
    "PoslogParser",
    "ReadSettings",
    "ReadableFile",
    "TransactionKey",
    "decide",
    "read_file",
    "readable_file",
]
