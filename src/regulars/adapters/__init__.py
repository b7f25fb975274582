"""The only importers of drivers: DuckDB, SQLite, PostgreSQL, Typst.

In: calls of the ports in flows. Out: files, rows, pages.
Rules: a driver's error leaves as StoreError or ContractError with the statement or the file.
Not here: decisions.
"""

from ._duckdb import DuckDBEngine, arrow_schema
from ._warehouse import FolderWarehouse

__all__ = ["DuckDBEngine", "FolderWarehouse", "arrow_schema"]
