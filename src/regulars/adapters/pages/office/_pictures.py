"""Pictures of the pages: from a view's numbers to a chart's records, its words in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from regulars.contracts import MoneyRow
from regulars.flows import NineCells
from regulars.flows.views import BrandShare, DriftRow, JudgedBin, JudgedPart, NeedTiming, WeekSales

from ._charts import OfficeCharts, Record
from ._texts import Texts

_BRANDS = ("national", "switcher", "own")
_USES = ("light", "medium", "heavy")
_ROWS = 12
_NAME_MAX = 32


class OfficePictures:
    """Draws what pages show, in one language.

    Args:
        charts: Draws.
        texts: The language.
    """

    def __init__(self, charts: OfficeCharts, texts: Texts) -> None:
        self._charts, self._texts = charts, texts

    def nine_cells(self, cells: NineCells, change: Mapping[tuple[str, str], int], label: str) -> Markup:
        """The nine cells of a category, and by how many households each grew."""
        total = cells.amount_cents or 1
        records: list[Record] = [
            {
                "brand": self._texts.say(f"categories.brand_{cell.brand_module}"),
                "brand_place": _BRANDS.index(cell.brand_module),
                "usage": self._texts.say(f"categories.usage_{cell.usage_module}"),
                "usage_place": _USES.index(cell.usage_module),
                "amount_share": cell.amount_cents / total,
                "households_text": self._texts.number(cell.households),
                "amount_text": self._texts.money(cell.amount_cents, whole=True),
                "change_text": self._change(change.get((cell.brand_module, cell.usage_module), 0)),
            }
            for cell in cells.cells
        ]
        return self._charts.draw("nine-cells", records, label)

    def _change(self, number: int) -> str:
        return f"{'+' if number > 0 else '−'}{self._texts.number(abs(number))}" if number else ""

    def brands(self, brands: Sequence[BrandShare], names: Sequence[str], label: str) -> Markup:
        """Whose brands are bought, own ones in another colour."""
        total = sum(one.amount_cents for one in brands) or 1
        records: list[Record] = [
            {
                "name": name,
                "place": place,
                "value": one.amount_cents,
                "value_text": self._texts.percent(one.amount_cents / total),
                "tone": 2 if one.brand_kind == "own" else 1,
            }
            for place, (one, name) in enumerate(zip(brands[:_ROWS], names, strict=False))
        ]
        return self._charts.draw("bars", records, label)

    def weeks(self, weeks: Sequence[WeekSales], label: str) -> Markup:
        """What a category sold week by week."""
        records: list[Record] = [
            {
                "day": self._texts.short_day(week.from_on),
                "place": place,
                "value": cents / 100,
                "part": self._texts.say(f"categories.kind_{kind}"),
                "part_place": number,
            }
            for place, week in enumerate(weeks)
            for number, (kind, cents) in enumerate((("national", week.national_cents), ("own", week.own_cents)))
        ]
        return self._charts.draw("weeks", records, label)

    def timing(self, timing: Sequence[NeedTiming], label: str) -> Markup:
        """How often households come back, all needs of a category together."""
        counts: dict[int, int] = {}
        for need in timing:
            for gap_days, households in need.households:
                counts[gap_days] = counts.get(gap_days, 0) + households
        records: list[Record] = [
            {
                "name": self._texts.say(f"categories.gap_{gap_days}"),
                "place": place,
                "value": counts[gap_days],
                "value_text": self._texts.number(counts[gap_days]),
                "tone": 1,
            }
            for place, gap_days in enumerate(sorted(counts))
        ]
        return self._charts.draw("bars", records, label)

    def money(self, rows: Sequence[MoneyRow], names: Sequence[str], label: str) -> Markup:
        """Savings expected to be used, what vendors pay of them and what the store pays."""
        records: list[Record] = []
        for place, (row, name) in enumerate(zip(rows[:_ROWS], names, strict=False)):
            store_cents = row.expected_face_cents - row.expected_vendor_cents
            for number, (payer, cents) in enumerate(
                (("vendors", row.expected_vendor_cents), ("store", store_cents))
            ):
                records.append(
                    {
                        "name": name[:_NAME_MAX],
                        "place": place,
                        "value": cents,
                        "part": self._texts.say(f"plan.pays_{payer}"),
                        "part_place": number,
                        "total_text": self._texts.money(row.expected_face_cents, whole=True),
                    }
                )
        return self._charts.draw("stacked", records, label)

    def reliability(self, bins: Sequence[JudgedBin], label: str) -> Markup:
        """What was said beside what happened."""
        return self._charts.draw(
            "reliability", [{"said": one.said, "happened": one.happened} for one in bins], label
        )

    def departments(self, rows: Sequence[JudgedPart], names: Sequence[str], label: str) -> Markup:
        """The same by department."""
        records: list[Record] = [
            {
                "name": name[:_NAME_MAX],
                "place": place,
                "value": value,
                "part": self._texts.say(f"forecast.{part}"),
                "part_place": number,
            }
            for place, (row, name) in enumerate(zip(rows[:_ROWS], names, strict=False))
            for number, (part, value) in enumerate((("said", row.said), ("happened", row.happened)))
        ]
        return self._charts.draw("pairs", records, label)

    def drift(self, rows: Sequence[DriftRow], label: str) -> Markup:
        """Said and happened of the ten needs ranked first, cycle by cycle; a line ends where the method changed."""
        records: list[Record] = [
            {
                "run": row.run,
                "day": self._texts.short_day(row.as_of_on),
                "value": value,
                "part": self._texts.say(f"forecast.{part}"),
                "part_place": number,
            }
            for row in rows
            for number, (part, value) in enumerate((("said", row.said), ("happened", row.happened)))
        ]
        return self._charts.draw("drift", records, label)
