"""One function per thing a user can ask, and the ports it needs.

In: requests as plain values. Out: reports as plain values; published tables, ledger rows, files.
Rules: what costs money or sends mail goes plan, then apply; every flow runs again without harm.
Not here: drivers (adapters), settings (bootstrap), printing to a screen (cli).
"""

from ._names import plan_dataset, snapshot
from ._ports import DataFile, Engine, NewFile, Printer, Progress, ProgressStep, Publication, Source, Warehouse

__all__ = [
    "DataFile",
    "Engine",
    "NewFile",
    "Printer",
    "Progress",
    "ProgressStep",
    "Publication",
    "Source",
    "Warehouse",
    "plan_dataset",
    "snapshot",
]
