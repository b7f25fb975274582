"""Deals and campaigns, bound to a workspace's ports and settings: one function a command."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from regulars import flows
from regulars.contracts import CampaignPlan, DealState, Finding, LoadReport
from regulars.flows import (
    CampaignRecord,
    CampaignShown,
    DealRevision,
    DealStanding,
    Progress,
    read_deal_rows,
)
from regulars.flows.views import profile_days
from regulars.ingest import known_products, read_promotions
from regulars.kernel import ContractError, StoreError
from regulars.offers import DealFault

from ._bound import build_profiles, load_files, newest_plan
from ._plans_read import applied_plans
from ._workspace import Workspace


@dataclass(frozen=True)
class DealsRead:
    """Deals as they stand on a day.

    Args:
        on: The day.
        judged_on: The day of the profiles they are judged by.
        deals: By id.
        unreadable: Faults of rows that cannot be read at all.
    """

    on: date
    judged_on: date
    deals: list[DealStanding]
    unreadable: list[DealFault]


def list_deals(workspace: Workspace, as_of_on: date | None) -> DealsRead:
    """Every deal as it stands on a day, judged by the newest profiles of that day or before it; nothing is built.

    Args:
        workspace: Where.
        as_of_on: The day; None for that of the newest profiles.

    Raises:
        ContractError: There are no such profiles.
    """
    judged_on = _newest_profiles(workspace, as_of_on, "deals")
    on = as_of_on or judged_on
    return DealsRead(on, judged_on, *_standings(workspace, judged_on, on))


def _newest_profiles(workspace: Workspace, as_of_on: date | None, what: str) -> date:
    """The day of the newest profiles there are, of a day or before it."""
    days = [day for day in profile_days(workspace.warehouse) if as_of_on is None or day <= as_of_on]
    if not days:
        raise ContractError(
            f"there are no profiles{f' as of {as_of_on} or before' if as_of_on else ' yet'} to judge {what} by",
            hint=f"build them with `regulars profiles build{f' --as-of {as_of_on}' if as_of_on else ''}`",
        )
    return days[-1]


def _standings(workspace: Workspace, judged_on: date, on: date) -> tuple[list[DealStanding], list[DealFault]]:
    ground = flows.deal_ground(
        workspace.warehouse,
        workspace.engine,
        workspace.assumptions,
        as_of_on=judged_on,
        first_on=workspace.settings.cycle.first_on,
    )
    return flows.list_deals(read_deal_rows(workspace.warehouse), workspace.ledger, ground, on=on)


def decide_deal(
    workspace: Workspace,
    deal_id: str,
    state: DealState,
    as_of_on: date,
    progress: Progress,
    *,
    changes: Mapping[str, str] | None = None,
    actor: str,
    note: str,
) -> DealRevision:
    """Move a deal along its life, or edit it; see `flows.decide_deal`.

    Args:
        workspace: Where; its lock is held by the caller.
        deal_id: The deal.
        state: Where it is to stand.
        as_of_on: The day it is judged on.
        progress: Told of each household bucket.
        changes: Columns to edit.
        actor: Who decides.
        note: Why, in their words.
    """
    build_profiles(workspace, as_of_on, progress)
    standings, broken = _standings(workspace, as_of_on, as_of_on)
    faults = [fault for standing in standings if standing.deal_id == deal_id for fault in standing.faults]
    faults += [fault for fault in broken if fault.deal_id == deal_id]
    rows = {row["deal_id"]: row for row in read_deal_rows(workspace.warehouse)}
    return flows.decide_deal(
        rows.get(deal_id),
        workspace.ledger,
        deal_id,
        state,
        changes=changes,
        faults=faults,
        clock=workspace.clock,
        actor=actor,
        note=note,
    )


def deal_history(workspace: Workspace, deal_id: str) -> list[DealRevision]:
    """Every decision on a deal, oldest first."""
    from regulars.kernel import DealId

    return workspace.ledger.deal_history(DealId(deal_id))


def new_campaign(
    workspace: Workspace, plan: CampaignPlan, as_of_on: date, progress: Progress, *, actor: str
) -> CampaignRecord:
    """Keep a campaign; see `flows.new_campaign`.

    Args:
        workspace: Where; its lock is held by the caller.
        plan: What the marketing manager decides.
        as_of_on: The day whose prices it is judged by.
        progress: Told of each household bucket.
        actor: Who decides.
    """
    build_profiles(workspace, as_of_on, progress)
    catalogue = flows.read_catalogue(workspace.warehouse, workspace.engine, as_of_on=as_of_on)
    first_on = workspace.settings.cycle.first_on
    return flows.new_campaign(
        plan, catalogue, workspace.ledger, on=as_of_on, first_on=first_on, clock=workspace.clock, actor=actor
    )


def stop_campaign(workspace: Workspace, campaign_id: str, *, actor: str) -> CampaignRecord:
    """Stop a campaign for good; see `flows.stop_campaign`."""
    return flows.stop_campaign(campaign_id, workspace.ledger, clock=workspace.clock, actor=actor)


def list_campaigns(workspace: Workspace) -> list[CampaignRecord]:
    """All campaigns, by id."""
    return workspace.ledger.campaigns()


@dataclass(frozen=True)
class CampaignRead:
    """A campaign as it stands on a day.

    Args:
        on: The day.
        judged_on: The day of the profiles its result is by: what was bought before it counts.
        shown: The campaign.
    """

    on: date
    judged_on: date
    shown: CampaignShown


def show_campaign(workspace: Workspace, campaign_id: str, as_of_on: date | None) -> CampaignRead:
    """A campaign with its money, cells and result by the newest profiles of a day or before it; nothing is built.

    Args:
        workspace: Where.
        campaign_id: The campaign.
        as_of_on: The day; None for that of the newest profiles.

    Raises:
        ContractError: There is no such campaign, or there are no such profiles.
    """
    record = flows.find_campaign(campaign_id, workspace.ledger)
    judged_on = _newest_profiles(workspace, as_of_on, "campaigns")
    on = as_of_on or judged_on
    applied = sorted(plan.plan_id for plan in applied_plans(workspace))
    result = flows.campaign_result(
        record.plan,
        applied,
        workspace.warehouse,
        workspace.engine,
        workspace.ledger,
        workspace.assumptions,
        as_of_on=judged_on,
    )
    try:
        plan_id = newest_plan(workspace, None)
    except ContractError:
        plan_id = None
    shown = flows.show_campaign(record, workspace.ledger, workspace.warehouse, plan_id, result, on=on)
    return CampaignRead(on, judged_on, shown)


def import_promotions(
    workspace: Workspace, files: Sequence[Path], progress: Progress
) -> tuple[list[LoadReport], list[Finding]]:
    """Load promotion announcements (X12 889) as drafts, through the same door as any deals file.

    Args:
        workspace: Where to; its lock is held by the caller.
        files: Interchanges.
        progress: Told of each file.

    Returns:
        What each file with a readable announcement brought, and what could not be read.

    Raises:
        StoreError: A file cannot be read, or the disk failed.
    """
    reports: list[LoadReport] = []
    findings: list[Finding] = []
    known = flows.known_product_ids(workspace.warehouse)
    for file in files:
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise StoreError(f"{file} cannot be read: {error.strerror}") from error
        rows, unread = read_promotions(text, file.name)
        findings += unread
        if rows:
            for row in rows:
                row["product_ids"] = json.dumps(known_products(json.loads(row["product_ids"]), known))
            with workspace.warehouse.scratch() as folder:
                target = folder / f"deals-{file.stem}.csv"
                with target.open("w", encoding="utf-8", newline="") as stream:
                    writer = csv.DictWriter(stream, list(rows[0]))
                    writer.writeheader()
                    writer.writerows(rows)
                reports += load_files(workspace, [target], mapping="plain", kind="deals", progress=progress)
    return reports, findings
