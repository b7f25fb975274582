"""From the report's rows to what its page says: pure, no table is read here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from regulars.contracts import (
    Basis,
    CategoryCells,
    Cell,
    ChanceBin,
    ClosedForecast,
    DataFigures,
    DueDepartment,
    DueNeed,
    HoldoutFigures,
    LevelScore,
    LimitUse,
    ListFigures,
    MoneyRow,
    OfferMoney,
    ReportData,
    ReportHead,
    SampleList,
    SpecialKind,
)
from regulars.ingest import pretty_need
from regulars.kernel import MICROS_PER_CENT, PlanId, divide_half_up, split_exactly
from regulars.lift import Arm
from regulars.offers import REDEMPTION_STEPS, STORE_VENDOR
from regulars.predict import ForecastQuality

from ._report_grounds import report_grounds
from ._report_rows import ReportRows, ReportSettings, Row

_BRANDS = ("national", "switcher", "own")
_USES = ("light", "medium", "heavy")
_CATEGORIES_SHOWN = 5
_SAMPLES = (("One of the shortest", 5), ("The one in the middle", 50), ("One of the longest", 95))
_METHOD_WORDS = {"decayed-count": "decayed count, calibrated"}


def report_data(
    rows: ReportRows,
    *,
    settings: ReportSettings,
    plan_id: PlanId,
    applied: bool,
    qualities: Sequence[ForecastQuality],
    samples: tuple[SampleList, ...],
) -> ReportData:
    """All that the page says.

    Args:
        rows: What the steps counted.
        settings: What the page says of the store.
        plan_id: The plan.
        applied: Whether its offers are promised.
        qualities: How the last closed forecast came true, ours first.
        samples: Lists as pictures.
    """
    period = settings.cycle.period
    head = ReportHead(
        settings.store_name, settings.cycle.number, period.from_on, period.last_on, settings.as_of_on, plan_id,
        applied, settings.demonstration,
    )  # fmt: skip
    return ReportData(
        head=head,
        lists=_list_figures(rows),
        due_needs=_due_needs(rows.needs),
        due_departments=tuple(
            DueDepartment(row["title"], row["due_needs"], row["households"]) for row in rows.departments
        ),
        forecast=closed_forecast(qualities) if qualities else None,
        cells=category_cells(rows.cells, settings.first_category_id),
        money=OfferMoney(
            vendors=money_rows(rows.money, lambda row: vendor_name(row["vendor_id"])),
            tiers=_in_order(rows.money, "tier", [band.tier for band in settings.policy.bands]),
            kinds=_in_order(rows.money, "kind", [kind.value for kind in SpecialKind]),
            limits=limit_uses(rows),
        ),
        holdout=_holdout(rows.lists),
        samples=samples,
        grounds=report_grounds(rows, settings, judged=bool(qualities)),
        data=_data_figures(rows),
        warnings=forecast_warnings(rows.forecast.get("warning", "")),
        due_basis=Basis.ASSUMED if rows.chances_assumed else Basis.RECORDED,
    )


def forecast_warnings(warning: str) -> tuple[str, ...]:
    """What a forecast warned of, each part a sentence.

    Example:
        >>> forecast_warnings("learnt from 51 pairs alone; below 1,000 it is a guess")
        ('Learnt from 51 pairs alone; below 1,000 it is a guess.',)
    """
    return (f"{warning[0].upper()}{warning[1:]}.",) if warning else ()


def vendor_name(vendor_id: str) -> str:
    """A vendor as the page calls it; sources know most of them by a number only.

    Example:
        >>> vendor_name("store"), vendor_name("69"), vendor_name("Miller Foods")
        ('The store', 'Vendor 69', 'Miller Foods')
    """
    if vendor_id == STORE_VENDOR:
        return "The store"
    return f"Vendor {vendor_id}" if vendor_id.isdigit() else vendor_id


def pick_samples(lists: pa.Table) -> list[tuple[str, Row]]:
    """Three lists of the targeted arm, by how much stands on them: a short one, the middle one and a long one.

    Args:
        lists: Rows of `report_lists`.

    Returns:
        Title and row, fewer than three when there are fewer lists.
    """
    keys = [(name, "ascending") for name in ("due_needs", "specials", "face_cents", "list_number")]
    targeted = lists.filter(pc.equal(lists["arm"], Arm.TARGETED.value)).sort_by(keys)
    picked: dict[int, tuple[str, Row]] = {}
    for title, percent in _SAMPLES if targeted.num_rows else ():
        place = percent * (targeted.num_rows - 1) // 100
        picked.setdefault(place, (title, targeted.slice(place, 1).to_pylist()[0]))
    return list(picked.values())


def closed_forecast(qualities: Sequence[ForecastQuality]) -> ClosedForecast:
    """How the last closed forecast came true.

    Args:
        qualities: Ours first, plain methods after it; all of one window.
    """
    ours = qualities[0]
    needs = ours.level("need")
    scores = tuple(
        LevelScore(
            level.level,
            _METHOD_WORDS.get(quality.method, quality.method.replace("-", " ")),
            quality is ours,
            level.items,
            level.precision_at_10,
            level.hit_rate_at_10,
            level.recall_at_20,
            level.ndcg_at_10,
            level.log_loss,
            level.brier,
            level.calibration_error,
        )
        for name in ("need", "product")
        for quality in qualities
        for level in [quality.level(name)]
    )
    bins = tuple(ChanceBin(entry.said, entry.happened, entry.items) for entry in needs.bins)
    return ClosedForecast(
        ours.as_of_on, ours.until_on, needs.households_shopping, needs.bought_of_ten, scores, bins
    )


def category_cells(cells: Sequence[Row], first_category_id: str) -> tuple[CategoryCells, ...]:
    """The nine cells of the named category, then of the largest in which all nine are inhabited.

    Args:
        cells: Rows of `report_cells`.
        first_category_id: Comes first, where it is there at all.
    """
    categories: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)
    for row in cells:
        categories[row["category_id"]][row["brand_module"], row["usage_module"]] = row

    def rank(category_id: str) -> tuple[bool, int, str]:
        spent = sum(row["amount_cents"] for row in categories[category_id].values())
        return category_id != first_category_id, -spent, category_id

    worth = [name for name, found in categories.items() if len(found) == 9 or name == first_category_id]
    return tuple(
        CategoryCells(
            pretty_need(name), tuple(_cell(categories[name], brand, use) for brand in _BRANDS for use in _USES)
        )
        for name in sorted(worth, key=rank)[:_CATEGORIES_SHOWN]
    )


def _cell(found: dict[tuple[str, str], Row], brand: str, use: str) -> Cell:
    row = found.get((brand, use), {"households": 0, "amount_cents": 0})
    return Cell(brand, use, row["households"], row["amount_cents"])


def money_rows(rows: Sequence[Row], name: Callable[[Row], str]) -> tuple[MoneyRow, ...]:
    """Money by a name: exact sums of steps, brought to cents so that the parts add up to the whole.

    Args:
        rows: Rows of `report_money`.
        name: What a row counts under.

    Returns:
        By expected saving, largest first, then by name.
    """
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for row in rows:
        entry = sums[name(row)]
        entry[0] += row["specials"]
        entry[1] += row["face_cents"]
        entry[2] += row["funding_steps"]
        entry[3] += row["face_steps"] - row["funding_steps"]
    names = sorted(sums)
    vendors = _in_cents([sums[one][2] for one in names])
    stores = _in_cents([sums[one][3] for one in names])
    made = [
        MoneyRow(one, sums[one][0], sums[one][1], vendor + store, vendor)
        for one, vendor, store in zip(names, vendors, stores, strict=True)
    ]
    return tuple(sorted(made, key=lambda row: (-row.expected_face_cents, row.name)))


def _in_cents(steps: Sequence[int]) -> list[int]:
    """Cents times steps as cents; the parts add up to the rounded whole."""
    whole = divide_half_up(sum(steps), REDEMPTION_STEPS)
    return split_exactly(whole, steps) if sum(steps) > 0 else [0] * len(steps)


def _in_order(rows: Sequence[Row], key: str, order: Sequence[str]) -> tuple[MoneyRow, ...]:
    found = {row.name: row for row in money_rows(rows, lambda row: str(row[key]))}
    return tuple(found[name] for name in order if name in found)


def limit_uses(rows: ReportRows) -> tuple[LimitUse, ...]:
    """Every limit of money or number that was set, and what the plan uses of it; a deal's offers count together."""
    deals = {row["offer_id"]: (row["deal_id"], row["name"]) for row in rows.terms}
    lists: dict[str, int] = defaultdict(int)
    funding: dict[str, int] = defaultdict(int)
    vendors: dict[str, int] = defaultdict(int)
    store = 0
    for row in rows.offers:
        lists[row["offer_id"]] += row["lists"]
        funding[row["offer_id"]] += row["funding_steps"]
        vendors[row["vendor_id"]] += row["funding_steps"]
        store += row["store_steps"]
    numbers: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    budgets: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for offer in rows.plan_offers:
        offer_id = offer["offer_id"]
        for sums, limit, used in (
            (numbers, offer["distributions_max"], lists[offer_id]),
            (budgets, offer["vendor_budget_micros"], funding[offer_id]),
        ):
            if limit is not None:
                entry = sums[deals[offer_id]]
                entry[0] += limit
                entry[1] += used
    uses = [LimitUse(f"Lists with {name}", "lists", most, used) for (_, name), (most, used) in numbers.items()]
    uses += [
        LimitUse(f"Budget of {name}", "cents", micros // MICROS_PER_CENT, _used_cents(steps))
        for (_, name), (micros, steps) in budgets.items()
    ]
    for row in rows.plan_limits:
        if row["budget_micros"] is None:
            continue
        limit = row["budget_micros"] // MICROS_PER_CENT
        if row["scope"] == "vendor":
            uses.append(
                LimitUse(f"Budget of {vendor_name(row['id'])}", "cents", limit, _used_cents(vendors[row["id"]]))
            )
        elif row["scope"] == "store":
            uses.append(LimitUse("The store’s own money", "cents", limit, _used_cents(store)))
    return tuple(sorted(uses, key=lambda use: (-use.share, use.name)))


def _cents(steps: int) -> int:
    return divide_half_up(steps, REDEMPTION_STEPS)


def _used_cents(steps: int) -> int:
    """What is used of a limit, rounded up, as `plan show` tells it."""
    return -(-steps // REDEMPTION_STEPS)


def _list_figures(rows: ReportRows) -> ListFigures:
    vendor = _cents(sum(row["funding_steps"] for row in rows.money))
    store = _cents(sum(row["face_steps"] - row["funding_steps"] for row in rows.money))
    return ListFigures(
        households=rows.households,
        eligible_households=rows.households_eligible,
        lists=rows.lists.num_rows,
        due_needs=_total(rows.lists, "due_needs"),
        lists_below_ten=_below(rows.lists, 10),
        lists_below_five=_below(rows.lists, 5),
        specials=_total(rows.lists, "specials"),
        face_cents=_total(rows.lists, "face_cents"),
        expected_redemptions=sum(row["redemption_steps"] for row in rows.money) / REDEMPTION_STEPS,
        expected_face_cents=vendor + store,
        expected_vendor_cents=vendor,
        sales_cents=rows.data["sales_cents"],
        card_sales_cents=rows.data["card_sales_cents"],
    )


def _below(lists: pa.Table, due_needs: int) -> int:
    """Lists that hold fewer due needs."""
    return int(pc.sum(pc.less(lists["due_needs"], due_needs)).as_py() or 0)


def _total(rows: pa.Table, column: str) -> int:
    return int(pc.sum(rows[column]).as_py() or 0)


def _due_needs(rows: Sequence[Row]) -> tuple[DueNeed, ...]:
    """Needs by the lists they stand on; a need is named after the category and section most of its lists show."""
    by_need: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_need[row["need_id"]].append(row)
    made = []
    for need_id, found in by_need.items():
        most = min(found, key=lambda row: (-row["households"], row["category_id"], row["title"]))
        name = pretty_need(need_id, most["category_id"] or None)
        made.append(DueNeed(name, most["title"], sum(row["households"] for row in found)))
    return tuple(sorted(made, key=lambda need: (-need.households, need.name, need.department)))


def _holdout(lists: pa.Table) -> HoldoutFigures:
    held = lists.filter(pc.equal(lists["arm"], Arm.HOLDOUT.value))
    share = held.num_rows / lists.num_rows if lists.num_rows else 0.0
    return HoldoutFigures(held.num_rows, share, _total(held, "face_cents"))


def _data_figures(rows: ReportRows) -> DataFigures:
    data = rows.data
    findings = sorted(
        ((row["rule"], row["rows"]) for row in rows.findings), key=lambda entry: (-entry[1], entry[0])
    )
    return DataFigures(
        lines=data["lines"],
        cardless_lines=data["cardless_lines"],
        unknown_product_lines=data["unknown_product_lines"],
        days=data["days"],
        first_on=data["first_on"],
        last_on=data["last_on"],
        stores=data["stores"],
        products=data["products"],
        findings=tuple(findings),
    )
