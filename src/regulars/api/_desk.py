"""What the workspace's own commands tell the service while it is the ledger's one writer."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from regulars.kernel import DESK, EVERY_STORE
from regulars.redeem import Changed, DayClosed, GrantKey, RightMoved, Shown, ShownUse, TillMessage

from ._bodies import (
    Body,
    Cents,
    FactClassAnswer,
    GrantName,
    LoggedBody,
    Place,
    TransactionBody,
    fact_answer,
    store_of,
)
from ._problems import ProblemError
from ._signed import SignedCall, SignedRoute

router = APIRouter(prefix="/desk/v1", tags=["desk"], include_in_schema=False, route_class=SignedRoute)


class ShownUseBody(Body):
    """What loaded logs show of one offer on a receipt."""

    grant: GrantName
    given_cents: Cents | None = None
    absent: bool = False
    returned_cents: Cents = 0
    voided: bool = False


class ShownBody(Body):
    """What loaded logs show of a transaction."""

    kind: Literal["shown"]
    transaction: TransactionBody
    uses: Annotated[tuple[ShownUseBody, ...], Field(max_length=200)]

    def record(self) -> Shown:
        """As the ledger takes it."""
        uses = (
            ShownUse(GrantKey.of_name(one.grant), one.given_cents, one.absent, one.returned_cents, one.voided)
            for one in self.uses
        )
        return Shown(self.transaction.record(), tuple(uses))


class LentBody(Body):
    """The right to give an escrow offer, lent to a store's controller."""

    kind: Literal["lent"]
    grant: GrantName
    store_id: Place

    def record(self) -> RightMoved:
        """As the ledger takes it."""
        return RightMoved(GrantKey.of_name(self.grant), None, store_of(self.store_id))


class ClosedBody(Body):
    """A store's day whose log is complete."""

    kind: Literal["day_closed"]
    store_id: Place
    business_on: date

    def record(self) -> DayClosed:
        """As the ledger takes it."""
        return DayClosed(store_of(self.store_id), self.business_on)


class DeskBody(Body):
    """Messages, and who tells them, for the audit."""

    actor: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    messages: Annotated[
        tuple[Annotated[ShownBody | LoggedBody | LentBody | ClosedBody, Field(discriminator="kind")], ...],
        Field(min_length=1, max_length=1_000),
    ]


class DeskAnswer(BaseModel):
    """One answer a message, in the order told."""

    answers: list[FactClassAnswer]


@router.post("/messages")
async def messages(call: SignedCall, body: DeskBody) -> DeskAnswer:
    """Take what a command of this workspace tells, as if it wrote into the ledger itself."""
    if (call.lane.store_id, call.lane.lane_id) != (EVERY_STORE, DESK):
        raise ProblemError(403, f"{call.lane.name} is no command of this workspace", "other_lane")
    told: list[TillMessage] = [one.record() for one in body.messages]
    answers = await call.till.writer.submit_facts(told, body.actor)
    return DeskAnswer(
        answers=[
            FactClassAnswer(outcomes={}, absent=[key.name for key in answer.grants])
            if isinstance(answer, Changed)
            else fact_answer(answer)
            for answer in answers
        ]
    )
