"""Guarantees that arithmetic alone shows to be impossible: need, most, short by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from regulars.contracts import Finding

from ._arrays import Arrays, Integers
from ._problem import Limits


def guarantee_findings(
    arrays: Arrays, limits: Limits, offers: tuple[str, ...], household_of: NDArray[np.int32]
) -> tuple[Integers, list[Finding]]:
    """Cut each guarantee down to the most that its own offer allows.

    Args:
        arrays: The problem; options are those that may be given.
        limits: Limits as stated.
        offers: Ids of the offers.
        household_of: Household of each option.

    Returns:
        Guarantees that remain possible, and a finding for each that is not.
    """
    remaining = limits.count_min.copy()
    found: list[Finding] = []
    if not remaining.any():
        return remaining, found
    promised = np.flatnonzero((remaining > 0)[arrays.level_offer][arrays.level_row])
    promised = promised[arrays.slots_max[household_of[promised]] > 0]
    offer_of = arrays.level_offer[arrays.level_row[promised]]
    for offer in np.flatnonzero(remaining > 0):
        open_to = promised[offer_of == offer]
        households, begin = np.unique(household_of[open_to], return_index=True)
        most, why = len(households), "households that may get it"
        if limits.count_max[offer] < most:
            most, why = int(limits.count_max[offer]), "distributions its own cap allows"
        budgets = [b for b in (limits.offer[offer], limits.vendor[arrays.offer_vendor[offer]]) if b is not None]
        if budgets and len(open_to):
            cost = arrays.redemptions[open_to] * arrays.levels[arrays.level_row[open_to], 1]
            cheapest = np.sort(np.minimum.reduceat(cost, begin))
            paid = int(np.searchsorted(np.cumsum(cheapest), min(budgets) * (1 + 1e-9), side="right"))
            if paid < most:
                most, why = paid, "distributions the cheapest use of its money pays for"
        if most < remaining[offer]:
            need = int(remaining[offer])
            message = (
                f"offer {offers[offer]} is guaranteed {need} distributions; {most} {why}; short {need - most}"
            )
            found.append(
                Finding("offers", None, "distributions_min", "guarantee-is-possible", message, offers[offer])
            )
            remaining[offer] = most
    return remaining, found
