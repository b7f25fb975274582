"""The till's calls: quote, hold, arm, release before tender; facts and the close of a day after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from starlette.concurrency import run_in_threadpool

from regulars.flows import TillDesk
from regulars.kernel import ANY_LANE, digest_of
from regulars.redeem import (
    ArmAnswer,
    ArmRequest,
    Changed,
    DayClosed,
    HoldAnswer,
    Refused,
    ReleaseRequest,
    TillAnswer,
    TillMessage,
)

from ._auth import Lane, LaneGate
from ._bodies import (
    ArmBody,
    ArmBodyAnswer,
    ChangedAnswer,
    DayClosedBody,
    FactsAnswer,
    FactsBody,
    HoldBody,
    QuoteAnswer,
    QuoteBody,
    ReleaseBody,
    RightsBody,
    arm_answer,
    fact_answer,
    quote_answer,
    store_of,
)
from ._problems import ProblemError
from ._writer import GroupWriter


@dataclass(frozen=True)
class TillService:
    """What the till's calls are made of."""

    desk: TillDesk
    writer: GroupWriter
    gate: LaneGate


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"application/problem+json": {}}}
    for status, text in (
        (400, "Cannot be read"),
        (401, "Not signed, or not rightly"),
        (403, "Speaks for another lane"),
        (409, "This very request came before"),
        (413, "Too large"),
        (422, "Does not fit, or the key was used for another body"),
        (429, "Busy, or codes are being guessed"),
        (503, "The ledger cannot answer now"),
    )
}
_KEY_NOTE = (
    "The transaction's own number, `DAY/STORE/LANE/NUMBER`, then `/REVISION` for a hold and `/arm` for an arm."
)
_Key = Annotated[str, Header(alias="Idempotency-Key", max_length=200, description=_KEY_NOTE)]


async def _admitted(request: Request) -> Lane:
    return await _service(request).gate.admit(request)


async def _service_of(request: Request) -> TillService:  # a plain function would cost a thread a call
    return _service(request)


def _service(request: Request) -> TillService:
    service: TillService = request.app.state.till
    return service


Caller = Annotated[Lane, Depends(_admitted)]
Service = Annotated[TillService, Depends(_service_of)]

router = APIRouter(prefix="/till/v1", tags=["till"], responses=_PROBLEMS)


@router.post("/quote")
async def quote(body: QuoteBody, lane: Caller, service: Service) -> QuoteAnswer:
    """What the shopper's offers would save on this basket now. Nothing is held: a dry run."""
    basket = body.basket()
    lane.must_own(basket.transaction)
    service.gate.check_guessing(lane)
    found = await run_in_threadpool(service.desk.quote, basket)
    if found.found is None:
        service.gate.note_unknown_code(lane)
    return quote_answer(found)


@router.post("/hold")
async def hold(
    request: Request, body: HoldBody, lane: Caller, service: Service, idempotency_key: _Key
) -> QuoteAnswer:
    """Hold what applies for this basket, for 15 minutes; each state of the basket is a new revision.

    A repeat of the same call gets the same hold. Another body under the same revision is refused.
    """
    basket = body.basket(revision=body.revision, take_over=body.take_over)
    lane.must_own(basket.transaction)
    _check_key(idempotency_key, f"{basket.transaction.key}/{basket.revision}")
    service.gate.check_guessing(lane)
    found = await run_in_threadpool(service.desk.quote, basket)
    if found.found is None:
        service.gate.note_unknown_code(lane)
        return quote_answer(found)
    asked = digest_of((await request.body()).hex())
    message = service.desk.hold_request(basket, found, asked)
    [answer] = await service.writer.submit([message], lane.name)
    if isinstance(answer, Refused):
        raise ProblemError(422, answer.detail, answer.reason)
    assert isinstance(answer, HoldAnswer), f"a hold is answered by a hold, not {answer}"
    return quote_answer(service.desk.held(basket, found, answer))


