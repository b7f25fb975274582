"""The ledger in SQL: SQLite by default, PostgreSQL when several processes write.

In: calls of the `Ledger` port. Out: rows that are durable when the call returns.
Rules: every writing call is one transaction; ledger rows are only added; both stores pass one test suite.
Not here: what may be promised (flows), the till's protocol (redeem).
"""

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
