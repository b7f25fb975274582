"""What became of each guarantee: kept, impossible, given up for its make-good, or in conflict with other limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa

from regulars.allocate import Solution
from regulars.kernel import MICROS_PER_CENT

from ._plan_problem import PlanProblem
from ._rows import contract_schema, shaped

KEPT, IMPOSSIBLE, MAKE_GOOD, IN_CONFLICT = "kept", "impossible", "make_good", "in_conflict"


def guarantee_tables(problem: PlanProblem, plan: pa.Table, solution: Solution) -> dict[str, pa.Table]:
    """Rows of `plan_guarantees` and `plan_conflicts`.

    Args:
        problem: The problem of all households, with the guarantees as they were promised.
        plan: Rows of `plan`, of all households.
        solution: What the allocator answered for the lists that were chosen.
    """
    given = Counter(plan["offer_id"].to_pylist())
    barred = {one.offer_id: one.need - one.most for one in solution.shortfalls}
    details = {one.raw: one.message for one in solution.findings if one.rule == "guarantee-is-possible"}
    rows = [
        _row(row["offer_id"], row["distributions_min"], given[row["offer_id"]], problem.make_good, barred, details)
        for row in problem.offers.to_pylist()
        if row["distributions_min"]
    ]
    limits = () if solution.conflict is None else solution.conflict.limits
    conflicts = [{"scope": one.scope, "id": one.id, "kind": one.kind, "limit": one.limit} for one in limits]
    return {
        name: shaped(pa.Table.from_pylist(found, schema=contract_schema(name)), name)
        for name, found in (("plan_guarantees", rows), ("plan_conflicts", conflicts))
    }


def _row(
    offer_id: str,
    wanted: int,
    given: int,
    make_good: Mapping[str, int],
    barred: Mapping[str, int],
    details: Mapping[str, str],
) -> dict[str, object]:
    agreed = make_good.get(offer_id)
    cents = None if agreed is None else agreed // MICROS_PER_CENT
    most = max(wanted - barred.get(offer_id, 0), min(given, wanted))
    missed = max(0, wanted - given)
    if not missed:
        outcome = KEPT
    elif given >= most:
        outcome = IMPOSSIBLE
    else:
        outcome = IN_CONFLICT if cents is None else MAKE_GOOD
    return {
        "offer_id": offer_id,
        "wanted": wanted,
        "given": given,
        "most": most,
        "make_good_cents": cents,
        "owed_cents": missed * (cents or 0),
        "outcome": outcome,
        "detail": details.get(offer_id, "") if outcome == IMPOSSIBLE else "",
    }
