"""The page's charts: from the report's numbers to records, a title that says the finding, and a table."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.contracts import (
    Basis,
    CategoryCells,
    ChanceBin,
    ClosedForecast,
    DueDepartment,
    DueNeed,
    LimitUse,
    ListFigures,
    MoneyRow,
)

from ._charts import Chart, ChartColumn, Record
from ._text import count_text, decimal_text, money_text, percent_text, sentence_case, share_of, share_text

NEEDS_SHOWN = 15
DEPARTMENTS_SHOWN = 12
VENDORS_SHOWN = 12
LIMITS_SHOWN = 10
TIGHT_SHARE = 0.95
GROUP_MIN = 100
LINES_MAX = 4
CELLS_WIDTHS = (340,)

BRAND_WORDS = {"national": "National", "switcher": "Switches", "own": "Our own"}
USAGE_WORDS = {"light": "Light", "medium": "Medium", "heavy": "Heavy"}
KIND_WORDS = {
    "due": "Already on the list",
    "usual": "Bought more than once",
    "bought": "Bought once",
    "suggestion": "Something to try",
}


def due_needs_chart(needs: Sequence[DueNeed], lists: ListFigures) -> Chart:
    """The needs that stand on most lists."""
    shown = needs[:NEEDS_SHOWN]
    records: list[Record] = [
        {
            "name": sentence_case(need.name),
            "department": sentence_case(need.department),
            "households": need.households,
            "share": share_of(need.households, lists.lists),
        }
        for need in shown
    ]
    title = "Nothing is due"
    if shown:
        first = shown[0]
        title = (
            f"{sentence_case(first.name)} is due most often: "
            f"on {count_text(first.households)} of {count_text(lists.lists)} lists"
        )
    return Chart(
        "due-needs",
        "due-needs",
        title,
        f"Lists that ask for a need; the {len(shown)} most frequent of {count_text(len(needs))} needs.",
        tuple(records),
        (
            ChartColumn("name", "Need"),
            ChartColumn("department", "Department"),
            ChartColumn("households", "Lists", count_text),
            ChartColumn("share", "Share of lists", percent_text),
        ),
    )


def due_departments_chart(departments: Sequence[DueDepartment]) -> Chart:
    """What is due, by department of the store."""
    total = sum(department.due_needs for department in departments)
    ordered = sorted(departments, key=lambda department: (-department.due_needs, department.title))
    shown = ordered[:DEPARTMENTS_SHOWN]
    records: list[Record] = [
        {
            "title": sentence_case(department.title),
            "due_needs": department.due_needs,
            "share": share_of(department.due_needs, total),
            "households": department.households,
        }
        for department in shown
    ]
    title = "Nothing is due in any department"
    if shown:
        share = percent_text(share_of(shown[0].due_needs, total))
        title = f"{sentence_case(shown[0].title)} holds {share} of all that is due"
    return Chart(
        "due-departments",
        "due-departments",
        title,
        f"Due needs on all lists, {count_text(total)} in all.",
        tuple(records),
        (
            ChartColumn("title", "Department"),
            ChartColumn("due_needs", "Due needs", count_text),
            ChartColumn("share", "Share", percent_text),
            ChartColumn("households", "Lists with one", count_text),
        ),
    )


def bought_of_ten_chart(forecast: ClosedForecast) -> Chart:
    """Households by how many of the ten needs ranked first they bought."""
    return of_ten_chart(forecast.bought_of_ten)


def of_ten_chart(
    counts: Sequence[int], *, word: str = "need", name: str = "bought-of-ten", more: str = ""
) -> Chart:
    """Households by how many of their first ten they bought.

    Args:
        counts: Households that bought 0 to 10 of them.
        word: What was ranked, in the singular.
        name: The chart's place in the page.
        more: What else its note says.
    """
    households = sum(counts)
    bought = sum(number * count for number, count in enumerate(counts))
    mean = share_of(bought, households)
    records: list[Record] = [
        {"bought": str(number), "households": count, "share": share_of(count, households)}
        for number, count in enumerate(counts)
    ]
    return Chart(
        name,
        "bought-of-ten",
        f"Of ten {word}s ranked first, {decimal_text(mean)} were bought",
        f"{count_text(households)} households that came in, by how many of their first ten they bought.{more}",
        tuple(records),
        (
            ChartColumn("bought", "Bought of ten"),
            ChartColumn("households", "Households", count_text),
            ChartColumn("share", "Share", share_text),
        ),
    )


def reliability_chart(forecast: ClosedForecast) -> Chart:
    """What was said beside what happened, in bins of about equal count."""
    note = "Each dot is about a tenth of all forecast needs, by rising chance; more where many share one chance."
    title = "No need was forecast"
    if forecast.bins:
        likely = _told(forecast.bins)[-1]
        often = f"{round(100 * likely.happened)} times in 100"
        title = f"What we called {percent_text(likely.said)} likely happened {often}"
    return _chances_chart([("", forecast.bins)], "reliability", title, "reliability", note, "need")


def chances_chart(
    days: Sequence[tuple[str, Sequence[ChanceBin]]],
    bins: Sequence[ChanceBin],
    *,
    at: float,
    word: str,
    name: str,
    other: str = "",
) -> Chart:
    """What was said beside what happened, by chance, on axes that are the same for every picture.

    Args:
        days: What each fortnight is called, and its own bins; up to `LINES_MAX` of them are drawn apart.
        bins: Of all fortnights, by rising chance; each holds what was said within the same ten per cent.
        at: The chance whose like the title speaks of.
        word: What was forecast, in the singular.
        name: The chart's place in the page.
        other: The method that said so, when it is not ours.
    """
    note = (
        f"Each dot is all {word}s that were given a chance within the same ten points, such as 40 to 50%; a small one "
        f"is fewer than {GROUP_MIN} {word}s."
    )
    title = _chances_title(days, at, word, other)
    if 1 < len(days) <= LINES_MAX:
        return _chances_chart(days, "chances-days", title, name, f"{note} One line a fortnight.", word, other)
    more = " All fortnights are taken together." if len(days) > 1 else ""
    return _chances_chart([("", bins)], "chances", title, name, f"{note}{more}", word, other)


def _chances_title(days: Sequence[tuple[str, Sequence[ChanceBin]]], at: float, word: str, other: str) -> str:
    """What happened to chances like one, in every fortnight; a mean of fortnights could hide what each was off by."""
    like = [min(_told(bins), key=lambda entry: abs(entry.said - at)) for _, bins in days if bins]
    if not like:
        return f"No {word} was forecast"
    items = sum(entry.items for entry in like)
    said = percent_text(sum(entry.said * entry.items for entry in like) / items)
    least, most = (f"{round(100 * pick(entry.happened for entry in like))}" for pick in (min, max))
    often = least if least == most else f"{least} to {most}"
    each = ", by fortnight" if len(like) > 1 else ""
    return f"Of all {word}s, what {other or 'we'} called {said} likely happened {often} times in 100{each}"


def _told(bins: Sequence[ChanceBin]) -> Sequence[ChanceBin]:
    return [entry for entry in bins if entry.items >= GROUP_MIN] or bins


def _chances_chart(
    days: Sequence[tuple[str, Sequence[ChanceBin]]],
    spec_name: str,
    title: str,
    name: str,
    note: str,
    word: str,
    other: str = "",
) -> Chart:
    records: tuple[Record, ...] = tuple(
        {"fortnight": day, "said": entry.said, "happened": entry.happened, "items": entry.items}
        for day, bins in days
        for entry in bins
    )
    return Chart(
        name,
        spec_name,
        title,
        f"{note} On the dashed line {'it' if other else 'we'} {'was' if other else 'were'} exactly right.",
        records,
        (
            *([ChartColumn("fortnight", "Fortnight from")] if len(days) > 1 else []),
            ChartColumn("said", "It said" if other else "We said", share_text),
            ChartColumn("happened", "Bought", share_text),
            ChartColumn("items", f"Household {word}s", count_text),
        ),
    )


def cells_chart(category: CategoryCells, number: int) -> Chart:
    """The nine cells of one category."""
    total = sum(cell.amount_cents for cell in category.cells)
    households = sum(cell.households for cell in category.cells)
    records: list[Record] = [
        {
            "brand": BRAND_WORDS[cell.brand_module],
            "usage": USAGE_WORDS[cell.usage_module],
            "households": cell.households,
            "amount_cents": cell.amount_cents,
            "amount_text": money_text(cell.amount_cents),
            "amount_share": share_of(cell.amount_cents, total),
        }
        for cell in category.cells
    ]
    heavy = sum(cell.amount_cents for cell in category.cells if cell.usage_module == "heavy")
    switching = sum(cell.households for cell in category.cells if cell.brand_module == "switcher")
    return Chart(
        f"cells-{number}",
        "nine-cells",
        f"{sentence_case(category.name)}: heavy users bring {percent_text(share_of(heavy, total))} of the money, "
        f"{percent_text(share_of(switching, households))} of buyers switch brands",
        f"{count_text(households)} buying households, {money_text(total)} in 182 days.",
        tuple(records),
        (
            ChartColumn("brand", "Brand"),
            ChartColumn("usage", "Use"),
            ChartColumn("households", "Households", count_text),
            ChartColumn("amount_cents", "Spent", money_text),
            ChartColumn("amount_share", "Share of spend", percent_text),
        ),
        widths=CELLS_WIDTHS,
    )


def vendors_chart(rows: Sequence[MoneyRow]) -> Chart:
    """Expected cost by vendor: the largest, and the rest as one."""
    ordered = sorted(rows, key=lambda row: (-row.expected_face_cents, row.name))
    shown = ordered[:VENDORS_SHOWN]
    if ordered[VENDORS_SHOWN:]:
        rest = ordered[VENDORS_SHOWN:]
        shown.append(
            MoneyRow(
                f"{len(rest)} others",
                sum(row.specials for row in rest),
                sum(row.face_cents for row in rest),
                sum(row.expected_face_cents for row in rest),
                sum(row.expected_vendor_cents for row in rest),
            )
        )
    total = sum(row.expected_face_cents for row in rows)
    title = "No offer money is planned"
    if ordered:
        largest = percent_text(share_of(ordered[0].expected_face_cents, total))
        title = f"{ordered[0].name} stands behind {largest} of the {money_text(total)} we expect to be used"
    note = "Savings we expect to be used, by whose goods they are on; the percentage is what vendors pay."
    return _money_chart("money-vendors", title, note, "Vendor", shown)


def tiers_chart(rows: Sequence[MoneyRow]) -> Chart:
    """Expected cost by household tier."""
    named = [_renamed(row, sentence_case(row.name.upper())) for row in rows]
    total = sum(row.expected_face_cents for row in rows)
    title = "No tier has offers"
    if named:
        most = max(named, key=lambda row: (row.expected_face_cents, row.name))
        share = percent_text(share_of(most.expected_face_cents, total))
        title = f"{most.name} households bring {share} of the savings we expect to be used"
    note = "Savings we expect to be used, by weekly spend, from small to best; the percentage is what vendors pay."
    return _money_chart("money-tiers", title, note, "Tier", named)


def kinds_chart(rows: Sequence[MoneyRow]) -> Chart:
    """Expected cost by how the special stands to what the household buys."""
    named = [_renamed(row, KIND_WORDS[row.name]) for row in rows]
    total = sum(row.expected_face_cents for row in rows)
    new = sum(row.expected_face_cents for row in rows if row.name == "suggestion")
    title = f"{percent_text(share_of(new, total))} of the savings we expect to be used are on something to try"
    note = "Savings we expect to be used, by how the special stands to what the household buys."
    return _money_chart("money-kinds", title, note, "Kind", named)


def limits_chart(limits: Sequence[LimitUse]) -> Chart:
    """The limits nearest to being used up."""
    ordered = sorted(limits, key=lambda limit: (-limit.share, limit.name))
    records: list[Record] = [
        {"name": limit.name, "share": limit.share, "use_text": _use_text(limit)}
        for limit in ordered[:LIMITS_SHOWN]
    ]
    tight = sum(1 for limit in limits if limit.share >= TIGHT_SHARE)
    if not limits:
        title = "No limit was set"
    elif tight:
        title = f"{count_text(tight)} of {count_text(len(limits))} limits are used to 95% or more"
    else:
        title = f"The fullest of {count_text(len(limits))} limits is used to {percent_text(ordered[0].share)}"
    return Chart(
        "limits",
        "limits",
        title,
        f"The {len(records)} nearest to full. None may be broken. A budget counts every special at the dearest "
        "product it is good for; the amounts we expect to be used count what each list prints, never more than that.",
        tuple(records),
        (
            ChartColumn("name", "Limit"),
            ChartColumn("share", "Used", percent_text),
            ChartColumn("use_text", "Used of limit"),
        ),
        Basis.ASSUMED,
    )


def _use_text(limit: LimitUse) -> str:
    written = money_text if limit.unit == "cents" else count_text
    ending = "" if limit.unit == "cents" else f" {limit.unit}"
    return f"{written(limit.used)} of {written(limit.limit)}{ending}"


def _payers_text(row: MoneyRow) -> str:
    vendors = percent_text(share_of(row.expected_vendor_cents, row.expected_face_cents))
    return f"{money_text(row.expected_face_cents)} · {vendors}"


def _renamed(row: MoneyRow, name: str) -> MoneyRow:
    return MoneyRow(name, row.specials, row.face_cents, row.expected_face_cents, row.expected_vendor_cents)


def _money_chart(name: str, title: str, note: str, heading: str, rows: Sequence[MoneyRow]) -> Chart:
    records: list[Record] = [
        {
            "name": row.name,
            "specials": row.specials,
            "face_cents": row.face_cents,
            "expected_cents": row.expected_face_cents,
            "vendor_cents": row.expected_vendor_cents,
            "store_cents": row.expected_face_cents - row.expected_vendor_cents,
            "label": _payers_text(row),
        }
        for row in rows
    ]
    return Chart(
        name,
        "money",
        title,
        note,
        tuple(records),
        (
            ChartColumn("name", heading),
            ChartColumn("specials", "Specials", count_text),
            ChartColumn("face_cents", "Printed", money_text),
            ChartColumn("expected_cents", "Expected use", money_text),
            ChartColumn("vendor_cents", "Vendors pay", money_text),
            ChartColumn("store_cents", "The store pays", money_text),
        ),
        Basis.ASSUMED,
    )
