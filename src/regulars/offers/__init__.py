"""Deals become offers: condition × benefit × product range, as pure functions.

In: deals, prices, sensitive tiers. Out: offers at up to five discount levels; what a level saves and who pays;
what an offer is expected to bring; untargeted draws for held-out households.
Rules: money in integer cents; an offer only ever lowers the posted price; a product is in one offer at most.
Not here: who gets which offer (allocate), the till's arithmetic on a basket (redeem).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
