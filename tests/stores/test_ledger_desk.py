"""Decisions on deals and campaigns: kept once, in order, sealed, and told with what deals owe."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from ledger_samples import AT, WHO, plan_content
from sqlalchemy.exc import DBAPIError

from regulars.adapters.ledger import SqlLedger
from regulars.adapters.ledger._tables import AUDIT, DEAL_REVISIONS
from regulars.contracts import (
    CampaignAim,
    CampaignId,
    CampaignPlan,
    CampaignState,
    CampaignTiming,
    DealState,
    default_modules,
)
from regulars.flows import ApprovalState, DealRevision, OfferDeal
from regulars.kernel import CategoryId, DealId, OfferId, Period, PlanId

SUBMITTED = DealRevision(DealId("d1"), 1, DealState.SUBMITTED, {"fee_cents": 9}, "digest", AT, WHO, "so agreed")
LEAD, ALTERNATIVE = default_modules(CampaignAim.CONVERT_TO_OWN, 5)
CAMPAIGN = CampaignPlan(
    CampaignId("pain"),
    "Painkillers to our brand",
    CampaignAim.CONVERT_TO_OWN,
    CategoryId("ANALGESICS"),
    Period(date(2017, 11, 27), date(2018, 2, 19)),
    (10, 20, 30, 40, 50),
    LEAD,
    ALTERNATIVE,
    budget_cents=20_000,
    timing=CampaignTiming.ALWAYS,
)


def actions(ledger: SqlLedger) -> list[str]:
    with ledger._engine.connect() as connection:
        return [row.action for row in connection.execute(AUDIT.select().order_by(AUDIT.c.sequence))]


def test_decisions_are_kept_in_order_and_sealed(ledger: SqlLedger) -> None:
    approved = replace(SUBMITTED, number=2, state=DealState.APPROVED, decided_at=AT + timedelta(days=1))
    other = replace(SUBMITTED, deal_id=DealId("d0"))
    assert all(ledger.decide_deal(one) for one in (SUBMITTED, approved, other))
    assert ledger.deal_history(DealId("d1")) == [SUBMITTED, approved]
    assert ledger.deal_revisions() == [other, approved]
    assert actions(ledger) == ["deal.submitted", "deal.approved", "deal.submitted"]
    assert ledger.verify() == []


def test_two_who_decide_at_once_are_told_apart(ledger: SqlLedger) -> None:
    assert ledger.decide_deal(SUBMITTED)
    assert not ledger.decide_deal(replace(SUBMITTED, state=DealState.ENDED))
    assert not ledger.decide_deal(replace(SUBMITTED, number=3))
    assert ledger.deal_history(DealId("d1")) == [SUBMITTED]
    assert len(actions(ledger)) == 1


def test_a_decision_is_never_changed(ledger: SqlLedger) -> None:
    ledger.decide_deal(SUBMITTED)
    for statement in (DEAL_REVISIONS.update().values(note="other"), DEAL_REVISIONS.delete()):
        with pytest.raises(DBAPIError, match="append-only"), ledger._writer.begin() as connection:
            connection.execute(statement)


def test_a_campaign_is_kept_once_and_stopped_once(ledger: SqlLedger) -> None:
    assert ledger.create_campaign(CAMPAIGN, at=AT, actor=WHO)
    assert not ledger.create_campaign(replace(CAMPAIGN, name="other"), at=AT, actor=WHO)
    (record,) = ledger.campaigns()
    assert (record.plan, record.state, record.created_at, record.created_by) == (
        CAMPAIGN,
        CampaignState.RUNNING,
        AT,
        WHO,
    )
    assert ledger.stop_campaign(CAMPAIGN.campaign_id, at=AT, actor=WHO)
    assert not ledger.stop_campaign(CAMPAIGN.campaign_id, at=AT, actor=WHO)
    assert not ledger.stop_campaign(CampaignId("none"), at=AT, actor=WHO)
    (record,) = ledger.campaigns()
    assert (record.state, record.stopped_at) == (CampaignState.STOPPED, AT)
    assert actions(ledger) == ["campaign.new", "campaign.stop"]
    assert ledger.verify() == []


def test_a_deals_money_is_promised_by_apply_and_released_by_recall(ledger: SqlLedger) -> None:
    """Three households, each with 60 cents of the roaster's for coffee and 50 of the store's for bread."""
    offers = [OfferDeal(OfferId("coffee"), DealId("d1")), OfferDeal(OfferId("bread"), DealId("d2"))]
    ledger.apply_plan(replace(plan_content(), offers=offers), at=AT, actor=WHO)
    coffee, bread = ledger.deal_money()
    assert (coffee.deal_id, coffee.applied, coffee.promised_cents, coffee.used_cents) == ("d1", True, 300, 0)
    assert (bread.deal_id, bread.promised_cents, bread.released_cents) == ("d2", 150, 0)
    ledger.recall_plan(PlanId("plan-a"), at=AT, actor=WHO)
    coffee, bread = ledger.deal_money()
    assert (coffee.applied, coffee.promised_cents, coffee.released_cents) == (False, 0, 300)
    assert bread.released_cents == 150


def test_what_waits_is_decided_by_another_and_withdrawn_by_whoever_asked(ledger: SqlLedger) -> None:
    def decide(state: ApprovalState, staff_id: str) -> bool:
        told = ledger.decide_approval(number, state, at=AT, actor=WHO, staff_id=staff_id, note="so")
        return told is not None

    number = ledger.ask_approval("campaign", "pain", {"a": 1}, 900, at=AT, actor=WHO, staff_id="marta")
    assert not decide(ApprovalState.WITHDRAWN, "paul")
    assert not decide(ApprovalState.APPROVED, "marta")
    assert decide(ApprovalState.WITHDRAWN, "marta")
    assert not decide(ApprovalState.APPROVED, "paul")
    assert [one.object_id for one in ledger.approvals(ApprovalState.WITHDRAWN)] == ["pain"]
    assert actions(ledger) == ["approval.ask", "approval.withdrawn"]
    assert ledger.verify() == []
