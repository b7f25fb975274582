"""Deals and campaigns, bound to a workspace's ports and settings: one function a command."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
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
from regulars.ingest import known_products, read_promotions
from regulars.kernel import ContractError, StoreError
from regulars.offers import DealFault

from ._bound import build_profiles, load_files, newest_plan
from ._plans_read import applied_plans
from ._workspace import Workspace


def list_deals(
    workspace: Workspace, as_of_on: date, progress: Progress
) -> tuple[list[DealStanding], list[DealFault]]:
    """Every deal as it stands on a day; see `flows.list_deals`."""
    build_profiles(workspace, as_of_on, progress)
    ground = flows.deal_ground(
        workspace.warehouse,
        workspace.engine,
        workspace.assumptions,
        as_of_on=as_of_on,
        first_on=workspace.settings.cycle.first_on,
    )
    return flows.list_deals(read_deal_rows(workspace.warehouse), workspace.ledger, ground, on=as_of_on)


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
    standings, broken = list_deals(workspace, as_of_on, progress)
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


def show_campaign(workspace: Workspace, campaign_id: str, as_of_on: date, progress: Progress) -> CampaignShown:
    """A campaign with its money, cells and result; see `flows.show_campaign`.

    Args:
        workspace: Where; its lock is held by the caller.
        campaign_id: The campaign.
        as_of_on: The day; what was bought before it counts for the result.
        progress: Told of each household bucket.
    """
    record = flows.find_campaign(campaign_id, workspace.ledger)
    build_profiles(workspace, as_of_on, progress)
    applied = sorted(plan.plan_id for plan in applied_plans(workspace))
    result = flows.campaign_result(
        record.plan,
        applied,
        workspace.warehouse,
        workspace.engine,
        workspace.ledger,
        workspace.assumptions,
        as_of_on=as_of_on,
    )
    try:
        plan_id = newest_plan(workspace, None)
    except ContractError:
        plan_id = None
    return flows.show_campaign(record, workspace.ledger, workspace.warehouse, plan_id, result, on=as_of_on)


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
