"""What the report's page is made from: the store's settings, and the rows its steps counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import pyarrow as pa

from regulars.contracts import Assumptions, LayoutDepartment, ListPolicy
from regulars.kernel import Cycle
from regulars.offers import SensitivePolicy

Row: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class ReportSettings:
    """What the page says of the store and what it rests on.

    Args:
        store_name: As printed on the lists.
        cycle: The cycle it is about.
        demonstration: Whether this workspace is the demonstration.
        assumptions: What the plan assumed where the data is silent.
        policy: What a list holds; its bands are the tiers.
        departments: Sections of the store.
        sensitive: Tiers kept out; what is never promoted shows no cells.
        first_category_id: The category whose nine cells come first, where it is open.
    """

    store_name: str
    cycle: Cycle
    demonstration: bool
    assumptions: Assumptions
    policy: ListPolicy
    departments: Sequence[LayoutDepartment]
    sensitive: SensitivePolicy = field(default_factory=SensitivePolicy)
    first_category_id: str = "ANALGESICS"

    @property
    def as_of_on(self) -> date:
        """The day the plan was made as of."""
        return self.cycle.period.from_on


@dataclass(frozen=True)
class ReportRows:
    """Results of the report's steps, one field a table, sorted by their grain.

    Args:
        data: The row of `report_data`.
        lists: Rows of `report_lists`, one a list.
        deal_ids: Deals that were loaded; any other of the plan was made of a coupon campaign.
        households: Households known by a card.
        households_eligible: Those that spend enough for a list.
        prices_posted: Whether the store gave a price file.
        households_named: Whether the store gave names of households.
        names_composed: Whether any product has a name we composed.
        forecast: Facts of the day's forecast; empty where an earlier release made it.
    """

    data: Row
    needs: list[Row]
    departments: list[Row]
    cells: list[Row]
    money: list[Row]
    offers: list[Row]
    lists: pa.Table
    findings: list[Row]
    terms: list[Row]
    plan_offers: list[Row]
    plan_limits: list[Row]
    deal_ids: frozenset[str]
    households: int
    households_eligible: int
    prices_posted: bool
    households_named: bool
    names_composed: bool
    forecast: Mapping[str, str] = field(default_factory=dict)

    @property
    def chances_assumed(self) -> bool:
        """Whether nothing could be learnt yet, and the forecast's chances are the cautious ones."""
        return self.forecast.get("pairs") == "0"
