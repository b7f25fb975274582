"""Guarantees a published plan misses, what is owed for them, and the limits that stand in their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from regulars.kernel import dollars

from ._guarantees import IMPOSSIBLE, IN_CONFLICT, MAKE_GOOD
from ._plan import read_plan
from ._plan_limits import PlanLimit, limit_amount, limit_words
from ._ports import Warehouse


@dataclass(frozen=True)
class MissedGuarantee:
    """A guarantee that was missed.

    Args:
        offer_id: The offer.
        name: Its deal's name.
        wanted: Lists promised.
        given: Lists given.
        most: Of those promised, what arithmetic alone leaves possible.
        owed_cents: The make-good for what was missed.
        why: Impossible, dearer than its make-good, or in conflict with other limits; in words.
    """

    offer_id: str
    name: str
    wanted: int
    given: int
    most: int
    owed_cents: int
    why: str

    @property
    def short(self) -> int:
        """Lists promised and not given."""
        return self.wanted - self.given


@dataclass(frozen=True)
class MissedGuarantees:
    """All guarantees a plan misses.

    Args:
        offers: By offer.
        least: Promised lists without a make-good price that every plan would miss, certified.
        in_the_way: Limits in each other's way: words, and the limit as it is told.
    """

    offers: tuple[MissedGuarantee, ...]
    least: int
    in_the_way: tuple[tuple[str, str], ...]

    @property
    def lists(self) -> int:
        """Lists promised and not given."""
        return sum(one.short for one in self.offers)

    @property
    def owed_cents(self) -> int:
        """All make-good."""
        return sum(one.owed_cents for one in self.offers)

    def tables(self) -> list[tuple[Sequence[str], list[Sequence[str]]]]:
        """Heads and rows of what is told; nothing where no guarantee was missed."""
        if not self.offers:
            return []
        heads = ("guarantee missed", "need", "most", "got", "short by", "owed", "why")
        rows: list[Sequence[str]] = [
            (
                f"{one.name} ({one.offer_id})",
                *(f"{number:,}" for number in (one.wanted, one.most, one.given, one.short)),
                dollars(one.owed_cents),
                one.why,
            )
            for one in self.offers
        ]
        told: list[tuple[Sequence[str], list[Sequence[str]]]] = [(heads, rows)]
        if self.in_the_way:
            told.append((("in each other's way", "limit"), [tuple(row) for row in self.in_the_way]))
        if self.least:
            told.append(
                (("certified",), [(f"no plan within these limits misses fewer than {self.least:,} lists",)])
            )
        return told


def guarantees_missed(warehouse: Warehouse, plan_id: str) -> MissedGuarantees:
    """Guarantees a plan misses.

    Raises:
        ContractError: There is no such plan.
    """
    terms = {row["offer_id"]: row for row in read_plan(warehouse, plan_id, "plan_terms").to_pylist()}
    offers = tuple(
        MissedGuarantee(
            row["offer_id"], str(terms[row["offer_id"]]["name"]), row["wanted"], row["given"], row["most"],
            row["owed_cents"], row["detail"] or _WHY[row["outcome"]],
        )
        for row in read_plan(warehouse, plan_id, "plan_guarantees").to_pylist()
        if row["given"] < row["wanted"]
    )  # fmt: skip
    in_the_way = []
    for row in read_plan(warehouse, plan_id, "plan_conflicts").to_pylist():
        unit = "micros" if row["kind"] == "budget_micros" else "lists"
        at_least = row["kind"] == "distributions_min"
        words = limit_words(PlanLimit(row["scope"], row["id"], unit, row["limit"], 0, at_least), terms)
        in_the_way.append((words, limit_amount(row["limit"], unit)))
    least = int(warehouse.properties(f"plans/{plan_id}/plan").get("least_shortfall", 0))
    return MissedGuarantees(offers, least, tuple(in_the_way))


_WHY = {
    IMPOSSIBLE: "more than there can be",
    MAKE_GOOD: "lists worth more than what is owed, or other limits, came first",
    IN_CONFLICT: "other limits stand in the way",
}
