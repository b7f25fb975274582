"""Deals become offers: condition × benefit × product range, as pure functions.

In: deals, prices, sensitive tiers. Out: offers at up to five discount levels; what a level saves and who pays.
Rules: money in integer cents; an offer only ever lowers the posted price.
Not here: who gets which offer (allocate), the till's arithmetic on a basket (redeem).
"""

__all__: list[str] = []
