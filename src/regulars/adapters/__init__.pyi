from ._brand_fonts import FONT_ROLES, own_fonts
from ._desk_client import DeskClient
from ._direct import DirectPrinter
from ._duckdb import DuckDBEngine, arrow_schema
from ._invoice_pdf import TypstInvoices
from ._journal import FileJournal
from ._loaded_note import JsonLoadedNote
from ._lock import workspace_lock
from ._oidc import OidcProvider, OidcSettings
from ._pack_file import CHANGE_SUFFIX, open_pack, pack_public_key, read_pack, sign_pack
from ._passwords import Argon2Passwords, TelephoneCodes, telephone_address
from ._raster import Symbols, page_count, page_images, page_png, page_texts, read_symbols, text_overlaps
from ._readers import DuckDBReader
from ._store_ledger import StoreLedger
from ._till_client import LosingTransport, TillClient
from ._typst import TypstPrinter, qr_rows, shipped_template
from ._warehouse import FolderWarehouse

__all__ = [
    "CHANGE_SUFFIX",
    "FONT_ROLES",
    "Argon2Passwords",
    "DeskClient",
    "DirectPrinter",
    "DuckDBEngine",
    "DuckDBReader",
    "FileJournal",
    "FolderWarehouse",
    "JsonLoadedNote",
    "LosingTransport",
    "OidcProvider",
    "OidcSettings",
    "StoreLedger",
    "Symbols",
    "TelephoneCodes",
    "TillClient",
    "TypstInvoices",
    "TypstPrinter",
    "arrow_schema",
    "open_pack",
    "own_fonts",
    "pack_public_key",
    "page_count",
    "page_images",
    "page_png",
    "page_texts",
    "qr_rows",
    "read_pack",
    "read_symbols",
    "shipped_template",
    "sign_pack",
    "telephone_address",
    "text_overlaps",
    "workspace_lock",
]
