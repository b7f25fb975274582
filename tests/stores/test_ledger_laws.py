"""Whatever is asked in whatever order, the ledger stands as a plain model of it says, and its books balance."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from ledger_samples import AT, WHO, plan_content

from regulars.adapters.ledger import create_ledger
from regulars.flows import PlanApplied, PlanRecalled, PlanRefused, PlanState
from regulars.kernel import PlanId

PLANS = st.sampled_from(["plan-a", "plan-b", "plan-c", "plan-d"])
CYCLES = {"plan-a": 24, "plan-b": 24, "plan-c": 25, "plan-d": 24}
HOUSEHOLDS = {"plan-a": 3, "plan-b": 2, "plan-c": 1, "plan-d": 0}


class Bookkeeping(RuleBasedStateMachine):
    """Four plans, three of them rivals for one cycle."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.ledger = create_ledger("sqlite:///ledger.db", folder=Path(self.folder.name))
        self.states: dict[str, PlanState] = {}
        self.events = 0

    def teardown(self) -> None:
        self.ledger.close()
        self.folder.cleanup()

    def _content(self, plan_id: str):  # type: ignore[no-untyped-def]
        return plan_content(plan_id, households=HOUSEHOLDS[plan_id], cycle_number=CYCLES[plan_id])

    @rule(plan_id=PLANS)
    def register(self, plan_id: str) -> None:
        self.ledger.register_plan(self._content(plan_id).plan, at=AT, actor=WHO)
        if plan_id not in self.states:
            self.states[plan_id] = PlanState.BUILT
            self.events += 1

    @rule(plan_id=PLANS)
    def apply(self, plan_id: str) -> None:
        outcome = self.ledger.apply_plan(self._content(plan_id), at=AT, actor=WHO)
        rivals = [
            other
            for other, state in self.states.items()
            if state is PlanState.APPLIED and CYCLES[other] == CYCLES[plan_id] and other != plan_id
        ]
        assert isinstance(outcome, PlanRefused) == bool(rivals)
        if isinstance(outcome, PlanApplied):
            assert outcome.now == (self.states.get(plan_id) is not PlanState.APPLIED)
            self.events += outcome.now + (plan_id not in self.states)
            self.states[plan_id] = PlanState.APPLIED

    @rule(plan_id=PLANS)
    def recall(self, plan_id: str) -> None:
        outcome = self.ledger.recall_plan(PlanId(plan_id), at=AT, actor=WHO)
        known = self.states.get(plan_id)
        assert isinstance(outcome, PlanRefused) == (known in {None, PlanState.BUILT})
        if isinstance(outcome, PlanRecalled):
            assert outcome.now == (known is PlanState.APPLIED)
            self.events += outcome.now
            self.states[plan_id] = PlanState.RECALLED

    @rule(plan_id=PLANS)
    def apply_other_content(self, plan_id: str) -> None:
        if plan_id in self.states:
            other = plan_content(plan_id, cycle_number=CYCLES[plan_id], content="other")
            assert isinstance(self.ledger.apply_plan(other, at=AT, actor=WHO), PlanRefused)

    @invariant()
    def stands_as_the_model_says(self) -> None:
        assert {each.plan.plan_id: each.state for each in self.ledger.plans()} == self.states
        assert self.ledger.audit_head().sequence == self.events
        assert self.ledger.verify() == []
        for plan_id, state in self.states.items():
            promised = sum(
                total.promised_cents
                for total in self.ledger.budget_totals(PlanId(plan_id))
                if total.scope != "offer"
            )
            assert promised == (150 * HOUSEHOLDS[plan_id] if state is PlanState.APPLIED else 0)


TestBookkeeping = Bookkeeping.TestCase
TestBookkeeping.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
