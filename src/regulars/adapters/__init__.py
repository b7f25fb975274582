"""The only importers of drivers: DuckDB, SQLite, PostgreSQL, Typst.

In: calls of the ports in flows. Out: files, rows, pages.
Rules: a driver's error leaves as StoreError or ContractError with the statement or the file; a module is read when
the first of its names is asked for, so that a process which only prints holds no database.
Not here: decisions.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
