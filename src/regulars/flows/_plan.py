"""Build a plan: candidates, untargeted draws, allocation, verification, one atomic publication."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from regulars import __version__
from regulars.allocate import verify_plan
from regulars.contracts import Assumptions
from regulars.contracts import table as contract
from regulars.kernel import CodeKeys, ContractError, Period, PlanId, bucket_of, digest_of
from regulars.lift import Arm
from regulars.offers import offer_step

from ._candidates import Candidates, gather_candidates, source_datasets
from ._choose import ChosenLists, choose_lists, with_collided
from ._forecast import forecast_facts
from ._guarantees import guarantee_tables
from ._ledger_ports import PlanRecord, Programme
from ._names import plan_dataset, snapshot
from ._plan_freeze import PRINTED, FrozenPlan, freeze_plan, with_prices
from ._plan_problem import plan_problem
from ._plan_rules import broken_list_rules
from ._plan_settings import PlanSettings
from ._ports import Engine, NewFile, Progress, Publication, Warehouse
from ._rows import read_rows, rows_digest, write_rows

PLAN_TABLES = (
    "plan_households",
    "plan_offers",
    "plan_levels",
    "plan_options",
    "plan_limits",
    "plan",
    "plan_grants",
    "plan_lists",
    "plan_lines",
    "plan_ideas",
    "plan_terms",
    "plan_products",
    "plan_stores",
    "plan_waivers",
    "plan_guarantees",
    "plan_conflicts",
    "plan_prices",
    "plan_capped",
    "plan_controls",
    "plan_campaigns",
    "plan_misses",
    "plan_left_out",
)
"""Tables a plan consists of, each published as ``plans/<plan id>/<table>``."""

_NOT_PROMISED = {
    "plan_options",
    "plan_prices",
    "plan_guarantees",
    "plan_conflicts",
    "plan_capped",
    "plan_left_out",
}
"""Tables that say how a plan came about, not what it promises; they are not part of its id."""

_NEWEST = "planned/{}"
_STEPS = (
    "catalogue",
    "category_habits",
    "plan_lines",
    "idea_products",
    "plan_ideas",
    "scarce_products",
    "campaign_buyers",
    "candidates",
)


@dataclass(frozen=True)
class PlanSummary:
    """What a plan came to. Money in cents; expected figures rest on the assumptions.

    Args:
        plan_id: Its id: the as-of day and the first digits of the digest of its content.
        built: False when the same plan was there already.
        as_of_on: The day it was built as of.
        cycle_number: The cycle it is for.
        households: Lists it holds.
        held_out: Of them, untargeted ones.
        offers: Offers it chose from.
        grants: Offers it gives.
        face_cents: What the grants are worth at their own conditions.
        expected_redemptions: Grants expected to be used.
        expected_face_cents: Savings shoppers are expected to take.
        expected_vendor_cents: What of that vendors pay.
        value_micros: What it is expected to bring over having no offers.
        bound_micros: Nothing chosen for the targeted households within these limits is worth more.
        share_of_bound: Worth of what was chosen for them, after control, over that bound, 0..1.
        waivers: Minima that lists fall short of, as they print.
        shortfalls: Guarantees missed.
        deals_left_out: Deals, and parts of deals, that became no offer.
        content_digest: SHA-256 over its tables.
    """

    plan_id: PlanId
    built: bool
    as_of_on: date
    cycle_number: int
    households: int
    held_out: int
    offers: int
    grants: int
    face_cents: int
    expected_redemptions: float
    expected_face_cents: int
    expected_vendor_cents: int
    value_micros: int
    bound_micros: int
    share_of_bound: float
    waivers: int
    shortfalls: int
    deals_left_out: int
    content_digest: str


def build_plan(
    warehouse: Warehouse,
    engine: Engine,
    *,
    settings: PlanSettings,
    keys: CodeKeys,
    progress: Progress,
    workers: int = 1,
) -> PlanSummary:
    """Build and publish the plan of a cycle, all tables in one atomic change; the same input is planned once.

    Lists are chosen within the limits (`choose_lists`); all of them together are checked by code that shares nothing
    with the solver before anything is published.

    Args:
        warehouse: Holds the profiles and forecast of the day, products, and may hold deals and coupon campaigns.
        engine: Runs the SQL.
        settings: What the store decides.
        keys: For the sequences of the list codes; nothing secret is published.
        progress: Told of each household bucket.
        workers: Threads of the solver; the plan does not depend on it.

    Raises:
        ContractError: Profiles or forecast are missing, nobody is eligible, or the plan breaks a limit.
        StoreError: The disk failed; nothing was published.
    """
    made_from = plan_digest(warehouse, settings, keys)
    for plan_id in plans_of(warehouse, settings.as_of_on):
        facts = warehouse.properties(plan_dataset(plan_id, "plan"))
        if facts.get("made_from") == made_from:
            if newest_plan_of(warehouse, settings.as_of_on) != plan_id:
                warehouse.publish(_newest(plan_id, settings.as_of_on))
            return summary_of(facts, built=False)
    with warehouse.scratch() as folder:
        candidates = gather_candidates(warehouse, engine, folder, settings, progress)
        problem = plan_problem(candidates, settings)
        with progress.step("allocation"):
            chosen = choose_lists(candidates, problem, settings, workers)
        cells = read_rows(warehouse.files(snapshot(settings.as_of_on, "household_cells")), "household_cells")
        frozen = freeze_plan(chosen, candidates, problem, cells, settings, keys)
        verify_frozen(frozen, missed_guarantees(frozen))
        summary = _summary(frozen, candidates, chosen, settings)
        misses = with_collided(candidates.misses, chosen.collided, warehouse.buckets)
        told = guarantee_tables(problem, frozen.tables["plan"], chosen.solution)
        frozen = FrozenPlan({**with_prices(frozen, chosen.solution).tables, **told})
        least = 0 if chosen.solution.conflict is None else chosen.solution.conflict.least_shortfall
        facts = {
            "made_from": made_from,
            "least_shortfall": str(least),
            **forecast_facts(warehouse, settings.as_of_on),
        }
        _publish(warehouse, folder, frozen, misses, summary, settings, facts)
    return summary


def plan_digest(warehouse: Warehouse, settings: PlanSettings, keys: CodeKeys) -> str:
    """A digest of all that a plan is made from: files, settings, the SQL itself, the release."""
    files = [(name, file.sha256) for name in source_datasets(settings.as_of_on) for file in warehouse.files(name)]
    texts = [offer_step(name).text for name in _STEPS]
    sensitive = [sorted(getattr(settings.sensitive, field.name)) for field in fields(settings.sensitive)]
    decided = (settings.cycle, settings.programme_year, settings.policy, settings.holdout, settings.assumptions)
    drawn = (
        settings.choices,
        settings.last_plan_id,
        settings.desk,
        settings.dependence_cap_percent,
        settings.validity,
    )
    declined = sorted((one.household_id, one.kind, one.item_id) for one in settings.declined)
    key = digest_of("plan", keys.shuffle.hex())
    return digest_of(__version__, warehouse.buckets, decided, drawn, declined, sensitive, key, *texts, *files)


def plans_of(warehouse: Warehouse, as_of_on: date | None = None) -> list[PlanId]:
    """Ids of the published plans, of one day if asked; sorted."""
    prefix = "plans/" if as_of_on is None else f"plans/{as_of_on.isoformat()}-"
    names = [name.split("/") for name in warehouse.datasets() if name.startswith(prefix)]
    return sorted({PlanId(parts[1]) for parts in names if parts[2] == "plan"})


def newest_plan_of(warehouse: Warehouse, as_of_on: date) -> PlanId | None:
    """The plan of a day that was asked for last, be it built then or there already; None before there is one."""
    plans = plans_of(warehouse, as_of_on)
    dataset = _NEWEST.format(as_of_on)
    named = warehouse.properties(dataset).get("plan_id") if warehouse.has(dataset) else None
    return next((one for one in plans if one == named), plans[-1] if plans else None)


def _newest(plan_id: PlanId, as_of_on: date) -> Publication:
    """The note that a plan is the one its day was planned with last; it has no rows."""
    dataset = _NEWEST.format(as_of_on)
    return Publication({dataset: []}, {dataset: {"plan_id": plan_id}})


def read_plan(warehouse: Warehouse, plan_id: str, table_name: str, *, household_id: str | None = None) -> pa.Table:
    """A table of a plan.

    Args:
        warehouse: Holds the plan.
        plan_id: The plan.
        table_name: One of `PLAN_TABLES`.
        household_id: Whose rows alone; None for all.

    Raises:
        ContractError: There is no such plan; the message lists those there are.
    """
    check_plan(warehouse, plan_id)
    dataset, bucketed = plan_dataset(plan_id, table_name), contract(table_name).bucketed
    bucket = bucket_of(household_id, warehouse.buckets) if household_id is not None and bucketed else None
    if household_id is None:
        return read_rows(warehouse.files(dataset, bucket=bucket), table_name)
    own: list[tuple[str, str, object]] = [("household_id", "=", household_id)]
    if table_name == "plan_grants":  # sorted by its id, which begins with the number of the list
        for row in read_plan(warehouse, plan_id, "plan_lists", household_id=household_id).to_pylist():
            number = f"{row['list_number']:06d}"
            own += [("grant_id", ">=", f"{number}-"), ("grant_id", "<", f"{number}.")]
    return read_rows(warehouse.files(dataset, bucket=bucket), table_name, only=own)


def plan_rows_of(warehouse: Warehouse, plan_id: str, table_name: str, household_id: str) -> list[dict[str, Any]]:
    """One household's rows of a table of a plan, sorted by the table's grain.

    Args:
        warehouse: Holds the plan.
        plan_id: The plan.
        table_name: One of `PLAN_TABLES`.
        household_id: Whose.
    """
    rows: list[dict[str, Any]] = read_plan(warehouse, plan_id, table_name, household_id=household_id).to_pylist()
    return rows


def check_plan(warehouse: Warehouse, plan_id: str) -> None:
    """Refuse a plan that was never published."""
    if not warehouse.has(plan_dataset(plan_id, "plan")):
        known = ", ".join(plans_of(warehouse)) or "none yet"
        raise ContractError(
            f"there is no plan {plan_id!r}; there are: {known}", hint="build one with `regulars plan build`"
        )


def plan_summary(warehouse: Warehouse, plan_id: str) -> PlanSummary:
    """What a published plan came to."""
    check_plan(warehouse, plan_id)
    return summary_of(warehouse.properties(plan_dataset(plan_id, "plan")), built=False)


def plan_record(warehouse: Warehouse, plan_id: str) -> PlanRecord:
    """A published plan as the ledger names it."""
    summary = plan_summary(warehouse, plan_id)
    facts = warehouse.properties(plan_dataset(plan_id, "plan"))
    period = Period(date.fromisoformat(facts["from_on"]), date.fromisoformat(facts["until_on"]))
    return PlanRecord(
        summary.plan_id,
        summary.cycle_number,
        summary.as_of_on,
        period,
        summary.content_digest,
        summary.households,
        summary.grants,
    )


def plan_programme(warehouse: Warehouse, plan_id: str) -> Programme:
    """How the holdout of a published plan was drawn."""
    check_plan(warehouse, plan_id)
    facts = warehouse.properties(plan_dataset(plan_id, "plan"))
    return Programme(int(facts["programme_year"]), facts["holdout_salt"], float(facts["holdout_share"]))


def plan_assumptions(warehouse: Warehouse, plan_id: str) -> Assumptions | None:
    """What was assumed when a published plan was built; None for a plan of a release that did not keep it."""
    check_plan(warehouse, plan_id)
    kept = warehouse.properties(plan_dataset(plan_id, "plan")).get("assumptions")
    return None if kept is None else Assumptions.from_plain(json.loads(kept))


def missed_guarantees(frozen: FrozenPlan) -> list[tuple[str, int, int]]:
    """Offers that are on fewer lists than was promised: offer, promised, given."""
    given = Counter(frozen.tables["plan"]["offer_id"].to_pylist())
    promised = [
        (row["offer_id"], row["distributions_min"] or 0) for row in frozen.tables["plan_offers"].to_pylist()
    ]
    return [(offer_id, least, given[offer_id]) for offer_id, least in promised if given[offer_id] < least]


def verify_frozen(frozen: FrozenPlan, shortfalls: Sequence[tuple[str, int, int]]) -> None:
    """Judge a plan by code that shares nothing with the solver, against the limits as they were promised.

    Raises:
        ContractError: It breaks a rule; the message says which, how often, and where first.
    """
    tables = frozen.tables
    verdict = verify_plan(
        tables["plan_households"],
        tables["plan_offers"],
        tables["plan_levels"],
        tables["plan_options"],
        tables["plan_limits"],
        tables["plan"],
        waivers=[tuple(row.values()) for row in tables["plan_waivers"].to_pylist() if row["rule"] != PRINTED],
        shortfalls=shortfalls,
        try_needed=False,  # held-out lists are drawn, and a share of every limit is kept for them
    )
    broken = [
        f"{rule} {count} times ({verdict.examples[rule][0]})"
        for rule, count in verdict.violations.items()
        if count
    ]
    broken += broken_list_rules(tables)
    if broken:
        raise ContractError(
            f"the plan breaks {', '.join(broken)}; nothing was published",
            hint="report this with the workspace's deals",
        )


def _summary(
    frozen: FrozenPlan, candidates: Candidates, chosen: ChosenLists, settings: PlanSettings
) -> PlanSummary:
    grants = frozen.tables["plan_grants"]
    promised = {name: rows for name, rows in frozen.tables.items() if name not in _NOT_PROMISED}
    digest = rows_digest(promised)
    return PlanSummary(
        plan_id=PlanId(f"{settings.as_of_on.isoformat()}-{digest[:8]}"),
        built=True,
        as_of_on=settings.as_of_on,
        cycle_number=settings.cycle.number,
        households=frozen.tables["plan_lists"].num_rows,
        held_out=len(candidates.households.in_arm(Arm.HOLDOUT)),
        offers=len(candidates.book.offers),
        grants=grants.num_rows,
        face_cents=_sum(grants, "face_cents"),
        expected_redemptions=math.fsum(grants["redemptions"].to_pylist()),
        expected_face_cents=expected_cents(grants, "face_cents"),
        expected_vendor_cents=expected_cents(grants, "funding_cents"),
        value_micros=_sum(grants, "value_micros"),
        bound_micros=chosen.solution.bound_micros,
        share_of_bound=chosen.share_of_bound,
        waivers=sum(rule in ("slots_min", PRINTED) for rule in frozen.tables["plan_waivers"]["rule"].to_pylist()),
        shortfalls=len(missed_guarantees(frozen)),
        deals_left_out=frozen.tables["plan_left_out"].num_rows,
        content_digest=digest,
    )


def _sum(rows: pa.Table, name: str) -> int:
    return sum(rows[name].to_pylist())


def expected_cents(grants: pa.Table, name: str) -> int:
    """A column of cents weighed by expected redemptions, rounded once."""
    return round(math.fsum(np.multiply(grants["redemptions"].to_numpy(), grants[name].to_numpy())))


def _publish(
    warehouse: Warehouse,
    folder: Path,
    frozen: FrozenPlan,
    misses: Mapping[int, pa.Table],
    summary: PlanSummary,
    settings: PlanSettings,
    made: Mapping[str, str],
) -> None:
    files: dict[str, list[NewFile]] = {}
    for bucket, rows in misses.items():
        path = folder / f"frozen-plan_misses-{bucket}.parquet"
        write_rows(rows, path)
        files.setdefault(plan_dataset(summary.plan_id, "plan_misses"), []).append(NewFile(path, bucket))
    for name in frozen.tables:
        path = folder / f"frozen-{name}.parquet"
        write_rows(frozen.tables[name], path)
        files[plan_dataset(summary.plan_id, name)] = [NewFile(path)]
    facts = {
        **made,
        "from_on": settings.cycle.period.from_on.isoformat(),
        "until_on": settings.cycle.period.until_on.isoformat(),
        "programme_year": str(settings.programme_year),
        "holdout_salt": settings.holdout.salt,
        "holdout_share": str(settings.holdout.household_share),
        "discovery_share": str(settings.choices.discovery_share),
        "grant_control_share": str(settings.choices.grant_control_share),
        "draw_salt": settings.choices.salt,
        "last_plan_id": settings.last_plan_id or "",
        "label": settings.assumptions.label,
        "assumptions": json.dumps(settings.assumptions.as_plain()),
        **{field.name: str(getattr(summary, field.name)) for field in fields(summary) if field.name != "built"},
    }
    newest = _newest(summary.plan_id, settings.as_of_on)
    dataset = plan_dataset(summary.plan_id, "plan")
    warehouse.publish(Publication({**files, **newest.replace}, {dataset: facts, **newest.properties}))


def summary_of(facts: Mapping[str, str], *, built: bool) -> PlanSummary:
    """A summary from what is remembered of a plan."""
    values: dict[str, Any] = {}
    for field in fields(PlanSummary):
        if field.name == "built":
            values["built"] = built
        else:
            values[field.name] = _PARSERS.get(str(field.type), str)(facts[field.name])
    return PlanSummary(**values)


_PARSERS: Mapping[str, Any] = {"int": int, "float": float, "date": date.fromisoformat}
