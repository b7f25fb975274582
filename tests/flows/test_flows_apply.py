"""Apply and recall: what reaches the ledger, and when; the ledger itself is a fake."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from regulars.flows import (
    ApplyOutcome,
    PlanApplied,
    PlanContent,
    PlanRecalled,
    PlanRecord,
    Programme,
    RecallOutcome,
    apply_plan,
    recall_plan,
)
from regulars.kernel import Period, PlanId

NOON = datetime(2017, 11, 26, 12, 0, tzinfo=UTC)
PERIOD = Period(date(2017, 11, 27), date(2017, 12, 11))
PLAN = PlanRecord(PlanId("2017-11-27-1f0c9a52"), 24, PERIOD.from_on, PERIOD, "d" * 64, 2, 1)


class Noon:
    def now_at(self) -> datetime:
        return NOON


@dataclass
class NotingLedger:
    """Answers yes and keeps what it was asked."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def apply_plan(self, content: PlanContent, *, at: datetime, actor: str) -> ApplyOutcome:
        self.asked.append((content, at, actor))
        return PlanApplied(content.plan.plan_id, 2, 1, 100, now=True)

    def recall_plan(self, plan_id: PlanId, *, at: datetime, actor: str) -> RecallOutcome:
        self.asked.append((plan_id, at, actor))
        return PlanRecalled(plan_id, 1, 100, now=True)


def test_apply_says_when_and_who() -> None:
    ledger = NotingLedger()
    content = PlanContent(PLAN, Programme(1, "holdout", 0.1), (), (), ())
    outcome = apply_plan(content, ledger, clock=Noon(), actor="marketing")  # type: ignore[arg-type]
    assert outcome == PlanApplied(PLAN.plan_id, 2, 1, 100, now=True)
    assert ledger.asked == [(content, NOON, "marketing")]


def test_recall_says_when_and_who() -> None:
    ledger = NotingLedger()
    recall_plan(PLAN.plan_id, ledger, clock=Noon(), actor="marketing")  # type: ignore[arg-type]
    assert ledger.asked == [(PLAN.plan_id, NOON, "marketing")]
