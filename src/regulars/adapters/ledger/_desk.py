"""Decisions on deals and campaigns in SQL: rows that are only added, and a seal on the audit chain for each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from regulars.contracts import CampaignId, CampaignPlan, CampaignState, DealState
from regulars.flows import CampaignRecord, DealMoney, DealRevision, OfferDeal, PlanState
from regulars.kernel import DealId, PlanId
from regulars.redeem import SHOPPER_ACCOUNTS, Account

from . import _audit
from ._postings import PostingKind
from ._tables import BUDGETS, CAMPAIGNS, DEAL_REVISIONS, ENTRIES, OFFER_DEALS, PLANS, POSTINGS


class DeskCalls:
    """The `Desk` port, for the ledger to be made of."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def _writing(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing}")

    def deal_revisions(self) -> list[DealRevision]:
        """The latest decision on each deal, by deal id."""
        with self._reading("read the decisions on deals") as connection:
            rows = connection.execute(select(DEAL_REVISIONS).order_by(DEAL_REVISIONS.c.number)).all()
        latest = {row.deal_id: _revision_of(row) for row in rows}
        return [latest[deal_id] for deal_id in sorted(latest)]

    def deal_history(self, deal_id: DealId) -> list[DealRevision]:
        """Every decision on a deal, oldest first."""
        of_deal = select(DEAL_REVISIONS).where(DEAL_REVISIONS.c.deal_id == deal_id)
        with self._reading(f"read the decisions on deal {deal_id}") as connection:
            rows = connection.execute(of_deal.order_by(DEAL_REVISIONS.c.number)).all()
        return [_revision_of(row) for row in rows]

    def decide_deal(self, revision: DealRevision) -> bool:
        """Add a decision; False, and nothing written, when its number is taken: somebody else decided meanwhile."""
        with self._writing(f"decide on deal {revision.deal_id}") as connection:
            of_deal = DEAL_REVISIONS.c.deal_id == revision.deal_id
            last = connection.execute(
                select(DEAL_REVISIONS).where(of_deal).order_by(DEAL_REVISIONS.c.number.desc()).limit(1)
            ).one_or_none()
            if revision.number != (1 if last is None else last.number + 1):
                return False
            row = {
                "deal_id": revision.deal_id,
                "number": revision.number,
                "state": revision.state,
                "changes": json.dumps(revision.changes, sort_keys=True),
                "terms_digest": revision.terms_digest,
                "decided_at": revision.decided_at,
                "actor": revision.actor,
                "note": revision.note,
            }
            connection.execute(insert(DEAL_REVISIONS).values(row))
            seen = ("state", "changes", "terms_digest")
            before = {} if last is None else {name: last._mapping[name] for name in seen}
            after = {name: row[name] for name in (*seen, "note")}
            _note(connection, f"deal.{revision.state}", "deal", revision.deal_id, revision, before, after)
            return True

    def campaigns(self) -> list[CampaignRecord]:
        """All campaigns, by id."""
        with self._reading("read the campaigns") as connection:
            rows = connection.execute(select(CAMPAIGNS)).all()
        return sorted(map(_campaign_of, rows), key=lambda record: record.plan.campaign_id)

    def create_campaign(self, plan: CampaignPlan, *, at: datetime, actor: str) -> bool:
        """Keep a campaign; False, and nothing written, when its id is taken."""
        with self._writing(f"create campaign {plan.campaign_id}") as connection:
            taken = select(CAMPAIGNS.c.campaign_id).where(CAMPAIGNS.c.campaign_id == plan.campaign_id)
            if connection.execute(taken).first() is not None:
                return False
            content = json.dumps(plan.as_plain(), sort_keys=True)
            row = {
                "campaign_id": plan.campaign_id,
                "content": content,
                "state": CampaignState.RUNNING,
                "created_at": at,
                "created_by": actor,
            }
            connection.execute(insert(CAMPAIGNS).values(row))
            after = {"state": CampaignState.RUNNING, "content": content}
            event = _audit.Event(at, actor, "campaign.new", "campaign", plan.campaign_id, {}, after)
            _audit.append(connection, event)
            return True

    def stop_campaign(self, campaign_id: CampaignId, *, at: datetime, actor: str) -> bool:
        """Stop a campaign for good; False when it was stopped before."""
        with self._writing(f"stop campaign {campaign_id}") as connection:
            running = (CAMPAIGNS.c.campaign_id == campaign_id) & (CAMPAIGNS.c.state == CampaignState.RUNNING)
            stopped = update(CAMPAIGNS).where(running).values(state=CampaignState.STOPPED, stopped_at=at)
            if not connection.execute(stopped).rowcount:
                return False
            before, after = {"state": CampaignState.RUNNING}, {"state": CampaignState.STOPPED}
            event = _audit.Event(at, actor, "campaign.stop", "campaign", campaign_id, before, after)
            _audit.append(connection, event)
            return True

    def deal_money(self) -> list[DealMoney]:
        """What every applied or recalled plan made of each deal's money, by deal, then plan."""
        with self._reading("add up the deals' money") as connection:
            expected = _expected(connection)
            moved = _moved(connection)
            plans = {row.plan_id: row for row in connection.execute(select(PLANS))}
        found = []
        for deal_id, plan_id in sorted(expected.keys() | moved.keys()):
            cents = moved.get((deal_id, plan_id), {})
            found.append(
                DealMoney(
                    DealId(deal_id),
                    PlanId(plan_id),
                    plans[plan_id].state == PlanState.APPLIED,
                    plans[plan_id].until_on,
                    expected.get((deal_id, plan_id), 0),
                    cents.get(Account.PROMISED, 0),
                    sum(cents.get(account, 0) for account in SHOPPER_ACCOUNTS),
                    cents.get(PostingKind.RELEASE, 0),
                )
            )
        return found


