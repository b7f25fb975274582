"""Logs that are loaded into the warehouse, in a `TillWorld`: what settling them tells the ledger."""

from __future__ import annotations

from regulars.redeem import Shown, ShownUse

from ._till_world import TillWorld


def load_log(world: TillWorld, number: int, *, undone: bool) -> None:
    """The log of a basket that ended is loaded and settled at once, before or after lanes tell of it, once or again.

    Args:
        world: Where.
        number: Which basket.
        undone: Whether what was undone since, by a void or returned goods, is among what is loaded by now.
    """
    basket = world.baskets[number]
    if basket.receipt is None:
        return
    told = {key for key, grant in world.centre.grants().items() if basket.transaction in grant.spends}
    uses = [
        ShownUse(
            key,
            basket.receipt.get(key),
            absent=key not in basket.receipt,
            returned_cents=basket.returned[key] if undone else 0,
            voided=undone and basket.voided,
        )
        for key in sorted(told | set(basket.receipt))
    ]
    if uses:
        world.ask(Shown(basket.transaction, tuple(uses)))
