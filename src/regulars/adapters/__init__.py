"""The only importers of drivers: DuckDB, SQLite, PostgreSQL, Typst.

In: calls of the ports in flows. Out: files, rows, pages.
Rules: a driver's error leaves as StoreError or ContractError with the statement or the file.
Not here: decisions.
"""

from ._direct import DirectPrinter
from ._duckdb import DuckDBEngine, arrow_schema
from ._invoice_pdf import TypstInvoices
from ._loaded_note import JsonLoadedNote
from ._lock import workspace_lock
from ._raster import Symbols, page_count, page_images, page_png, page_texts, read_symbols, text_overlaps
from ._readers import DuckDBReader
from ._till_client import LosingTransport, TillClient
from ._typst import TypstPrinter, qr_rows, shipped_template
from ._warehouse import FolderWarehouse

__all__ = [
    "DirectPrinter",
    "DuckDBEngine",
    "DuckDBReader",
    "FolderWarehouse",
    "JsonLoadedNote",
    "LosingTransport",
    "Symbols",
    "TillClient",
    "TypstInvoices",
    "TypstPrinter",
    "arrow_schema",
    "page_count",
    "page_images",
    "page_png",
    "page_texts",
    "qr_rows",
    "read_symbols",
    "shipped_template",
    "text_overlaps",
    "workspace_lock",
]
