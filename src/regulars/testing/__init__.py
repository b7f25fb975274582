"""What tests and other projects may use: the synthetic shop, fakes, conformance suites.

In: a seed and sizes. Out: files of a shop that never was, labelled so.
Rules: the same seed gives the same bytes.
Not here: anything a running store needs.
"""

from ._allocation import InstanceSize, allocation_tables, write_allocation_files
from ._chain import ChainLine, ChainSize, ChainTransaction, Event, Void, store_day, store_days, undone_numbers
from ._chain_files import CHAIN_FIXED_MAPPING, ChainFile, FileForm, PlantedFault, write_chain
from ._documents import SAMPLE_CYCLE, SAMPLE_KEYS, hard_documents, sample_document
from ._pages import missing_texts
from ._progress import SilentProgress
from ._shop import SHOP_CLASSES, ShopSize, write_shop
from ._till_loads import load_log
from ._till_schedules import run_schedule
from ._till_sites import BookSite, Site, world_grants
from ._till_world import TillWorld

__all__ = [
    "CHAIN_FIXED_MAPPING",
    "SAMPLE_CYCLE",
    "SAMPLE_KEYS",
    "SHOP_CLASSES",
    "BookSite",
    "ChainFile",
    "ChainLine",
    "ChainSize",
    "ChainTransaction",
    "Event",
    "FileForm",
    "InstanceSize",
    "PlantedFault",
    "ShopSize",
    "SilentProgress",
    "Site",
    "TillWorld",
    "Void",
    "allocation_tables",
    "hard_documents",
    "load_log",
    "missing_texts",
    "run_schedule",
    "sample_document",
    "store_day",
    "store_days",
    "undone_numbers",
    "world_grants",
    "write_allocation_files",
    "write_chain",
    "write_shop",
]
