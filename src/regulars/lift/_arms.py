"""Which arm a household is in: a hash, so it needs no register and no order of work can change it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from regulars.kernel import ContractError, HouseholdId, OfferId, unit_interval


class Arm(StrEnum):
    """What a household is there for, for a whole programme year."""

    TARGETED = "targeted"
    HOLDOUT = "holdout"


@dataclass(frozen=True)
class GrantControl:
    """One grant a household was due and did not get, so that the offer's own effect can be told.

    Args:
        household_id: The household; it got its next best offer in place of this one.
        offer_id: The offer withheld.
        level: The level it would have had.
        share: The chance with which it was withheld, 0 < share < 1; estimates weigh by it.
    """

    household_id: HouseholdId
    offer_id: OfferId
    level: int
    share: float

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0:
            raise ContractError(f"a grant is withheld with a chance between 0 and 1, not {self.share}")


def arm_of(household_id: str, programme_year: int, *, share: float, salt: str) -> Arm:
    """The arm of a household, the same in every cycle of a programme year; each year draws afresh.

    A household held out at one share is held out at every greater share: widening the holdout frees nobody.

    Args:
        household_id: The source's id.
        programme_year: From 1 (`kernel.programme_year`).
        share: Share of households held out, 0..1.
        salt: The programme's salt; another salt is another draw.

    Raises:
        ContractError: `share` is not between 0 and 1.

    Source:
        docs/concepts/ledger.md, "Who is held out".

    Example:
        >>> arm_of("1", 1, share=0.0, salt="holdout").value
        'targeted'
    """
    if not 0.0 <= share <= 1.0:
        raise ContractError(f"the holdout's share is between 0 and 1, not {share}")
    draw = unit_interval("holdout", salt, programme_year, household_id)
    return Arm.HOLDOUT if draw < share else Arm.TARGETED
