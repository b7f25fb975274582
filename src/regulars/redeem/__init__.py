"""Decide one redemption; ledger arithmetic.

In: messages of tills and logs, grants and what was told of them. Out: answers that say why, and positions in money.
Rules: before tender a lane asks and may be refused; after tender it tells, and a fact is only classified. What a
grant stands for follows from the set of what was told, never from its order. Time is an argument.
Not here: the store (adapters), the network (api), what an offer saves on a basket (offers).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
