"""Who is in which campaign this cycle, from cells, purchases, the forecast and what applied plans gave before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts import CampaignPlan, CampaignStatus
from regulars.lift import Arm
from regulars.offers import Member, OfferBook, ReadCampaigns, members_of, offer_step

from ._names import plan_dataset, snapshot
from ._offer_book import campaign_tables
from ._plan_settings import Households, PlanSettings
from ._ports import Warehouse
from ._rows import contract_schema, read_paths, read_rows, shaped
from ._step_files import StepFiles


def gather_members(
    tables: StepFiles,
    warehouse: Warehouse,
    campaigns: ReadCampaigns,
    households: Households,
    settings: PlanSettings,
) -> list[Member]:
    """Members of the cycle's campaigns, by household and campaign; held-out households are in none.

    Args:
        tables: The day's snapshot tables and the catalogue; campaigns' tables are added.
        warehouse: Holds the plans of earlier cycles.
        campaigns: Those that give offers.
        households: Who gets a list.
        settings: What the store decides.
    """
    if not campaigns.campaigns:
        return []
    for name, rows in campaign_tables(campaigns).items():
        tables.give_rows(name, rows)
    given = given_before(warehouse, settings)
    tables.give_rows("campaign_given", given)
    if given.num_rows:
        tables.give("open_lines", warehouse.files(snapshot(settings.as_of_on, "open_lines")))
    else:
        tables.give_rows("open_lines", contract_schema("open_lines").empty_table())
    by_id: dict[str, CampaignPlan] = {plan.campaign_id: plan for plan in campaigns.campaigns}
    targeted = set(households.in_arm(Arm.TARGETED))
    found: list[Member] = []
    for bucket in range(warehouse.buckets):
        tables.build(offer_step("campaign_buyers"), bucket=bucket)
        files = [file.path for file in tables.built("campaign_buyers") if file.bucket == bucket]
        rows = read_paths(files, "campaign_buyers").to_pylist()
        mine = (row for row in rows if row["household_id"] in targeted)
        found += members_of(mine, by_id, cycle=settings.cycle.period)
    return sorted(found, key=lambda member: (member.household_id, member.campaign_id))


def given_before(warehouse: Warehouse, settings: PlanSettings) -> pa.Table:
    """Rows of `campaign_given`: what running campaigns gave in the plans that hold."""
    running = pa.array([plan.campaign_id for plan in settings.desk.campaigns], pa.string())
    times: dict[tuple[str, str], int] = {}
    first_on: dict[tuple[str, str], date] = {}
    for plan_id in settings.desk.applied:
        rows = read_rows(warehouse.files(plan_dataset(plan_id, "plan_campaigns")), "plan_campaigns")
        rows = rows.filter(pc.and_(pc.is_valid(rows["offer_id"]), pc.is_in(rows["campaign_id"], running)))
        began_on = date.fromisoformat(plan_id[:10])
        for row in rows.select(["household_id", "campaign_id"]).to_pylist():
            key = (row["household_id"], row["campaign_id"])
            times[key] = times.get(key, 0) + 1
            first_on[key] = min(first_on.get(key, began_on), began_on)
    found = [
        {"household_id": key[0], "campaign_id": key[1], "times": count, "first_on": first_on[key]}
        for key, count in sorted(times.items())
    ]
    return shaped(pa.Table.from_pylist(found, schema=contract_schema("campaign_given")), "campaign_given")


def rungs_of(members: Iterable[Member]) -> dict[tuple[str, str], int]:
    """The rung of each household id and campaign id that is to be given one."""
    return {(member.household_id, member.campaign_id): member.rung for member in members if member.rung}


def with_members(drawn: pa.Table, members: Sequence[Member], book: OfferBook) -> pa.Table:
    """Offers drawn for each household, and those of campaigns that are on what it never bought."""
    offers: dict[str, list[str]] = {}
    for offer in book.offers:
        offers.setdefault(offer.deal.campaign_id, []).append(offer.offer_id)
    pairs = {
        (member.household_id, offer_id)
        for member in members
        if member.status is CampaignStatus.WANTED
        for offer_id in offers.get(member.campaign_id, ())
    }
    known = (
        set(zip(drawn["household_id"].to_pylist(), drawn["offer_id"].to_pylist(), strict=True)) if pairs else set()
    )
    added = sorted(pairs - known)
    rows = pa.table(
        {
            "household_id": pa.array([pair[0] for pair in added], pa.string()),
            "offer_id": pa.array([pair[1] for pair in added], pa.string()),
        }
    )
    return pa.concat_tables([drawn.select(rows.column_names), rows])


def member_rows(members: Sequence[Member], grants: pa.Table, campaigns: Mapping[str, str]) -> pa.Table:
    """Rows of `plan_campaigns`: every member with what the plan gives it.

    Args:
        members: Of the cycle.
        grants: Rows of `plan_grants`.
        campaigns: Campaign of each offer id that is one's.
    """
    names = ["household_id", "offer_id", "level", "face_cents", "funding_cents", "redemptions", "value_micros"]
    mine = grants.filter(pc.is_in(grants["offer_id"], pa.array(list(campaigns), pa.string()))).select(names)
    given = {(row["household_id"], campaigns[row["offer_id"]]): row for row in mine.to_pylist()}
    rows = []
    for member in members:
        grant = given.get((member.household_id, member.campaign_id))
        paid = 0 if grant is None else grant["funding_cents"] or grant["face_cents"]
        rows.append(
            {
                "household_id": member.household_id,
                "campaign_id": member.campaign_id,
                "arm": member.arm.value,
                "brand_module": member.brand_module,
                "usage_module": member.usage_module,
                "sureness": member.sureness,
                "status": member.status.value,
                "given_before": member.given_before,
                "rung": member.rung,
                "offer_id": None if grant is None else grant["offer_id"],
                "face_cents": 0 if grant is None else grant["face_cents"],
                "paid_cents": paid,
                "redemptions": 0.0 if grant is None else grant["redemptions"],
                "value_micros": 0 if grant is None else grant["value_micros"],
            }
        )
    return shaped(pa.Table.from_pylist(rows, schema=contract_schema("plan_campaigns")), "plan_campaigns")
