"""The nine cells of a category: three brand modules, three usage modules, and what they are made into."""

from __future__ import annotations

from enum import StrEnum


class BrandModule(StrEnum):
    """Whose brand a household buys in a category, by the own brands' share of what it spends there."""

    NATIONAL = "national"  # up to a sixth
    SWITCHER = "switcher"
    OWN = "own"  # from five sixths


class UsageModule(StrEnum):
    """How much a household spends in a category beside the category's other households: thirds."""

    LIGHT = "light"
    MEDIUM = "medium"
    HEAVY = "heavy"


class Sureness(StrEnum):
    """How much a cell rests on: the days a household bought in the category within 182 days."""

    FEW = "few"  # one or two: the cell is a guess
    SOME = "some"  # three to five
    MANY = "many"


CELLS = tuple((brand, usage) for brand in BrandModule for usage in UsageModule)
"""All nine, brand by brand, each from light to heavy."""
