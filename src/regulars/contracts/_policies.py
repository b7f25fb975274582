"""What the store decides, as the narrow values that stages take; read from settings files by bootstrap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from regulars.kernel import ConfigError


@dataclass(frozen=True)
class Eligibility:
    """Who gets a list: average weekly spend over the weeks before, in cents; over fewer while the store has fewer."""

    weekly_spend_cents: int = 2_500
    weeks: int = 8

    def weeks_before(self, as_of_on: date, lines_first_on: date | None) -> int:
        """Weeks the average is taken over: the whole ones with lines before a day, at least 1, at most `weeks`.

        Args:
            as_of_on: The day.
            lines_first_on: First day of a line that was known before it; None where there is none.

        Example:
            >>> [Eligibility().weeks_before(date(2017, 3, 1), date(2017, 2, day)) for day in (28, 15, 14, 1)]
            [1, 2, 2, 4]
        """
        days = 0 if lines_first_on is None else (as_of_on - lines_first_on).days
        return min(self.weeks, max(1, days // 7))


@dataclass(frozen=True)
class FaceBand:
    """Face value of a list for households from a weekly spend upwards. Money in cents."""

    tier: str
    weekly_spend_from_cents: int
    face_min_cents: int
    face_max_cents: int


@dataclass(frozen=True)
class ListPolicy:
    """What a list holds.

    Args:
        items_max: Most items.
        items_min: So many are printed even when they are less likely than `item_probability_min`.
        item_probability_min: Chance of being bought within the cycle from which an item is printed.
        item_quantity_max: Most of one item that a list suggests, whatever was bought in one go.
        ideas_max: Most things it may like, never bought before and at their ordinary price.
        lapsed_days: An item last bought longer ago than this is not printed.
        slots_min: Fewest specials, where there are as many worth giving.
        slots_max: Most specials.
        offers_per_category_max: Most specials of one category.
        levels_max: Most discount levels of an offer.
        bands: Face value by what a household spends.
    """

    items_max: int = 28
    items_min: int = 8
    item_probability_min: float = 0.15
    item_quantity_max: int = 12
    ideas_max: int = 3
    lapsed_days: int = 91
    slots_min: int = 12
    slots_max: int = 16
    offers_per_category_max: int = 2
    levels_max: int = 5
    bands: tuple[FaceBand, ...] = (
        FaceBand("small", 0, 600, 1_800),
        FaceBand("ordinary", 5_000, 900, 2_400),
        FaceBand("major", 10_000, 1_600, 3_400),
        FaceBand("best", 20_000, 2_800, 4_200),
    )


class ValidityRule(StrEnum):
    """How long a list holds: to the end of its cycle, or until the household's next trip."""

    CYCLE = "cycle"
    TRIP = "trip"


@dataclass(frozen=True)
class ValidityPolicy:
    """When lists hold, within their cycle.

    Args:
        rule: How the last day is found.
        delivery_days: Days after the cycle's first until a list is expected at the household's.
        slack_days: Days after the trip that is expected, by the rule of that name.
        closed_on: Days on which the stores are closed: no list begins or ends on one.
    """

    rule: ValidityRule = ValidityRule.CYCLE
    delivery_days: int = 0
    slack_days: int = 3
    closed_on: tuple[date, ...] = ()


@dataclass(frozen=True)
class HoldoutPolicy:
    """Who is measured against: a share of households, fixed for a programme year."""

    household_share: float = 0.10
    salt: str = "holdout"


@dataclass(frozen=True)
class PlanPolicy:
    """How lists are chosen beyond what they hold.

    Args:
        discovery_share: Part of each chosen list that is drawn at random among what the household does not buy.
        grant_control_share: Part of the due grants that is withheld by hash, to measure what an offer does.
        stickiness_cents: Added to the worth of an offer that stood on the household's last list.
        holdout_lists: Whether held-out households get specials at all.
        stock_lead_days: Days until a delivery: what does not last so long is not offered, where stock is loaded.
        stock_days_old_max: Counts older than this say nothing.
        idea_lift_min: Times likelier than anybody those who buy one need must buy another before a list says so.
        salt: The draws' salt.
    """

    discovery_share: float = 0.15
    grant_control_share: float = 0.02
    stickiness_cents: int = 2
    holdout_lists: bool = True
    stock_lead_days: int = 3
    stock_days_old_max: int = 14
    idea_lift_min: float = 1.5
    salt: str = "plan"


