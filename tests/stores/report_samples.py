"""A made-up report of a plausible size; the same seed gives the same numbers."""

import io
import random
from dataclasses import replace
from datetime import date

from PIL import Image, ImageDraw

from regulars.contracts import (
    Basis,
    CategoryCells,
    Cell,
    ChanceBin,
    ClosedForecast,
    DataFigures,
    DueDepartment,
    DueNeed,
    Ground,
    HoldoutFigures,
    LevelScore,
    LimitUse,
    ListFigures,
    MoneyRow,
    OfferMoney,
    ReportData,
    ReportHead,
    SampleList,
)

NEEDS = (
    ("FLUID MILK WHITE ONLY", "GROCERY"), ("BANANAS", "PRODUCE"), ("SOFT DRINKS 12/18&15PK CAN CAR", "GROCERY"),
    ("SHREDDED CHEESE", "GROCERY"), ("MAINSTREAM WHITE BREAD", "GROCERY"), ("YOGURT NOT MULTI-PACKS", "GROCERY"),
    ("POTATO CHIPS", "GROCERY"), ("EGGS - X-LARGE", "GROCERY"), ("LEAN", "MEAT"),
    ("DAIRY CASE 100% PURE JUICE - O", "GROCERY"),
    ("CHICKEN BREAST BONELESS", "MEAT"), ("HAMBURGER BUNS", "GROCERY"), ("ALL FAMILY CEREAL", "GROCERY"),
    ("TOILET TISSUE", "GROCERY"), ("GRAPES RED", "PRODUCE"), ("ICE CREAM BULK", "GROCERY"),
    ("ADULT ANALGESICS", "DRUG GM"),
)  # fmt: skip
DEPARTMENTS = (
    "GROCERY",
    "PRODUCE",
    "MEAT",
    "MEAT-PCKGD",
    "DRUG GM",
    "DELI",
    "PASTRY",
    "NUTRITION",
    "SEAFOOD-PCKGD",
)
CATEGORIES = ("ANALGESICS", "SOFT DRINKS", "FLUID MILK PRODUCTS", "CHEESE", "BAKED BREAD/BUNS/ROLLS")


