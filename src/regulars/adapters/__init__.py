"""The only importers of drivers: DuckDB, SQLite, PostgreSQL, Typst.

In: calls of the ports in flows. Out: files, rows, pages.
Rules: a driver's error leaves as StoreError or ContractError with the statement or the file; a module is read when
the first of its names is asked for, so that a process which only prints holds no database.
Not here: decisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.kernel import names_when_asked

if TYPE_CHECKING:
    from ._brand_fonts import FONT_ROLES as FONT_ROLES
    from ._brand_fonts import own_fonts as own_fonts
    from ._desk_client import DeskClient as DeskClient
    from ._direct import DirectPrinter as DirectPrinter
    from ._duckdb import DuckDBEngine as DuckDBEngine
    from ._duckdb import arrow_schema as arrow_schema
    from ._invoice_pdf import TypstInvoices as TypstInvoices
    from ._journal import FileJournal as FileJournal
    from ._loaded_note import JsonLoadedNote as JsonLoadedNote
    from ._lock import workspace_lock as workspace_lock
    from ._oidc import OidcProvider as OidcProvider
    from ._oidc import OidcSettings as OidcSettings
    from ._pack_file import pack_public_key as pack_public_key
    from ._pack_file import read_pack as read_pack
    from ._pack_file import sign_pack as sign_pack
    from ._passwords import Argon2Passwords as Argon2Passwords
    from ._passwords import TelephoneCodes as TelephoneCodes
    from ._passwords import telephone_address as telephone_address
    from ._raster import Symbols as Symbols
    from ._raster import page_count as page_count
    from ._raster import page_images as page_images
    from ._raster import page_png as page_png
    from ._raster import page_texts as page_texts
    from ._raster import read_symbols as read_symbols
    from ._raster import text_overlaps as text_overlaps
    from ._readers import DuckDBReader as DuckDBReader
    from ._store_ledger import StoreLedger as StoreLedger
    from ._till_client import LosingTransport as LosingTransport
    from ._till_client import TillClient as TillClient
    from ._typst import TypstPrinter as TypstPrinter
    from ._typst import qr_rows as qr_rows
    from ._typst import shipped_template as shipped_template
    from ._warehouse import FolderWarehouse as FolderWarehouse

_HOMES = {
    "FONT_ROLES": "_brand_fonts",
    "Argon2Passwords": "_passwords",
    "OidcProvider": "_oidc",
    "OidcSettings": "_oidc",
    "DeskClient": "_desk_client",
    "DirectPrinter": "_direct",
    "DuckDBEngine": "_duckdb",
    "DuckDBReader": "_readers",
    "FileJournal": "_journal",
    "FolderWarehouse": "_warehouse",
    "JsonLoadedNote": "_loaded_note",
    "LosingTransport": "_till_client",
    "StoreLedger": "_store_ledger",
    "Symbols": "_raster",
    "TelephoneCodes": "_passwords",
    "TillClient": "_till_client",
    "TypstInvoices": "_invoice_pdf",
    "TypstPrinter": "_typst",
    "arrow_schema": "_duckdb",
    "own_fonts": "_brand_fonts",
    "pack_public_key": "_pack_file",
    "page_count": "_raster",
    "page_images": "_raster",
    "page_png": "_raster",
    "page_texts": "_raster",
    "qr_rows": "_typst",
    "read_pack": "_pack_file",
    "read_symbols": "_raster",
    "shipped_template": "_typst",
    "sign_pack": "_pack_file",
    "telephone_address": "_passwords",
    "text_overlaps": "_raster",
    "workspace_lock": "_lock",
}

__all__ = list(_HOMES)

__getattr__ = names_when_asked(__name__, _HOMES)
