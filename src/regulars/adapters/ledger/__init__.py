"""The ledger in SQL: SQLite by default, PostgreSQL when several processes write.

In: calls of the `Ledger` port. Out: rows that are durable when the call returns.
Rules: every writing call is one transaction; ledger rows are only added; both stores pass one test suite.
Not here: what may be promised (flows), the till's protocol (redeem).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
