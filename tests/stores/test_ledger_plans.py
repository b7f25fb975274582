"""Applying and recalling plans: all or nothing, once, and to the cent; the same on SQLite and PostgreSQL."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_samples import (
    AT,
    WHO,
    grant_records,
    list_records,
    other_holdout,
    plan_content,
    plan_record,
)

from regulars.adapters.ledger import SqlLedger
from regulars.flows import (
    BudgetScope,
    BudgetTotal,
    GrantRecord,
    PlanApplied,
    PlanContent,
    PlanRecalled,
    PlanRefusal,
    PlanRefused,
    PlanState,
)
from regulars.kernel import ContractError, GrantId, HouseholdId, Period, PlanId
from regulars.redeem import GrantState

PLAN = PlanId("plan-a")


def apply(ledger: SqlLedger, content: PlanContent) -> PlanApplied | PlanRefused:
    return ledger.apply_plan(content, at=AT, actor=WHO)


def assert_untouched(ledger: SqlLedger, act: Callable[[], object]) -> None:
    """Nothing was written: not a row, not a link of the audit chain."""
    before = (ledger.plans(), ledger.audit_head(), list(ledger.grants_of(PLAN)), ledger.budget_totals(PLAN))
    act()
    after = (ledger.plans(), ledger.audit_head(), list(ledger.grants_of(PLAN)), ledger.budget_totals(PLAN))
    assert after == before
    assert ledger.verify() == []


def test_applied_plan_is_there_whole(ledger: SqlLedger) -> None:
    assert apply(ledger, plan_content()) == PlanApplied(PLAN, 3, 6, 450, now=True)
    assert ledger.plan_state(PLAN) is PlanState.APPLIED
    assert list(ledger.lists_of(PLAN)) == list(list_records("plan-a", 3))
    assert list(ledger.grants_of(PLAN)) == list(grant_records(3))
    assert [(each.plan, each.state, each.registered_at, each.applied_at) for each in ledger.plans()] == [
        (plan_record(), PlanState.APPLIED, AT, AT)
    ]
    assert ledger.verify() == []


def test_budgets_hold_expected_use_and_exposure(ledger: SqlLedger) -> None:
    apply(ledger, plan_content())
    assert ledger.budget_totals(PLAN) == [
        BudgetTotal(BudgetScope.OFFER, "coffee", None, 18, 180, 180, 0),
        BudgetTotal(BudgetScope.STORE, "all", 500, 27, 270, 270, 0),  # 3 x (100 - 60) + 3 x 50
        BudgetTotal(BudgetScope.VENDOR, "roaster", 1_000, 18, 180, 180, 0),
    ]


def test_grants_come_in_the_order_of_their_bytes(ledger: SqlLedger) -> None:
    names = ["b", "A", "a", "B", "é", "Z"]
    some = list(grant_records(3))
    grants = [replace(grant, grant_id=GrantId(name)) for grant, name in zip(some, names, strict=True)]
    apply(ledger, plan_content(grants=grants))
    assert [grant.grant_id for grant in ledger.grants_of(PLAN)] == ["A", "B", "Z", "a", "b", "é"]


def test_apply_again_changes_nothing(ledger: SqlLedger) -> None:
    apply(ledger, plan_content())

    def again() -> None:
        later = ledger.apply_plan(plan_content(), at=AT + timedelta(days=1), actor="someone else")
        assert later == PlanApplied(PLAN, 3, 6, 450, now=False)

    assert_untouched(ledger, again)


def test_register_then_apply(ledger: SqlLedger) -> None:
    ledger.register_plan(plan_record(), at=AT, actor=WHO)
    assert ledger.plan_state(PLAN) is PlanState.BUILT
    assert_untouched(ledger, lambda: ledger.register_plan(plan_record(), at=AT, actor=WHO))
    assert apply(ledger, plan_content()) == PlanApplied(PLAN, 3, 6, 450, now=True)
    assert ledger.audit_head().sequence == 2


def test_unknown_plan_has_no_state(ledger: SqlLedger) -> None:
    assert ledger.plan_state(PLAN) is None
    assert list(ledger.lists_of(PLAN)) == []
    assert ledger.budget_totals(PLAN) == []
    assert ledger.audit_head().sequence == 0


def test_same_id_with_other_content_is_refused(ledger: SqlLedger) -> None:
    apply(ledger, plan_content())

    def other() -> None:
        for refused in (
            apply(ledger, plan_content(content="other")),
            ledger.register_plan(plan_record(content="other"), at=AT, actor=WHO),
        ):
            assert isinstance(refused, PlanRefused)
            assert refused.reason is PlanRefusal.OTHER_CONTENT
            assert "plan-a" in refused.message

    assert_untouched(ledger, other)


def test_second_plan_of_a_cycle_waits_for_the_first_to_be_recalled(ledger: SqlLedger) -> None:
    apply(ledger, plan_content())

    def second() -> None:
        refused = apply(ledger, plan_content("plan-b"))
        assert isinstance(refused, PlanRefused)
        assert refused.reason is PlanRefusal.OTHER_PLAN_APPLIED
        assert "regulars plan recall plan-a" in refused.hint

    assert_untouched(ledger, second)
    assert isinstance(apply(ledger, plan_content("plan-c", cycle_number=25)), PlanApplied)
    ledger.recall_plan(PLAN, at=AT, actor=WHO)
    assert isinstance(apply(ledger, plan_content("plan-b")), PlanApplied)
    assert ledger.verify() == []


def test_holdout_of_a_year_is_never_redrawn(ledger: SqlLedger) -> None:
    apply(ledger, plan_content())

    def redrawn() -> None:
        refused = apply(ledger, other_holdout(plan_content("plan-c", cycle_number=25)))
        assert isinstance(refused, PlanRefused)
        assert refused.reason is PlanRefusal.OTHER_HOLDOUT
        assert "0.2" in refused.message

    assert_untouched(ledger, redrawn)


def test_recall_closes_grants_and_releases_money(ledger: SqlLedger) -> None:
    apply(ledger, plan_content())
    assert ledger.recall_plan(PLAN, at=AT, actor=WHO) == PlanRecalled(PLAN, 6, 450, now=True)
    assert ledger.plan_state(PLAN) is PlanState.RECALLED
    assert {grant.state for grant in ledger.grants_of(PLAN)} == {GrantState.CLOSED}
    assert [(total.exposure_cents, total.promised_cents) for total in ledger.budget_totals(PLAN)] == [
        (180, 0),
        (270, 0),
        (180, 0),
    ]
    assert_untouched(
        ledger,
        lambda: ledger.recall_plan(PLAN, at=AT, actor=WHO) == PlanRecalled(PLAN, 6, 0, now=False),
    )
    assert ledger.recall_plan(PLAN, at=AT, actor=WHO) == PlanRecalled(PLAN, 6, 0, now=False)


def test_recalled_plan_can_be_applied_again(ledger: SqlLedger) -> None:
    apply(ledger, plan_content())
    ledger.recall_plan(PLAN, at=AT, actor=WHO)
    assert apply(ledger, plan_content()) == PlanApplied(PLAN, 3, 6, 450, now=True)
    assert {(grant.state, grant.epoch) for grant in ledger.grants_of(PLAN)} == {(GrantState.ISSUED, 1)}
    assert [total.promised_cents for total in ledger.budget_totals(PLAN)] == [180, 270, 180]
    assert ledger.verify() == []


@pytest.mark.parametrize("state", [GrantState.HELD, GrantState.ARMED, GrantState.SPENT])
def test_recall_is_refused_once_a_grant_is_in_use(ledger: SqlLedger, state: GrantState) -> None:
    apply(ledger, plan_content())
    with ledger._writer.begin() as connection:
        connection.exec_driver_sql(f"UPDATE grants SET state = '{state}' WHERE grant_id = '2-1'")
    refused = ledger.recall_plan(PLAN, at=AT, actor=WHO)
    assert isinstance(refused, PlanRefused)
    assert refused.reason is PlanRefusal.GRANTS_IN_USE
    assert refused.message.startswith("1 of 6 grants")
    assert ledger.plan_state(PLAN) is PlanState.APPLIED


def test_recall_of_what_was_never_applied_is_refused(ledger: SqlLedger) -> None:
    def recall() -> PlanRefusal:
        refused = ledger.recall_plan(PLAN, at=AT, actor=WHO)
        assert isinstance(refused, PlanRefused)
        return refused.reason

    assert recall() is PlanRefusal.UNKNOWN_PLAN
    ledger.register_plan(plan_record(), at=AT, actor=WHO)
    assert recall() is PlanRefusal.NOT_APPLIED


def _broken_stream() -> Iterator[GrantRecord]:
    yield from list(grant_records(3))[:4]
    raise RuntimeError("the file ends here")


def test_stream_that_breaks_leaves_nothing(ledger: SqlLedger) -> None:
    def broken() -> None:
        with pytest.raises(RuntimeError, match="the file ends here"):
            apply(ledger, plan_content(grants=_broken_stream()))

    assert_untouched(ledger, broken)
    assert ledger.plan_state(PLAN) is None


GRANTS = list(grant_records(3))
BAD_GRANTS = {
    "one missing": GRANTS[:-1],
    "one too many": [*GRANTS, replace(GRANTS[0], grant_id=GrantId("extra"))],
    "the same id twice": [*GRANTS[:-1], replace(GRANTS[-1], grant_id=GRANTS[0].grant_id)],
    "the same offer twice": [
        *GRANTS[:-1],
        replace(GRANTS[-1], offer_id=GRANTS[0].offer_id, household_id=GRANTS[0].household_id),
    ],
    "a household without a list": [*GRANTS[:-1], replace(GRANTS[-1], household_id=HouseholdId("nobody"))],
    "funding above face": [*GRANTS[:-1], replace(GRANTS[-1], funding_cents=51)],
    "negative funding": [*GRANTS[:-1], replace(GRANTS[-1], funding_cents=-1)],
    "already spent": [*GRANTS[:-1], replace(GRANTS[-1], state=GrantState.SPENT)],
    "money beyond 64 bits": [*GRANTS[:-1], replace(GRANTS[-1], face_cents=2**63)],
}


@pytest.mark.parametrize("grants", BAD_GRANTS.values(), ids=BAD_GRANTS.keys())
def test_grants_that_break_a_rule_leave_nothing(ledger: SqlLedger, grants: list[GrantRecord]) -> None:
    def bad() -> None:
        with pytest.raises(ContractError, match="plan-a"):
            apply(ledger, plan_content(grants=grants))

    assert_untouched(ledger, bad)
    assert ledger.plan_state(PLAN) is None
    assert apply(ledger, plan_content()) == PlanApplied(PLAN, 3, 6, 450, now=True)


def test_plan_of_nobody(ledger: SqlLedger) -> None:
    assert apply(ledger, plan_content(households=0)) == PlanApplied(PLAN, 0, 0, 0, now=True)
    assert ledger.verify() == []


def test_periods_come_back_half_open(ledger: SqlLedger) -> None:
    apply(ledger, plan_content())
    assert next(ledger.grants_of(PLAN)).period == Period(plan_record().as_of_on, plan_record().period.until_on)
