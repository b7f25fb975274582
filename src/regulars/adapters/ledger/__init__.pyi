from ._copies import LedgerCopy, backup_ledger, restore_ledger, upgrade_ledger
from ._store import SqlLedger, create_ledger, open_ledger

__all__ = [
    "LedgerCopy",
    "SqlLedger",
    "backup_ledger",
    "create_ledger",
    "open_ledger",
    "restore_ledger",
    "upgrade_ledger",
]
