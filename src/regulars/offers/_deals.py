"""Rows of the deals table become deals; a bad row becomes a finding and the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from regulars.contracts import Deal, DealKind, DealState, Finding, Ladder
from regulars.kernel import ConfigError, DealId, Period, RegularsError, StoreId, VendorId

from ._catalogue import STORE_VENDOR, Catalogue, ProductChoice

DEALS_TABLE = "deals"

KEPT_PREFIXES = ("campaign-", "coupon-")
"""How ids of deals begin that campaigns and the data's coupons are turned into."""

_NEEDED: Mapping[DealKind, tuple[str, ...]] = {
    DealKind.AMOUNT_OFF: ("amount_cents",),
    DealKind.PERCENT_OFF: ("percent",),
    DealKind.FIXED_PRICE: ("price_cents",),
    DealKind.SECOND_AT_HALF: (),
    DealKind.MULTIBUY: ("buy_quantity", "pay_quantity"),
    DealKind.MULTIBUY_PRICE: ("buy_quantity", "price_cents"),
    DealKind.THRESHOLD: ("threshold_cents", "amount_cents"),
}


@dataclass(frozen=True)
class ReadDeals:
    """Deals in order of id, and what was wrong with the others."""

    deals: tuple[Deal, ...]
    findings: tuple[Finding, ...]


def read_deals(rows: Iterable[Mapping[str, Any]], catalogue: Catalogue) -> ReadDeals:
    """Read deals and look up what they cover.

    Args:
        rows: Rows of the `deals` table.
        catalogue: Priced products; a deal covers those of its class that are in it today.

    Returns:
        The deals, and one finding for each row that could not be read or covers nothing.
    """
    deals: list[Deal] = []
    findings: list[Finding] = []
    for row in sorted(rows, key=lambda row: str(row["deal_id"])):
        try:
            deals.append(_deal(row, catalogue))
        except RegularsError as error:
            findings.append(
                Finding(DEALS_TABLE, None, "", "deal-can-be-given", error.message, str(row["deal_id"]))
            )
    return ReadDeals(tuple(deals), tuple(findings))


def _deal(row: Mapping[str, Any], catalogue: Catalogue) -> Deal:
    deal_id = DealId(row["deal_id"])
    if deal_id.startswith(KEPT_PREFIXES):
        kept = " and ".join(KEPT_PREFIXES)
        raise ConfigError(f"deal {deal_id}: ids that begin with {kept} are not for deals; give it another")
    kind = _choice_of(DealKind, row["kind"], deal_id, "kind")
    vendor_id = VendorId(row["vendor_id"])
    choice = ProductChoice(
        row["department_id"],
        row["category_id"],
        row["need_id"],
        row["brand_kind"],
        _texts(row["product_ids"], deal_id, "product_ids"),
    )
    if not choice.names_a_class:
        raise ConfigError(
            f"deal {deal_id} names no products; expected a department, category, need or product ids"
        )
    products = catalogue.choose(choice, vendor_id)
    if not products:
        raise ConfigError(f"deal {deal_id} {_why_nothing(choice, vendor_id, catalogue)}")
    for name in ("budget_cents", "distributions_max", "distributions_min", "make_good_cents", "fee_cents"):
        if (row[name] or 0) < 0:
            raise ConfigError(f"deal {deal_id}: {name} is {row[name]}; expected 0 or more")
    return Deal(
        deal_id=deal_id,
        name=row["name"],
        vendor_id=vendor_id,
        kind=kind,
        rungs=_rungs(row["rungs"], kind, deal_id),
        funding_percent=row["funding_percent"],
        fee_cents=row["fee_cents"],
        product_ids=frozenset(product.product_id for product in products),
        store_ids=frozenset(StoreId(text) for text in _texts(row["store_ids"], deal_id, "store_ids") or ()),
        period=_period(row, deal_id),
        budget_cents=row["budget_cents"],
        distributions_max=row["distributions_max"],
        distributions_min=row["distributions_min"] or 0,
        make_good_cents=row["make_good_cents"] or 0,
        known_from_on=row["known_from_on"].isoformat(),
        state=_choice_of(DealState, row["state"], deal_id, "state"),
        synthetic=bool(row["synthetic"]),
        declared=bool(row["thank_you"]),
        exclusive=bool(row["exclusive"]),
    )