def sample_report(seed: int = 1) -> ReportData:
    draw = random.Random(seed)
    lists = ListFigures(
        2_460,
        1_123,
        1_123,
        23_471,
        141,
        17,
        16_702,
        2_864_733,
        1_842.6,
        402_216,
        341_880,
        457_623_100,
        455_102_200,
    )
    return ReportData(
        head=ReportHead(
            "Greengate Market", 24, date(2017, 11, 27), date(2017, 12, 10), date(2017, 11, 27),
            "2017-11-27-1f0c9a52", applied=False, demonstration=True,
        ),
        lists=lists,
        due_needs=tuple(
            DueNeed(name, department, 840 - 41 * place)
            for place, (name, department) in enumerate(NEEDS)
        ),
        due_departments=tuple(
            DueDepartment(title, 11_482 // (1 + place * place), 1_100 // (1 + place))
            for place, title in enumerate(DEPARTMENTS)
        ),
        forecast=sample_forecast(draw),
        cells=tuple(_cells(name, draw) for name in CATEGORIES),
        money=_money(draw),
        holdout=HoldoutFigures(112, 112 / 1_123, 284_410),
        samples=tuple(
            SampleList(
                f"A {size} household", items, 14, 1_422 + 60 * items, "lists-0001.pdf", page, _picture(items)
            )
            for page, (size, items) in enumerate((("small", 9), ("medium", 19), ("large", 28)), start=1)
        ),
        grounds=(
            Ground("Till lines, products and stores", Basis.RECORDED, "Complete Journey data, 2017", "everything"),
            Ground("Vendor deals", Basis.SYNTHETIC, "40 demonstration deals", "specials, who pays, limits"),
            Ground("Coupon face values", Basis.ASSUMED, "15, 25 and 40% of the price", "savings printed"),
            Ground("Chance that a special is used", Basis.ASSUMED, "25% by buyers at 10% off", "expected use"),
        ),
        data=DataFigures(
            1_328_114, 0, 4_401, 331, date(2017, 1, 1), date(2017, 11, 26), 457, 61_882,
            (("unknown-product", 4_401), ("negative-quantity", 12)),
        ),
    )  # fmt: skip


def empty_report() -> ReportData:
    """The smallest report there can be: no list, no forecast that is over, nothing made up."""
    full = sample_report()
    return replace(
        full,
        head=replace(full.head, applied=True, demonstration=False),
        lists=ListFigures(0, 0, 0, 0, 0, 0, 0, 0, 0.0, 0, 0, 0, 0),
        due_needs=(),
        due_departments=(),
        forecast=None,
        cells=(),
        money=OfferMoney((), (), (), ()),
        holdout=HoldoutFigures(0, 0.0, 0),
        samples=(),
        grounds=(),
        data=DataFigures(0, 0, 0, 0, None, None, 0, 0, ()),
    )


def sample_forecast(draw: random.Random) -> ClosedForecast:
    counts = (14, 31, 78, 121, 160, 182, 171, 120, 84, 37, 9)
    bins = tuple(
        ChanceBin(said, min(1.0, said + draw.uniform(-0.02, 0.02)), 4_000 // place)
        for place, said in enumerate((0.01, 0.04, 0.08, 0.13, 0.19, 0.27, 0.38, 0.52, 0.68, 0.86), start=1)
    )
    scores = (
        LevelScore(
            "need", "decayed count, calibrated", True, 81_220, 0.518, 0.986, 0.289, 0.576, 0.307, 0.095, 0.008
        ),
        LevelScore("need", "personal frequency", False, 81_220, 0.501, 0.981, 0.282, 0.561, 0.31, 0.096, 0.007),
        LevelScore(
            "product", "decayed count, calibrated", True, 198_440, 0.33, 0.93, 0.167, 0.44, 0.166, 0.047, 0.005
        ),
    )
    return ClosedForecast(date(2017, 11, 13), date(2017, 11, 27), sum(counts), counts, scores, bins)


def _cells(name: str, draw: random.Random) -> CategoryCells:
    return CategoryCells(
        name,
        tuple(
            Cell(brand, usage, draw.randrange(0, 260), draw.randrange(1_000, 90_000) * (place + 1))
            for brand in ("national", "switcher", "own")
            for place, usage in enumerate(("light", "medium", "heavy"))
        ),
    )


def _money_row(name: str, draw: random.Random) -> MoneyRow:
    face = draw.randrange(20_000, 240_000)
    return MoneyRow(name, face // 170, face, face // 7, face // 7 * draw.choice((0, 50, 100)) // 100)


def _money(draw: random.Random) -> OfferMoney:
    return OfferMoney(
        tuple(_money_row(f"Manufacturer {number}", draw) for number in range(103, 131)),
        tuple(_money_row(name, draw) for name in ("small", "ordinary", "major", "best")),
        tuple(_money_row(name, draw) for name in ("due", "usual", "bought", "suggestion")),
        (
            *(LimitUse(f"Budget of manufacturer {n}", "cents", 50_000, 50_000 - n * 900) for n in range(12)),
            LimitUse("Lists with “Cereal 25% off”", "lists", 300, 300),
            LimitUse("Store markdown", "cents", 60_000, 59_936),
        ),
    )


def _picture(items: int) -> bytes:
    page = Image.new("RGB", (935, 1210), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((60, 60, 875, 130), fill="#1b5a3a")
    for row in range(items):
        pen.rectangle((60, 160 + 30 * row, 500, 178 + 30 * row), fill="#d3dad5")
    buffer = io.BytesIO()
    page.save(buffer, format="PNG")
    return buffer.getvalue()
