"""The ledger's migrations, run by Alembic.

In: a connection. Out: the ledger's tables at the newest revision, or as they were.
Rules: one transaction; append-only tables are never rewritten (SQLite's batch mode copies a table and drops its
triggers); a revision that was released is never edited.
Not here: queries.
"""

__all__: list[str] = []