@router.post("/arm")
async def arm(body: ArmBody, lane: Caller, service: Service, idempotency_key: _Key) -> ArmBodyAnswer:
    """Give held offers on this basket: durable when answered, and to be called before tender.

    Give the shopper only what is answered `armed`. Without an answer, repeat the call; still without one, give
    nothing and tell a void later.
    """
    transaction = body.transaction.record()
    lane.must_own(transaction)
    _check_key(idempotency_key, f"{transaction.key}/arm")
    [answer] = await service.writer.submit([ArmRequest(transaction, body.arm_lines())], lane.name)
    assert isinstance(answer, ArmAnswer), f"an arm is answered by an arm, not {answer}"
    return arm_answer(answer)


@router.post("/release")
async def release(body: ReleaseBody, lane: Caller, service: Service) -> ChangedAnswer:
    """Give back what the basket holds and did not arm."""
    transaction = body.transaction.record()
    lane.must_own(transaction)
    return _changed(await service.writer.submit([ReleaseRequest(transaction)], lane.name))


@router.post("/facts")
async def facts(body: FactsBody, lane: Caller, service: Service) -> FactsAnswer:
    """Tell what happened, from a journal or the day's log. A fact is never refused; twice is once."""
    messages: Sequence[TillMessage] = [one.record() for one in body.facts]
    for message in messages:
        lane.must_own(message.transaction)  # type: ignore[union-attr]
    answers = await service.writer.submit(messages, lane.name)
    return FactsAnswer(facts=[fact_answer(answer) for answer in answers])


@router.post("/make-good")
async def make_good(request: Request, body: QuoteBody, lane: Caller, service: Service) -> ArmBodyAnswer:
    """Credit afterwards what a paid basket would have saved on its day, had the lane been able to call.

    Only what nobody used since; again credits nothing more.
    """
    basket = body.basket()
    lane.must_own(basket.transaction)
    service.gate.check_guessing(lane)
    asked = digest_of((await request.body()).hex())
    found, message = await run_in_threadpool(service.desk.missed, basket, asked)
    if found.found is None:
        service.gate.note_unknown_code(lane)
        return ArmBodyAnswer(lines=[])
    [answer] = await service.writer.submit([message], lane.name)
    if isinstance(answer, Refused):
        raise ProblemError(422, answer.detail, answer.reason)
    assert isinstance(answer, ArmAnswer), f"a credit is answered by an arm, not {answer}"
    return arm_answer(answer)


@router.post("/rights")
async def rights(body: RightsBody, lane: Caller, service: Service) -> ChangedAnswer:
    """A store's controller gives the right to spend escrow offers back; taken once all its uses were told."""
    if lane.lane_id != ANY_LANE or lane.store_id != body.store_id:
        raise ProblemError(403, f"{lane.name} cannot give back rights of store {body.store_id}", "other_lane")
    answers = await service.writer.submit(body.records(), lane.name)
    keys = [key for answer in answers if isinstance(answer, Changed) for key in answer.grants]
    return ChangedAnswer(grants=[key.name for key in keys])


@router.post("/day-close")
async def day_close(body: DayClosedBody, lane: Caller, service: Service) -> ChangedAnswer:
    """Close a store's day whose log is complete: what was armed and neither told nor logged was not given."""
    if lane.lane_id != ANY_LANE or lane.store_id != body.store_id:
        raise ProblemError(403, f"{lane.name} cannot close a day of store {body.store_id}", "other_lane")
    message = DayClosed(store_of(body.store_id), body.business_on)
    return _changed(await service.writer.submit([message], lane.name))


def _changed(answers: Sequence[TillAnswer]) -> ChangedAnswer:
    [answer] = answers
    assert isinstance(answer, Changed), f"expected what changed, not {answer}"
    return ChangedAnswer(grants=[key.name for key in answer.grants])


def _check_key(given: str, expected: str) -> None:
    if given != expected:
        raise ProblemError(422, f"the Idempotency-Key of this call is {expected}", "idempotency_key")
