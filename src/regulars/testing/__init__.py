"""What tests and other projects may use: the synthetic shop, fakes, conformance suites.

In: a seed and sizes. Out: files of a shop that never was, labelled so.
Rules: the same seed gives the same bytes.
Not here: anything a running store needs.
"""

from ._allocation import InstanceSize, allocation_tables, write_allocation_files
from ._documents import SAMPLE_CYCLE, SAMPLE_KEYS, hard_documents, sample_document
from ._pages import missing_texts
from ._progress import SilentProgress
from ._shop import SHOP_CLASSES, ShopSize, write_shop

__all__ = [
    "SAMPLE_CYCLE",
    "SAMPLE_KEYS",
    "SHOP_CLASSES",
    "InstanceSize",
    "ShopSize",
    "SilentProgress",
    "allocation_tables",
    "hard_documents",
    "missing_texts",
    "sample_document",
    "write_allocation_files",
    "write_shop",
]
