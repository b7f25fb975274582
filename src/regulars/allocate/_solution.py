"""What the allocator answers: a plan, its certified bound, the prices of limits, and what could not be had."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from regulars.contracts import Finding

from ._problem import Waiver


@dataclass(frozen=True)
class LimitPrice:
    """A shared limit after the plan: how much of it is used and what one more unit would be worth.

    Args:
        scope: ``offer``, ``vendor`` or ``store``.
        id: Offer or vendor id; ``all`` for the store.
        kind: ``budget_micros``, ``distributions_max`` or ``distributions_min``.
        limit: The limit, micros or distributions.
        used: What the plan uses of it, in the same unit, rounded up.
        price: Value in micros of one more micro, or of one more distribution; what a guarantee costs per
            distribution.
    """

    scope: str
    id: str
    kind: str
    limit: int
    used: int
    price: float


@dataclass(frozen=True)
class Shortfall:
    """A guarantee that is not met.

    Args:
        offer_id: The offer.
        need: Lists promised.
        most: What arithmetic alone leaves possible of them; `need` where it bars none.
        got: Lists given.
    """

    offer_id: str
    need: int
    most: int
    got: int


@dataclass(frozen=True)
class ConflictLimit:
    """A limit that stands in the way of guarantees, or a guarantee that others stand in the way of."""

    scope: str
    id: str
    kind: str
    limit: int


@dataclass(frozen=True)
class Conflict:
    """Guarantees that cannot all be met.

    Args:
        least_shortfall: Promised lists that every plan misses, certified; 0 where it could not be shown that any must.
        shortfall: Promised lists that this plan misses.
        limits: The guarantees and the limits that are in each other's way.
    """

    least_shortfall: int
    shortfall: int
    limits: tuple[ConflictLimit, ...]


@dataclass(frozen=True)
class Solution:
    """A plan and what can be said about it.

    Args:
        plan: Columns household_id, offer_id, level, sorted by them.
        objective_micros: Value of the plan.
        bound_micros: No plan that keeps the limits (less waivers and shortfalls) is worth more.
        prices: Every shared limit that is set.
        waivers: Minima that are not kept, and why; and households for which there is no option at all.
        shortfalls: Guarantees that are not met.
        conflict: What stands in the way of them; None where all are met.
        findings: What was left out of the input, and guarantees that are impossible by arithmetic.
        passes: Price passes made.
        rounding_micros: How much of the bound may be rounding up; a plan this near it is optimal.
        seconds: CPU seconds of each part of the solve; not compared.
    """

    plan: pa.Table
    objective_micros: int
    bound_micros: int
    prices: tuple[LimitPrice, ...]
    waivers: tuple[Waiver, ...]
    shortfalls: tuple[Shortfall, ...]
    conflict: Conflict | None
    findings: tuple[Finding, ...]
    passes: int
    rounding_micros: int
    seconds: dict[str, float] = field(compare=False)

    @property
    def share_of_bound(self) -> float:
        """Objective over bound, 0..1. Where nothing can be gained: 1 if the bound is reached, else 0."""
        if self.bound_micros <= self.rounding_micros:
            return float(self.objective_micros >= self.bound_micros - self.rounding_micros)
        return max(0.0, min(1.0, self.objective_micros / self.bound_micros))
