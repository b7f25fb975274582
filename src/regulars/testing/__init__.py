"""What tests and other projects may use: the synthetic shop, fakes, conformance suites.

In: a seed and sizes. Out: files of a shop that never was, labelled so.
Rules: the same seed gives the same bytes.
Not here: anything a running store needs.
"""

from ._shop import SHOP_CLASSES, ShopSize, write_shop

__all__ = ["SHOP_CLASSES", "ShopSize", "write_shop"]
