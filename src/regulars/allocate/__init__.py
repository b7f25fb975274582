"""Chances, offers and budgets become a plan.

In: households, offers, levels, options, limits. Out: who gets which offer at which level, limit prices, a bound.
Rules: no limit is broken, compared exactly; the same bytes for any order of the input.
Not here: where the chances come from, freezing the plan (flows).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
