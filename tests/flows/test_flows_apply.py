"""Apply and recall: what reaches the ledger, and when; the ledger itself is a fake."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

import pyarrow as pa
import pytest

from regulars.flows import (
    ApplyOutcome,
    GrantRecord,
    ListRecord,
    PlanApplied,
    PlanContent,
    PlanRecalled,
    PlanRecord,
    Programme,
    RecallOutcome,
    apply_plan,
    grant_records,
    list_records,
    recall_plan,
)
from regulars.kernel import CodeKeys, Period, PlanId, list_code, qr_secret, read_list_code
from regulars.lift import Arm

NOON = datetime(2017, 11, 26, 12, 0, tzinfo=UTC)
PERIOD = Period(date(2017, 11, 27), date(2017, 12, 11))
PLAN = PlanRecord(PlanId("2017-11-27-1f0c9a52"), 24, PERIOD.from_on, PERIOD, "d" * 64, 2, 1)
KEYS = CodeKeys(b"c" * 32, b"s" * 32, b"p" * 32)


class Noon:
    def now_at(self) -> datetime:
        return NOON


@dataclass
class NotingLedger:
    """Answers yes and keeps what it was asked."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def apply_plan(self, content: PlanContent, *, at: datetime, actor: str) -> ApplyOutcome:
        self.asked.append((list(content.lists), list(content.grants), at, actor))
        return PlanApplied(content.plan.plan_id, 2, 1, 100, now=True)

    def recall_plan(self, plan_id: PlanId, *, at: datetime, actor: str) -> RecallOutcome:
        self.asked.append((plan_id, at, actor))
        return PlanRecalled(plan_id, 1, 100, now=True)


def lists() -> Iterator[pa.RecordBatch]:
    yield pa.RecordBatch.from_pylist(
        [{"household_id": "900", "list_number": 1, "sequence": 12_345, "arm": "targeted", "tier": "best"}]
    )
    yield pa.RecordBatch.from_pylist(
        [{"household_id": "901", "list_number": 2, "sequence": 99_999_999, "arm": "holdout", "tier": "small"}]
    )


def grants() -> Iterator[pa.RecordBatch]:
    row = {
        "grant_id": "1-1",
        "household_id": "900",
        "offer_id": "coffee",
        "level": 2,
        "slot": 1,
        "face_cents": 100,
        "funding_cents": 60,
        "vendor_id": "roaster",
        "from_on": PERIOD.from_on,
        "until_on": PERIOD.until_on,
    }
    yield pa.RecordBatch.from_pylist([row])


def test_lists_reach_the_ledger_as_digests() -> None:
    records = list(list_records(lists(), PLAN, KEYS, version=47))
    assert [(each.household_id, each.list_number, each.sequence, each.arm) for each in records] == [
        ("900", 1, 12_345, Arm.TARGETED),
        ("901", 2, 99_999_999, Arm.HOLDOUT),
    ]
    code = list_code(KEYS, version=47, cycle_number=24, sequence=12_345)
    assert read_list_code(KEYS, code, cycle_number=24) is not None
    assert records[0].code_digest == sha256(code.encode()).hexdigest()
    secret = qr_secret(KEYS, cycle_number=24, sequence=12_345)
    assert records[0].phone_digest == sha256(secret.encode()).hexdigest()
    assert {each.period for each in records} == {PERIOD}
    assert len({each.code_digest for each in records} | {each.phone_digest for each in records}) == 4


def test_neither_code_nor_key_reaches_the_ledger() -> None:
    told = repr(list(list_records(lists(), PLAN, KEYS, version=47)))
    assert list_code(KEYS, version=47, cycle_number=24, sequence=12_345) not in told
    assert qr_secret(KEYS, cycle_number=24, sequence=12_345) not in told


def test_grants_reach_the_ledger_as_they_stand_in_the_plan() -> None:
    assert list(grant_records(grants())) == [GrantRecord("1-1", "900", "coffee", 2, 100, 60, "roaster", PERIOD)]


def test_apply_says_when_and_who() -> None:
    ledger = NotingLedger()
    content = PlanContent(
        PLAN,
        Programme(1, "holdout", 0.1),
        list_records(lists(), PLAN, KEYS, version=47),
        grant_records(grants()),
        (),
    )
    outcome = apply_plan(content, ledger, clock=Noon(), actor="marketing")  # type: ignore[arg-type]
    assert outcome == PlanApplied(PLAN.plan_id, 2, 1, 100, now=True)
    [(got_lists, got_grants, at, actor)] = ledger.asked
    assert (len(got_lists), len(got_grants), at, actor) == (2, 1, NOON, "marketing")
    assert isinstance(got_lists[0], ListRecord)


def test_recall_says_when_and_who() -> None:
    ledger = NotingLedger()
    recall_plan(PLAN.plan_id, ledger, clock=Noon(), actor="marketing")  # type: ignore[arg-type]
    assert ledger.asked == [(PLAN.plan_id, NOON, "marketing")]


def test_unknown_arm_is_not_guessed() -> None:
    batch = pa.RecordBatch.from_pylist(
        [{"household_id": "900", "list_number": 1, "sequence": 1, "arm": "control"}]
    )
    with pytest.raises(ValueError, match="control"):
        list(list_records([batch], PLAN, KEYS, version=47))