def _period(row: Mapping[str, Any], deal_id: DealId) -> Period:
    try:
        return Period(row["from_on"], row["until_on"])
    except RegularsError as error:
        raise ConfigError(f"deal {deal_id}: {error.message}") from error


def _why_nothing(choice: ProductChoice, vendor_id: VendorId, catalogue: Catalogue) -> str:
    if vendor_id != STORE_VENDOR and vendor_id not in catalogue.vendor_ids:
        return f"is of vendor {vendor_id}, who sells nothing here any more"
    named = sorted(set(choice.product_ids or ()))
    which = f" (it names {', '.join(named[:3])}{' …' if len(named) > 3 else ''})" if named else ""
    return (
        f"covers no product that is sold here and has a price{which}; "
        "goods whose every package costs something else have one only when a price file posts it"
    )


def _rungs(text: str, kind: DealKind, deal_id: DealId) -> tuple[Ladder, ...]:
    values = _json_list(text, deal_id, "rungs")
    rungs = tuple(_rung(value, kind, deal_id) for value in values)
    if len(set(rungs)) != len(rungs):
        raise ConfigError(f"deal {deal_id} has two equal levels; expected every level to give more than the last")
    return rungs


def _rung(value: Any, kind: DealKind, deal_id: DealId) -> Ladder:
    known = set(Ladder.__dataclass_fields__)
    if not isinstance(value, dict) or not set(value) <= known:
        raise ConfigError(f"deal {deal_id}: a level is {value!r}; expected an object of {sorted(known)}")
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in value.values()):
        raise ConfigError(f"deal {deal_id}: a level holds {value!r}; expected whole numbers")
    rung = Ladder(**value)
    missing = [name for name in _NEEDED[kind] if getattr(rung, name) <= 0]
    if missing:
        raise ConfigError(f"deal {deal_id} ({kind}) has a level without {', '.join(missing)} above 0")
    if not 0 <= rung.percent <= 100:
        raise ConfigError(f"deal {deal_id}: {rung.percent} per cent off; expected 1 to 100")
    if kind is DealKind.MULTIBUY and rung.pay_quantity >= rung.buy_quantity:
        raise ConfigError(f"deal {deal_id}: {rung.buy_quantity} for {rung.pay_quantity} saves nothing")
    if kind is DealKind.MULTIBUY_PRICE and rung.buy_quantity < 2:
        raise ConfigError(f"deal {deal_id}: a price for {rung.buy_quantity}; expected two or more")
    return rung


def _choice_of(kinds: Any, text: str, deal_id: DealId, name: str) -> Any:
    try:
        return kinds(text)
    except ValueError:
        names = ", ".join(kind.value for kind in kinds)
        raise ConfigError(f"deal {deal_id}: {name} is {text!r}; expected one of {names}") from None


def _texts(text: str | None, deal_id: DealId, name: str) -> tuple[str, ...] | None:
    if not text:
        return None
    values = _json_list(text, deal_id, name)
    if not all(isinstance(value, str) for value in values):
        raise ConfigError(f"deal {deal_id}: {name} holds {values!r}; expected a list of texts")
    return tuple(values)


def _json_list(text: str | None, deal_id: DealId, name: str) -> list[Any]:
    try:
        values = json.loads(text or "")
    except ValueError:
        values = None
    if not isinstance(values, list) or not values:
        raise ConfigError(f"deal {deal_id}: {name} is {text!r}; expected a JSON list")
    return values
