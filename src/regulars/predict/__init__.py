"""Household statistics become chances of buying, with dates and quantities.

In: household products and needs. Out: the forecast table; its quality on closed windows.
Rules: only what was known before the day; models whose windows have closed; a fixed tie-break.
Not here: what is done about it (allocate, lists).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
