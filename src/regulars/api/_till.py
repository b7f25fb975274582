"""The till's calls: quote, hold, arm, release before tender; facts and the close of a day after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.concurrency import run_in_threadpool

from regulars.kernel import ANY_LANE, digest_of
from regulars.redeem import (
    ArmAnswer,
    ArmRequest,
    Changed,
    DayClosed,
    HoldAnswer,
    RefusalReason,
    Refused,
    ReleaseRequest,
    TillAnswer,
    TillMessage,
)

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
from ._signed import SignedCall, SignedRoute

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {"application/problem+json": {}}}
    for status, text in (
        (400, "Cannot be read"),
        (401, "Not signed, or not rightly"),
        (403, "Speaks for another lane"),
        (409, "This very request, or a newer state of the basket, came before"),
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


router = APIRouter(prefix="/till/v1", tags=["till"], responses=_PROBLEMS, route_class=SignedRoute)


@router.post("/quote")
async def quote(call: SignedCall, body: QuoteBody) -> QuoteAnswer:
    """What the shopper's offers would save on this basket now. Nothing is held: a dry run."""
    basket = body.basket()
    call.lane.must_own(basket.transaction)
    call.till.gate.check_guessing(call.lane)
    found = await call.till.quotes.quote(basket)
    if found.found is None:
        call.till.gate.note_unknown_code(call.lane)
    return quote_answer(found)


@router.post("/hold")
async def hold(call: SignedCall, body: HoldBody, idempotency_key: _Key) -> QuoteAnswer:
    """Hold what applies for this basket, for 15 minutes; each state of the basket is a new revision.

    A repeat of the same call gets the same hold. Another body under the same revision is refused, and so is a revision
    below one that was held before: it changes nothing.
    """
    basket = body.basket(revision=body.revision, take_over=body.take_over)
    call.lane.must_own(basket.transaction)
    _check_key(idempotency_key, f"{basket.transaction.key}/{basket.revision}")
    call.till.gate.check_guessing(call.lane)
    desk, found = call.till.desk, await call.till.quotes.quote(basket)
    if found.found is None:
        call.till.gate.note_unknown_code(call.lane)
        return quote_answer(found)
    request = desk.hold_request(basket, found, digest_of(call.content.hex()))
    [answer] = await call.till.writer.submit([request], call.lane.name)
    if isinstance(answer, Refused):
        raise _refused_whole(answer)
    assert isinstance(answer, HoldAnswer), f"a hold is answered by a hold, not {answer}"
    return quote_answer(desk.held(basket, found, answer))


@router.post("/arm")
async def arm(call: SignedCall, body: ArmBody, idempotency_key: _Key) -> ArmBodyAnswer:
    """Give held offers on this basket: durable when answered, and to be called before tender.

    Give the shopper only what is answered `armed`. Without an answer, repeat the call; still without one, give
    nothing and tell a void later.
    """
    transaction = body.transaction.record()
    call.lane.must_own(transaction)
    _check_key(idempotency_key, f"{transaction.key}/arm")
    [answer] = await call.till.writer.submit([ArmRequest(transaction, body.arm_lines())], call.lane.name)
    assert isinstance(answer, ArmAnswer), f"an arm is answered by an arm, not {answer}"
    return arm_answer(answer)


@router.post("/release")
async def release(call: SignedCall, body: ReleaseBody) -> ChangedAnswer:
    """Give back what the basket holds and did not arm."""
    transaction = body.transaction.record()
    call.lane.must_own(transaction)
    return _changed(await call.till.writer.submit([ReleaseRequest(transaction)], call.lane.name))


@router.post("/facts")
async def facts(call: SignedCall, body: FactsBody) -> FactsAnswer:
    """Tell what happened, from a journal or the day's log. A fact is never refused; twice is once."""
    messages: Sequence[TillMessage] = [one.record() for one in body.facts]
    for message in messages:
        call.lane.must_own(message.transaction)  # type: ignore[union-attr]
    answers = await call.till.writer.submit_facts(messages, call.lane.name)
    return FactsAnswer(facts=[fact_answer(answer) for answer in answers])


@router.post("/make-good")
async def make_good(call: SignedCall, body: QuoteBody) -> ArmBodyAnswer:
    """Credit afterwards what a paid basket would have saved on its day, had the lane been able to call.

    Only what nobody used since; again credits nothing more.
    """
    basket = body.basket()
    call.lane.must_own(basket.transaction)
    call.till.gate.check_guessing(call.lane)
    asked = digest_of(call.content.hex())
    found, message = await run_in_threadpool(call.till.desk.missed, basket, asked)
    if found.found is None:
        call.till.gate.note_unknown_code(call.lane)
        return ArmBodyAnswer(lines=[])
    [answer] = await call.till.writer.submit([message], call.lane.name)
    if isinstance(answer, Refused):
        raise _refused_whole(answer)
    assert isinstance(answer, ArmAnswer), f"a credit is answered by an arm, not {answer}"
    return arm_answer(answer)


@router.post("/rights")
async def rights(call: SignedCall, body: RightsBody) -> ChangedAnswer:
    """A store's controller gives the right to spend escrow offers back; taken once all its uses were told."""
    if call.lane.lane_id != ANY_LANE or call.lane.store_id != body.store_id:
        raise ProblemError(403, f"{call.lane.name} cannot give back rights of store {body.store_id}", "other_lane")
    answers = await call.till.writer.submit_facts(body.records(), call.lane.name)
    keys = [key for answer in answers if isinstance(answer, Changed) for key in answer.grants]
    return ChangedAnswer(grants=[key.name for key in keys])


@router.post("/day-close")
async def day_close(call: SignedCall, body: DayClosedBody) -> ChangedAnswer:
    """Close a store's day whose log is complete: what was armed and neither told nor logged was not given."""
    if call.lane.lane_id != ANY_LANE or call.lane.store_id != body.store_id:
        raise ProblemError(403, f"{call.lane.name} cannot close a day of store {body.store_id}", "other_lane")
    message = DayClosed(store_of(body.store_id), body.business_on)
    return _changed(await call.till.writer.submit([message], call.lane.name))


def _changed(answers: Sequence[TillAnswer]) -> ChangedAnswer:
    [answer] = answers
    assert isinstance(answer, Changed), f"expected what changed, not {answer}"
    return ChangedAnswer(grants=[key.name for key in answer.grants])


def _refused_whole(refused: Refused) -> ProblemError:
    """The refusal of a whole call: it came too late, or its key was used for another body."""
    status = 409 if refused.reason is RefusalReason.STALE_REVISION else 422
    return ProblemError(status, refused.detail, refused.reason)


def _check_key(given: str, expected: str) -> None:
    if given != expected:
        raise ProblemError(422, f"the Idempotency-Key of this call is {expected}", "idempotency_key")
