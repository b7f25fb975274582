"""Goodwill: a special another household has, given to this one at the desk for a reason; the store pays it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from regulars.contracts import ReasonCode, SpecialKind
from regulars.kernel import ContractError, GrantId, HouseholdId, OfferId, Period, PlanId
from regulars.redeem import Grant

from ._household_rows import rows_named
from ._names import plan_dataset
from ._plan import plan_record, plan_rows_of
from ._ports import Warehouse

_KEPT_OUT = frozenset(
    {
        ReasonCode.NO_CLOSED_TIER,
        ReasonCode.NO_NEVER_PRINTED,
        ReasonCode.NO_NOT_BOUGHT_BEFORE,
        ReasonCode.NO_OPTED_OUT,
        ReasonCode.NO_OTHER_STORE,
    }
)
"""Reasons that goodwill does not overrule: sensitive goods, the household's own wish, a deal of other stores."""


GOODWILL_ID = "-goodwill-"
"""In the id of every grant that was given beside a plan."""

_BEHIND = 1_000
"""Slots of such grants: behind those of the plan."""


@dataclass(frozen=True)
class Goodwill:
    """A grant given beside the plan; the store pays all of it.

    Args:
        plan_id: The plan whose offer it is.
        household_id: Who gets it.
        offer_id: Which offer.
        level: At which level.
        face_cents: What one use saves.
        period: When it may be spent.
        reason: Why, in somebody's words.
        given_at: When.
        actor: By whom.
    """

    plan_id: PlanId
    household_id: HouseholdId
    offer_id: OfferId
    level: int
    face_cents: int
    period: Period
    reason: str
    given_at: datetime
    actor: str


class GoodwillBook(Protocol):
    """Grants beside the plan; each is one transaction and one row of the audit chain."""

    def give_goodwill(self, gift: Goodwill) -> GrantId | None:
        """Add the grant and promise its money; None, and nothing written, when the household has the offer.

        Raises:
            ContractError: The plan is not applied, or has no list for the household.
        """
        ...


def goodwill_rows(warehouse: Warehouse, plan_id: str, grants: Iterable[Grant]) -> list[dict[str, Any]]:
    """Rows as in `plan_grants` for what was given beside the plan, as a neighbour's row of it says.

    Args:
        warehouse: Holds the plan.
        plan_id: The plan.
        grants: Of some households; those that came with the plan are passed over.
    """
    given = [one for one in grants if GOODWILL_ID in one.key.grant_id and not one.closed]
    rows = rows_named(warehouse, plan_dataset(plan_id, "plan_grants"), "offer_id", {one.offer_id for one in given})
    found = []
    for place, one in enumerate(given):
        theirs = next((row for row in rows if (row["offer_id"], row["level"]) == (one.offer_id, one.level)), None)
        if theirs is not None:
            plain = {"household_id": one.household_id, "slot": _BEHIND + place, "face_cents": one.face_cents}
            why = {"kind": SpecialKind.SUGGESTION.value, "reason_code": ReasonCode.UNTARGETED.value}
            found.append({**theirs, **plain, **why, "every_days": None, "last_on": None})
    return found


def give_goodwill(
    warehouse: Warehouse,
    book: GoodwillBook,
    *,
    plan_id: str,
    household_id: str,
    neighbour_id: str,
    offer_id: str,
    reason: str,
    at: datetime,
    actor: str,
) -> GrantId:
    """Give a household a special that another one has, as that one has it.

    The register takes it off when the list or the card is scanned; the paper shows it when the list is issued anew.

    Args:
        warehouse: Holds the plan.
        book: Keeps the grant.
        plan_id: The plan.
        household_id: Who gets it.
        neighbour_id: Who has it.
        offer_id: Which offer.
        reason: Why.
        at: When.
        actor: By whom.

    Raises:
        ContractError: The neighbour does not have it, the household has it already, or may not have it.
    """
    grants = plan_rows_of(warehouse, plan_id, "plan_grants", neighbour_id)
    theirs = [row for row in grants if row["offer_id"] == offer_id]
    if not theirs:
        raise ContractError(f"household {neighbour_id!r} has no offer {offer_id!r} in plan {plan_id}")
    for row in plan_rows_of(warehouse, plan_id, "plan_misses", household_id):
        if row["offer_id"] == offer_id and row["reason_code"] in _KEPT_OUT:
            raise ContractError(
                f"household {household_id!r} may not have offer {offer_id!r}: {row['reason_code']}",
                hint="goodwill does not overrule sensitive goods, a household's wish or another store's deal",
            )
    gift = Goodwill(
        PlanId(plan_id),
        HouseholdId(household_id),
        OfferId(offer_id),
        theirs[0]["level"],
        theirs[0]["face_cents"],
        plan_record(warehouse, plan_id).period,
        reason,
        at,
        actor,
    )
    given = book.give_goodwill(gift)
    if given is None:
        raise ContractError(f"household {household_id!r} has offer {offer_id!r} already")
    return given
