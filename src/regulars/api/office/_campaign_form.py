"""The form of a campaign: what it says before anybody typed, what is wrong beside which field, the campaign meant."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from regulars.bootstrap.office import Office, category_names, sold_goods, taken_ids
from regulars.contracts import (
    CampaignAim,
    CampaignId,
    CampaignPlan,
    UsageModule,
    default_modules,
    giving_faults,
)
from regulars.kernel import CYCLE_DAYS, CategoryId, ConfigError, NeedId, Period, VendorId, cycle_at
from regulars.offers import STORE_VENDOR, CatalogueProduct, ProductChoice, holds_cycle

AIMS = tuple(aim.value for aim in CampaignAim)
USAGES = {
    "all": tuple(UsageModule),
    "heavy": (UsageModule.HEAVY,),
    "medium_heavy": (UsageModule.MEDIUM, UsageModule.HEAVY),
}
"""Whom a campaign is for."""
TILE_FIELDS = ("aim", "category", "need", "vendor", "depths")
_BUDGET_MAX = 10_000_000
_NAME_MAX = 60
_DEPTH_MAX = 60
_CONTROL_MAX = 90
_YEAR_MAX = 2200
_BRAND_KINDS = {CampaignAim.CONVERT_TO_OWN: "own", CampaignAim.CONVERT_TO_NATIONAL: "national"}


@dataclass(frozen=True)
class CampaignForm:
    """What was typed, held against what is sold.

    Args:
        typed: Text by field, as typed.
        faults: Key of a text by field, for everything that does not fit.
        categories: Categories to choose from: id and name.
        needs: Needs of the category that is chosen.
        vendors: Vendors of the goods this aim is about, those of most buyers first: id and number of products.
    """

    typed: Mapping[str, str]
    faults: Mapping[str, str]
    categories: Mapping[str, str]
    needs: tuple[str, ...]
    vendors: tuple[tuple[str, int], ...]

    @property
    def wrong(self) -> list[str]:
        """Fields without which nothing can be estimated; a name is not needed for that."""
        return [name for name in self.faults if name != "name"]

    @property
    def unnamed(self) -> str:
        """The id `plan` has as long as no name fits; empty once one does."""
        return "" if "name" not in self.faults and _slug(self.typed.get("name", "")) else "campaign"

    def plan(self) -> CampaignPlan:
        """The campaign; only when nothing but the name is wrong."""
        return _plan({**self.typed, "name": self.unnamed or self.typed["name"]})


def usual(office: Office) -> dict[str, str]:
    """What the form says before anybody typed: from the next cycle on, for three of them."""
    from_on = next_cycle_on(office)
    return {
        "name": "",
        "aim": AIMS[0],
        "category": "",
        "need": "",
        "usage": "all",
        "from_on": from_on.isoformat(),
        "last_on": (from_on + timedelta(days=3 * CYCLE_DAYS - 1)).isoformat(),
        "budget": "500",
        "vendor": "",
        "depths": "10, 20, 30, 40, 50",
        "control": "10",
    }


def next_cycle_on(office: Office) -> date:
    """First day of the cycle after the one that runs."""
    first_on = office.settings.cycle.first_on
    return cycle_at(max(office.today(), first_on), first_on).period.until_on


def typed_of(plan: CampaignPlan) -> dict[str, str]:
    """The form that means a campaign, as far as the form can say it."""
    return {
        "name": plan.name,
        "aim": plan.aim.value,
        "category": plan.category_id,
        "need": plan.need_id or "",
        "usage": usage_of(plan) or "all",
        "from_on": plan.period.from_on.isoformat(),
        "last_on": plan.period.last_on.isoformat(),
        "budget": f"{plan.budget_cents / 100:.2f}".removesuffix(".00"),
        "vendor": "" if plan.vendor_id == STORE_VENDOR else plan.vendor_id,
        "paid_by_vendor": "yes" if plan.funding_percent else "",
        "depths": ", ".join(map(str, plan.depths_percent)),
        "control": str(plan.control_percent),
    }


def usage_of(plan: CampaignPlan) -> str:
    """Whom a campaign is for: a key of `USAGES`, or empty for another choice."""
    taking = tuple(one for one in UsageModule if plan.lead.first_rung.get(one, 0))
    if plan.aim is CampaignAim.THANK_YOU:
        return "heavy"
    return next((name for name, usages in USAGES.items() if set(usages) == set(taking)), "")


def read_form(office: Office, typed: Mapping[str, str], *, looked_at: bool) -> CampaignForm:
    """Hold what was typed against what is sold.

    Args:
        office: Whose goods, days and campaigns.
        typed: Text by field; what is missing counts as empty.
        looked_at: Whether faults are to be told: not before anybody typed.
    """
    _, catalogue = sold_goods(office)
    category = typed.get("category", "")
    goods = catalogue.choose(ProductChoice(category_id=category), STORE_VENDOR)
    form = CampaignForm(
        typed,
        {},
        category_names(office),
        tuple(sorted({str(one.need_id) for one in goods})),
        _vendors([one for one in goods if typed.get("need", "") in {"", one.need_id}], typed.get("aim", "")),
    )
    if not looked_at:
        return form
    faults = _faults(typed) | _misfits(form, catalogue.vendor_ids) | _taken(office, typed)
    form = replace(form, faults=faults)
    return form if form.wrong else replace(form, faults=faults | _cannot_give(office, form))


def _vendors(goods: list[CatalogueProduct], aim: str) -> tuple[tuple[str, int], ...]:
    kind = _BRAND_KINDS.get(CampaignAim(aim)) if aim in AIMS else None
    wanted = [one for one in goods if kind is None or (one.brand_kind == "own") == (kind == "own")]
    products = Counter(str(one.vendor_id) for one in wanted)
    buyers: Counter[str] = Counter()
    for one in wanted:
        buyers[one.vendor_id] += one.households
    return tuple((vendor, products[vendor]) for vendor in sorted(products, key=lambda one: (-buyers[one], one)))


def _faults(form: Mapping[str, str]) -> dict[str, str]:
    """What cannot be read at all."""
    wrong = {}
    if not _slug(form.get("name", "")):
        wrong["name"] = "campaigns.fault_name"
    elif len(form["name"].strip()) > _NAME_MAX:
        wrong["name"] = "campaigns.fault_name_long"
    if form.get("aim") not in AIMS:
        wrong["aim"] = "campaigns.fault_aim"
    if form.get("usage") not in USAGES:
        wrong["usage"] = "campaigns.fault_usage"
    budget = form.get("budget", "").replace(",", "").strip().lstrip("$")
    if not re.fullmatch(r"\d{1,20}(\.\d{1,2})?", budget) or not float(budget) > 0:
        wrong["budget"] = "campaigns.fault_budget"
    elif float(budget) > _BUDGET_MAX:
        wrong["budget"] = "campaigns.fault_budget_much"
    control = form.get("control", "")
    if not re.fullmatch(r"\d{1,2}", control) or int(control) > _CONTROL_MAX:
        wrong["control"] = "campaigns.fault_control"
    return wrong | _day_faults(form) | _depth_faults(form.get("depths", ""))


def _day_faults(form: Mapping[str, str]) -> dict[str, str]:
    from_on, last_on = (_day(form.get(name, "")) for name in ("from_on", "last_on"))
    if from_on is not None and last_on is not None:
        return {"last_on": "campaigns.fault_last"} if last_on < from_on else {}
    days = {"from_on": from_on, "last_on": last_on}
    return {name: "campaigns.fault_day" for name, day in days.items() if day is None}


def _depth_faults(text: str) -> dict[str, str]:
    if not re.fullmatch(r"\s*\d{1,2}(\s*,\s*\d{1,2}){0,4}\s*", text):
        return {"depths": "campaigns.fault_depths"}
    depths = [int(one) for one in text.split(",")]
    if depths != sorted(set(depths)):
        return {"depths": "campaigns.fault_depths_order"}
    return {} if depths[0] >= 1 and depths[-1] <= _DEPTH_MAX else {"depths": "campaigns.fault_depths_range"}


def _misfits(form: CampaignForm, vendor_ids: frozenset[VendorId]) -> dict[str, str]:
    """What can be read, and does not go with what is sold or with the aim."""
    typed, wrong = form.typed, {}
    aim, need, vendor = typed.get("aim", ""), typed.get("need", ""), typed.get("vendor", "").strip()
    if typed.get("category", "") not in form.categories:
        return {"category": "campaigns.fault_category"}
    if need and need not in form.needs:
        wrong["need"] = "campaigns.fault_need"
    elif aim == CampaignAim.TRIAL and (not need or len(form.needs) == 1):
        wrong["need"] = "campaigns.fault_trial" if not need else "campaigns.fault_trial_alone"
    elif not form.vendors:
        wrong["aim"] = "campaigns.fault_no_goods"
    elif vendor and vendor not in vendor_ids:
        wrong["vendor"] = "campaigns.fault_vendor_unknown"
    elif vendor and vendor not in dict(form.vendors):
        wrong["vendor"] = "campaigns.fault_vendor_goods"
    elif not vendor and aim == CampaignAim.BRAND_TO_BRAND:
        wrong["vendor"] = "campaigns.fault_vendor_brand"
    elif not vendor and typed.get("paid_by_vendor") == "yes":
        wrong["vendor"] = "campaigns.fault_vendor_paid"
    return wrong


def _taken(office: Office, form: Mapping[str, str]) -> dict[str, str]:
    return {"name": "campaigns.fault_name_taken"} if _slug(form.get("name", "")) in taken_ids(office) else {}


def _cannot_give(office: Office, form: CampaignForm) -> dict[str, str]:
    """Why a campaign that can be read would give nothing, or not what it says."""
    try:
        plan = form.plan()
    except ConfigError:
        return {"depths": "campaigns.fault_ladder"}
    if plan.period.until_on <= office.today():
        return {"last_on": "campaigns.fault_over"}
    if not holds_cycle(plan.period, office.settings.cycle.first_on):
        return {"last_on": "campaigns.fault_cycle"}
    return {"depths": "campaigns.fault_ladder"} if giving_faults(plan) else {}


def _plan(form: Mapping[str, str]) -> CampaignPlan:
    """The campaign a form means.

    Raises:
        ConfigError: Its steps are not deep enough for heavy users.
    """
    depths = tuple(int(one) for one in form["depths"].split(","))
    aim, vendor = CampaignAim(form["aim"]), form.get("vendor", "").strip() or STORE_VENDOR
    lead, alternative = default_modules(aim, len(depths), USAGES[form["usage"]])
    until_on = date.fromisoformat(form["last_on"]) + timedelta(days=1)
    return CampaignPlan(
        campaign_id=CampaignId(_slug(form["name"])),
        name=form["name"].strip(),
        aim=aim,
        category_id=CategoryId(form["category"]),
        need_id=NeedId(form["need"]) if form.get("need") else None,
        period=Period(date.fromisoformat(form["from_on"]), until_on),
        depths_percent=depths,
        lead=lead,
        alternative=alternative,
        control_percent=int(form["control"]),
        budget_cents=round(100 * float(form["budget"].replace(",", "").strip().lstrip("$"))),
        vendor_id=VendorId(vendor),
        funding_percent=100 if form.get("paid_by_vendor") == "yes" and vendor != STORE_VENDOR else 0,
    )


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60]


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year <= _YEAR_MAX else None