def write_offer_deals(connection: Connection, plan_id: str, offers: Iterable[OfferDeal]) -> None:
    """Note which deal each offer of a plan was made of."""
    rows = [{"plan_id": plan_id, "offer_id": one.offer_id, "deal_id": one.deal_id} for one in offers]
    if rows:
        connection.execute(insert(OFFER_DEALS), rows)


def _expected(connection: Connection) -> dict[tuple[str, str], int]:
    of_offer = (BUDGETS.c.plan_id == OFFER_DEALS.c.plan_id) & (BUDGETS.c.scope_id == OFFER_DEALS.c.offer_id)
    statement = (
        select(OFFER_DEALS.c.deal_id, OFFER_DEALS.c.plan_id, func.sum(BUDGETS.c.expected_cents).label("cents"))
        .join(BUDGETS, of_offer & (BUDGETS.c.scope == "offer"))
        .group_by(OFFER_DEALS.c.deal_id, OFFER_DEALS.c.plan_id)
    )
    return {(row.deal_id, row.plan_id): int(row.cents) for row in connection.execute(statement)}


def _moved(connection: Connection) -> dict[tuple[str, str], dict[str, int]]:
    """Balances by account, and what releases and expiry took out of `promised`, by deal and plan."""
    of_plan = (OFFER_DEALS.c.plan_id == POSTINGS.c.plan_id) & (OFFER_DEALS.c.offer_id == ENTRIES.c.offer_id)
    statement = (
        select(
            OFFER_DEALS.c.deal_id,
            OFFER_DEALS.c.plan_id,
            ENTRIES.c.account,
            POSTINGS.c.kind,
            func.sum(ENTRIES.c.amount_cents).label("cents"),
        )
        .select_from(ENTRIES)
        .join(POSTINGS, POSTINGS.c.posting_id == ENTRIES.c.posting_id)
        .join(OFFER_DEALS, of_plan)
        .where(ENTRIES.c.account != Account.AVAILABLE)
        .group_by(OFFER_DEALS.c.deal_id, OFFER_DEALS.c.plan_id, ENTRIES.c.account, POSTINGS.c.kind)
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for row in connection.execute(statement):
        cents = found.setdefault((row.deal_id, row.plan_id), {})
        cents[row.account] = cents.get(row.account, 0) + int(row.cents)
        if row.kind in {PostingKind.RELEASE, PostingKind.EXPIRE} and row.account == Account.PROMISED:
            cents[PostingKind.RELEASE] = cents.get(PostingKind.RELEASE, 0) - int(row.cents)
    return found


def _revision_of(row: Row[Any]) -> DealRevision:
    return DealRevision(
        DealId(row.deal_id),
        row.number,
        DealState(row.state),
        json.loads(row.changes),
        row.terms_digest,
        row.decided_at,
        row.actor,
        row.note,
    )


def _campaign_of(row: Row[Any]) -> CampaignRecord:
    plan = CampaignPlan.from_plain(json.loads(row.content))
    return CampaignRecord(plan, CampaignState(row.state), row.created_at, row.created_by, row.stopped_at)


def _note(
    connection: Connection,
    action: str,
    object_kind: str,
    object_id: str,
    revision: DealRevision,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    event = _audit.Event(revision.decided_at, revision.actor, action, object_kind, object_id, before, after)
    _audit.append(connection, event)
