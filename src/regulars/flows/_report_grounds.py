"""What the report rests on: what was recorded, what is assumed with its value, what came with the demonstration."""

from __future__ import annotations

import math

from regulars.contracts import Basis, Ground
from regulars.predict import COUPON_PRIOR_PAIRS, assumed_chances

from ._report_rows import ReportRows, ReportSettings

_CHANCE_DUE = "Chance that a need is bought"
_FIRST_CHANCES = ", ".join(
    f"{100 * chance:.0f}% if bought on {days}"
    for days, chance in zip(("one day", "two", "three", "four and more"), assumed_chances("need"), strict=True)
)


def report_grounds(rows: ReportRows, settings: ReportSettings, *, judged: bool) -> tuple[Ground, ...]:
    """Everything the page rests on, recorded things first.

    Args:
        rows: What the steps counted.
        settings: What the page says of the store.
        judged: Whether the page tells how a forecast came true.
    """
    return (*_recorded(rows, judged), *_assumed(rows, settings), *_synthetic(rows, settings))


def _recorded(rows: ReportRows, judged: bool) -> list[Ground]:
    lines = f"{rows.data['lines']:,} lines of {rows.data['stores']:,} stores"
    grounds = [
        Ground("Purchases", Basis.RECORDED, lines, "who gets a list, what is due, the nine cells"),
    ]
    if judged:
        days = "the 14 days before the cycle"
        grounds.append(Ground("Purchases after the forecast", Basis.RECORDED, days, "how it came true"))
    pairs = rows.forecast.get("pairs", "0")
    if pairs != "0":
        learnt = f"learnt from {int(pairs):,} pairs of household and item"
        grounds.append(Ground(_CHANCE_DUE, Basis.RECORDED, learnt, "what is due"))
    if rows.prices_posted:
        grounds.append(
            Ground("Shelf prices", Basis.RECORDED, "the store’s price file", "prices and savings printed")
        )
    return grounds


def _assumed(rows: ReportRows, settings: ReportSettings) -> list[Ground]:
    assumptions = settings.assumptions
    known, need, new = (
        f"{100 * share:.3g}%"
        for share in (assumptions.redemption_known, assumptions.redemption_need, assumptions.redemption_new)
    )
    chances = (
        f"{known} of buyers of the product at 10% off; {need} of buyers of the need and {new} of others at 20% off"
    )
    margins = assumptions.margin_percent
    spread = (
        f"{min(margins.values())} to {max(margins.values())}% of the price, by department" if margins else "none"
    )
    depths = ", ".join(f"{depth}%" for depth in assumptions.coupon_depths)
    learnt_until_on = assumptions.learnt_until_on
    if learnt_until_on is not None:
        chances += f", as coupons of campaigns closed before {learnt_until_on} were used, with the "
        chances += f"assumed rates counting as {COUPON_PRIOR_PAIRS:,.0f} coupons sent to each"
    grounds = [Ground(_CHANCE_DUE, Basis.ASSUMED, _FIRST_CHANCES, "what is due")] if rows.chances_assumed else []
    grounds += [
        Ground(
            "Chance that a special is used",
            Basis.ASSUMED if learnt_until_on is None else Basis.RECORDED,
            chances,
            "expected use, who pays, use of limits",
        ),
        Ground(
            "Response to depth",
            Basis.ASSUMED,
            f"ten points more off raise the odds of use by {100 * math.expm1(assumptions.depth_response / 10):.0f}%",
            "expected use",
        ),
        Ground("Gross margin", Basis.ASSUMED, spread, "which special is worth giving"),
        Ground(
            "Own brand’s extra margin", Basis.ASSUMED, f"{assumptions.own_brand_margin_points} points", "the same"
        ),
        Ground("Handling fee", Basis.ASSUMED, f"{assumptions.fee_cents}¢ a redemption", "the same"),
    ]
    deals = {row["deal_id"] for row in rows.terms}
    of_coupons = {row["deal_id"] for row in rows.terms if row["deal_id"] not in rows.deal_ids}
    if of_coupons:
        value = f"{depths} of the price, shallow to deep: {len(of_coupons):,} of {len(deals):,} deals"
        grounds.append(
            Ground("Face value of the data’s own coupons", Basis.ASSUMED, value, "savings printed, who pays")
        )
    if not rows.prices_posted:
        value = "latest regular price rung up in the store"
        grounds.append(Ground("Shelf prices", Basis.ASSUMED, value, "prices and savings printed"))
    if assumptions.vendor_budget_cents is not None:
        value = f"${assumptions.vendor_budget_cents / 100:,.2f} for a vendor’s deals that name none"
        grounds.append(Ground("Vendor budgets", Basis.ASSUMED, value, "use of limits"))
    if assumptions.store_markdown_cents is not None:
        value = f"${assumptions.store_markdown_cents / 100:,.2f} a cycle"
        grounds.append(Ground("The store’s own money", Basis.ASSUMED, value, "use of limits"))
    return grounds


def _synthetic(rows: ReportRows, settings: ReportSettings) -> list[Ground]:
    grounds = []
    deals = {row["deal_id"] for row in rows.terms}
    made_up = {row["deal_id"] for row in rows.terms if row["synthetic"] and row["deal_id"] in rows.deal_ids}
    if made_up:
        value = f"{len(made_up):,} of {len(deals):,} deals are made up"
        grounds.append(Ground("Vendor deals", Basis.SYNTHETIC, value, "specials, savings, who pays"))
    if rows.names_composed:
        value = "need, kind of brand and size"
        grounds.append(Ground("Names of products", Basis.SYNTHETIC, value, "lists and this page"))
    if not rows.households_named:
        grounds.append(Ground("Names of households", Basis.SYNTHETIC, "“Household” and its number", "lists"))
    if settings.demonstration:
        value = "made up for the demonstration"
        grounds.append(Ground("The store’s name and layout", Basis.SYNTHETIC, value, "lists and this page"))
        value = "from a published seed: no code here is worth anything"
        grounds.append(Ground("Keys of the list codes", Basis.SYNTHETIC, value, "codes on the lists"))
    return grounds