@dataclass(frozen=True)
class LayoutDepartment:
    """One department of the store, or some of its categories, in walking order.

    Args:
        department_id: The source's name.
        title: As printed over the section.
        place: Where it stands: aisle, wall.
        merchandise: False for fuel, services and supplies.
        categories: The categories this section holds; empty for all that no other section of the department names.
    """

    department_id: str
    title: str
    place: str = ""
    merchandise: bool = True
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class SensitiveRule:
    """One rule: classes of goods that match in all it says belong to a tier.

    Args:
        tier: The tier; ``open`` for none.
        department: Pattern for the department, as in SQL LIKE.
        category: The same for the category.
        need: The same for the need.
        words: One of them must stand in department, category or need as a whole word; empty for no such condition.
        exceptions: Phrases that are taken out before the words are looked for.
        number: Which ``[[rule]]`` of its file it is, from 1; 0 for none.
    """

    tier: str
    department: str = "%"
    category: str = "%"
    need: str = "%"
    words: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True)
class Assumptions:
    """What the data lacks, stated in one labelled file; every figure that rests on it carries the mark.

    Args:
        label: The mark, as printed.
        margin_percent: Gross margin by department id, per cent of price; ``""`` is the rest.
        redemption_known: Chance that a buyer of the product uses a 10 % offer in the cycle.
        redemption_need: The same for a household that buys the need but not the product, at 20 %.
        redemption_new: The same for a household that buys neither.
        response_uncertainty: Standard deviation of the log-odds of using an offer: how far the chances assumed here may
            be off, for all households alike.
        depth_response: Log-odds added to the chance of buying per unit of discount depth (1.0 = free).
        switch_share: Of the chance that a household buys a need, the part that falls to a brand it does not buy,
            times that brand's share of the need's buyers.
        coupon_depths: Depths (per cent of price) given to coupon campaigns whose face value is unknown.
        fee_cents: Handling fee a vendor pays per redemption.
        own_brand_margin_points: Points of gross margin that the own brand earns above its department.
        store_markdown_cents: Most of its own money the store spends on a cycle's lists; None for no limit.
        vendor_budget_cents: The same for each vendor, on its deals that name no budget; None for no limit.
        learnt_until_on: The day before which the coupons were used that the three chances were learnt from; None where
            they are assumed. No file says it.
    """

    label: str
    margin_percent: dict[str, int] = field(default_factory=dict)
    redemption_known: float = 0.25
    redemption_need: float = 0.08
    redemption_new: float = 0.02
    depth_response: float = 3.0
    response_uncertainty: float = 0.5
    switch_share: float = 0.3
    coupon_depths: tuple[int, ...] = (15, 25, 40)
    fee_cents: int = 8
    own_brand_margin_points: int = 0
    store_markdown_cents: int | None = None
    vendor_budget_cents: int | None = None
    learnt_until_on: date | None = field(default=None, metadata={"in_file": False})

    def __post_init__(self) -> None:
        wrong = [
            f"{name} is {getattr(self, name)}, expected a number between 0 and 1"
            for name in ("redemption_known", "redemption_need", "redemption_new", "switch_share")
            if not 0 < getattr(self, name) < 1
        ]
        wrong += [
            f"margin_percent of {department_id!r} is {percent}, expected 0 to 90"
            for department_id, percent in self.margin_percent.items()
            if not 0 <= percent <= 90
        ]
        if not self.coupon_depths or not all(0 < depth <= 60 for depth in self.coupon_depths):
            wrong.append(f"coupon_depths is {list(self.coupon_depths)}, expected per cents from 1 to 60")
        if self.fee_cents < 0 or self.depth_response < 0:
            wrong.append("fee_cents or depth_response is below 0")
        if wrong:
            raise ConfigError(f"the assumptions are wrong: {'; '.join(wrong)}")

    def as_plain(self) -> dict[str, Any]:
        """JSON-able values, from which `from_plain` makes the same again."""
        learnt = self.learnt_until_on
        return {**asdict(self), "learnt_until_on": None if learnt is None else learnt.isoformat()}

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Assumptions:
        """The inverse of `as_plain`, after any way through JSON.

        Example:
            >>> made = Assumptions("made up", {"": 25}, learnt_until_on=date(2017, 11, 27))
            >>> Assumptions.from_plain(made.as_plain()) == made
            True
        """
        learnt = values["learnt_until_on"]
        learnt_until_on = None if learnt is None else date.fromisoformat(learnt)
        return cls(
            **{**values, "coupon_depths": tuple(values["coupon_depths"]), "learnt_until_on": learnt_until_on}
        )
