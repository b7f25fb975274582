"""What the cycle's report page says, as plain numbers: counted, summed and marked before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Basis(StrEnum):
    """What a figure rests on."""

    RECORDED = "recorded"  # counted from the store's own data
    ASSUMED = "assumed"  # rests on a stated assumption
    SYNTHETIC = "synthetic"  # made up for the demonstration


@dataclass(frozen=True)
class ReportHead:
    """What the page is about.

    Args:
        store_name: As printed on the lists.
        cycle_number: Cycle, from 1.
        from_on: First day of the cycle.
        last_on: Last day of the cycle.
        as_of_on: Only what was known before this day was used.
        plan_id: The plan whose money is shown.
        applied: True once the plan's offers are promised; until then the lists are proofs.
        demonstration: True when goods, offers or money on this page come with the demonstration.
    """

    store_name: str
    cycle_number: int
    from_on: date
    last_on: date
    as_of_on: date
    plan_id: str
    applied: bool
    demonstration: bool


@dataclass(frozen=True)
class Ground:
    """One thing the page rests on: what it is, whether it was recorded, and its value in words."""

    subject: str
    basis: Basis
    value: str
    used_for: str


@dataclass(frozen=True)
class ListFigures:
    """The print run in numbers. Money in cents.

    Args:
        households: Households known by a card.
        eligible_households: Those that spend enough for a list.
        lists: Lists written.
        due_needs: Due needs on all lists.
        lists_below_ten: Lists with fewer than ten of them.
        lists_below_five: Lists with fewer than five of them.
        specials: Specials on all lists.
        face_cents: Savings printed on all lists.
        expected_redemptions: Specials we expect to be used.
        expected_face_cents: Savings we expect shoppers to take.
        expected_vendor_cents: What of that vendors pay.
        sales_cents: Sales of merchandise in the year of data, with and without a card.
        card_sales_cents: Those with a card.
    """

    households: int
    eligible_households: int
    lists: int
    due_needs: int
    lists_below_ten: int
    lists_below_five: int
    specials: int
    face_cents: int
    expected_redemptions: float
    expected_face_cents: int
    expected_vendor_cents: int
    sales_cents: int
    card_sales_cents: int

    @property
    def expected_store_cents(self) -> int:
        """What the store pays of the expected savings."""
        return self.expected_face_cents - self.expected_vendor_cents


@dataclass(frozen=True)
class DueNeed:
    """One need and how many lists ask for it."""

    name: str
    department: str
    households: int


@dataclass(frozen=True)
class DueDepartment:
    """One department: due needs on all lists, and the households that have at least one."""

    title: str
    due_needs: int
    households: int


@dataclass(frozen=True)
class ChanceBin:
    """Items that were given about the same chance: the mean of what was said, and the share that was bought."""

    said: float
    happened: float
    items: int


@dataclass(frozen=True)
class LevelScore:
    """How a forecast of one level came true; every measure is 0..1 except the log-loss, in nats.

    Args:
        level: ``need`` or ``product``.
        method: How the forecast was made, in a reader's words.
        ours: False for a plain method that stands beside ours.
        items: Household-item pairs with a probability.
        precision_10: Share of the ten ranked first that was bought.
        hit_rate_10: Share of households that bought at least one of the ten ranked first.
        recall_20: Share of what was bought that stood among the twenty ranked first.
        ndcg_10: Order of the first ten, 1 is perfect.
        log_loss: Of the probabilities.
        brier: Mean squared error of the probabilities.
        calibration_error: Expected calibration error.
    """

    level: str
    method: str
    ours: bool
    items: int
    precision_10: float
    hit_rate_10: float
    recall_20: float
    ndcg_10: float
    log_loss: float
    brier: float
    calibration_error: float


@dataclass(frozen=True)
class ClosedForecast:
    """The last cycle that is over: what was said before it, beside what happened in it.

    Args:
        made_on: Day the forecast was made as of; it saw nothing later.
        until_on: Day after the last of the days it speaks of.
        households: Households that were scored: eligible, and in the store within these days.
        bought_of_ten: Households by how many of the ten needs ranked first they bought: eleven counts, 0 to 10.
        scores: Our method and the plain ones beside it, by level; ours first.
        bins: Reliability of the needs, by rising probability.
    """

    made_on: date
    until_on: date
    households: int
    bought_of_ten: tuple[int, ...]
    scores: tuple[LevelScore, ...]
    bins: tuple[ChanceBin, ...]

    def __post_init__(self) -> None:
        assert len(self.bought_of_ten) == 11
        assert sum(self.bought_of_ten) == self.households


@dataclass(frozen=True)
class Cell:
    """One of the nine: brand preference and usage in one category. Money in cents, of the 182 days before."""

    brand_module: str
    usage_module: str
    households: int
    amount_cents: int


@dataclass(frozen=True)
class CategoryCells:
    """The nine cells of one category, empty ones included."""

    name: str
    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        assert len({(cell.brand_module, cell.usage_module) for cell in self.cells}) == len(self.cells) == 9


@dataclass(frozen=True)
class MoneyRow:
    """Where offer money goes, for one vendor, tier or kind. Money in cents; expected = weighed by redemption."""

    name: str
    specials: int
    face_cents: int
    expected_face_cents: int
    expected_vendor_cents: int


@dataclass(frozen=True)
class LimitUse:
    """One limit and how much of it the plan uses.

    Args:
        name: What is limited, in a reader's words.
        unit: ``cents`` or ``lists``.
        limit: The limit, >= 0.
        used: What the plan uses of it.
    """

    name: str
    unit: str
    limit: int
    used: int

    @property
    def share(self) -> float:
        """Used share, 0..1; an empty limit counts as fully used."""
        return self.used / self.limit if self.limit else 1.0


@dataclass(frozen=True)
class OfferMoney:
    """Where the offer money goes.

    Args:
        vendors: By expected cost, largest first, all of them.
        tiers: By household tier, from the smallest.
        kinds: Due, usual, bought, suggestion.
        limits: Every limit that was set, by used share, largest first.
    """

    vendors: tuple[MoneyRow, ...]
    tiers: tuple[MoneyRow, ...]
    kinds: tuple[MoneyRow, ...]
    limits: tuple[LimitUse, ...]


@dataclass(frozen=True)
class HoldoutFigures:
    """Households whose offers are not chosen for them, so that the rest can be measured against them."""

    households: int
    share: float
    face_cents: int


@dataclass(frozen=True)
class SampleList:
    """One real page as a picture.

    Args:
        title: ``A small household``.
        items: Due needs on it.
        specials: Specials on it.
        saving_cents: What it offers to save, in cents.
        file: The PDF it stands in, relative to the lists folder.
        page: Page in it, from 1.
        picture_png: The page.
    """

    title: str
    items: int
    specials: int
    saving_cents: int
    file: str
    page: int
    picture_png: bytes


@dataclass(frozen=True)
class DataFigures:
    """What the page was made from.

    Args:
        lines: Till lines known before the day.
        cardless_lines: Of them, lines without a household.
        unknown_product_lines: Of them, lines whose product is in no product file.
        days: Days with at least one line.
        first_on: First such day; None without lines.
        last_on: Last such day.
        stores: Stores with a line.
        products: Products that were sold.
        findings: Refused rows by rule, most frequent first.
    """

    lines: int
    cardless_lines: int
    unknown_product_lines: int
    days: int
    first_on: date | None
    last_on: date | None
    stores: int
    products: int
    findings: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ReportData:
    """All that the report page says; nothing on the page is counted later than here.

    Args:
        warnings: What the forecast warned of when it was made, in sentences.
        due_basis: Whether the chances that say what is due were learnt or are assumed.
    """

    head: ReportHead
    lists: ListFigures
    due_needs: tuple[DueNeed, ...]
    due_departments: tuple[DueDepartment, ...]
    forecast: ClosedForecast | None
    cells: tuple[CategoryCells, ...]
    money: OfferMoney
    holdout: HoldoutFigures
    samples: tuple[SampleList, ...]
    grounds: tuple[Ground, ...]
    data: DataFigures
    warnings: tuple[str, ...] = ()
    due_basis: Basis = Basis.RECORDED
