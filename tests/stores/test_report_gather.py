"""The report's figures, counted by the real engine on a small store and by hand."""

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest
from lxml import html
from report_store import PLAN, SETTINGS, small_run, small_store

from regulars.adapters import DuckDBEngine
from regulars.adapters.report import HtmlReport
from regulars.contracts import (
    Basis,
    DataFigures,
    DueDepartment,
    DueNeed,
    HoldoutFigures,
    LimitUse,
    ListFigures,
    MoneyRow,
    ReportData,
)
from regulars.flows import ReportSettings, ReportWritten, write_report
from regulars.kernel import ContractError, PlanId

PICTURE = bytes.fromhex("89504e470d0a1a0a")


@dataclass
class RecordingPage:
    """Keeps what it was handed."""

    data: list[ReportData] = field(default_factory=list)

    def picture(self, pdf: Path, page: int) -> bytes:
        assert pdf.name == "lists-0001.pdf"
        return PICTURE + bytes([page])

    def write(self, data: ReportData, target: Path) -> bool:
        self.data.append(data)
        return True


def handed_over(folder: Path, settings: ReportSettings) -> ReportData:
    page = RecordingPage()
    written = write_report(
        small_store(folder), DuckDBEngine(threads=1), page, settings=settings, plan_id=PLAN, applied=True,
        qualities=(), lists_folder=small_run(folder / "lists"), target=folder / "report.html",
    )  # fmt: skip
    assert written == ReportWritten(folder / "report.html", True)
    return page.data[0]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> ReportData:
    return handed_over(tmp_path_factory.mktemp("store"), SETTINGS)


def test_what_was_loaded(data: ReportData) -> None:
    first, last = date(2017, 11, 1), date(2017, 11, 26)
    findings = (("bad-date", 3), ("no-amount", 1))
    assert data.data == DataFigures(6, 1, 1, 3, first, last, 2, 4, findings)


def test_the_print_run(data: ReportData) -> None:
    # expected: O1 level 1 half a dollar twice, level 2 half a dollar of which 37.5 cents funded, O2 15 and 7.5 cents
    assert data.lists == ListFigures(
        households=5,
        eligible_households=4,
        lists=4,
        due_needs=4,
        lists_below_ten=4,
        lists_below_five=4,
        specials=5,
        face_cents=520,
        expected_redemptions=1.625,
        expected_face_cents=138 + 35,
        expected_vendor_cents=138,
        sales_cents=1_300,
        card_sales_cents=1_150,
    )


def test_what_is_due(data: ReportData) -> None:
    assert data.due_needs == (DueNeed("White Milk", "Milk", 3), DueNeed("Bread", "Pantry", 1))
    assert data.due_departments == (DueDepartment("Milk", 3, 3), DueDepartment("Pantry", 1, 1))


def test_where_the_money_goes(data: ReportData) -> None:
    assert data.money.vendors == (MoneyRow("V1", 3, 400, 138 + 12, 138), MoneyRow("The store", 2, 120, 23, 0))
    assert [row.name for row in data.money.tiers] == ["small", "best"]
    assert [(row.name, row.specials, row.face_cents) for row in data.money.kinds] == [
        ("due", 1, 100),
        ("usual", 2, 260),
        ("suggestion", 2, 160),
    ]
    for rows in (data.money.vendors, data.money.tiers, data.money.kinds):
        assert sum(row.expected_face_cents for row in rows) == data.lists.expected_face_cents
        assert sum(row.expected_vendor_cents for row in rows) == data.lists.expected_vendor_cents
        assert sum(row.face_cents for row in rows) == data.lists.face_cents
        assert sum(row.specials for row in rows) == data.lists.specials


def test_how_far_limits_are_used(data: ReportData) -> None:
    assert data.money.limits == (
        LimitUse("Lists with Milk, money off", "lists", 4, 3),
        LimitUse("Budget of Milk, money off", "cents", 300, 138),  # both price lines: 275 and 25.9999
        LimitUse("Budget of V1", "cents", 550, 138),
        LimitUse("The store’s own money", "cents", 700, 35),
    )


def test_the_nine_cells_of_the_first_category(data: ReportData) -> None:
    assert [category.name for category in data.cells] == ["Painkillers"]
    cells = {(cell.brand_module, cell.usage_module): cell for cell in data.cells[0].cells}
    assert (cells["switcher", "medium"].households, cells["switcher", "medium"].amount_cents) == (1, 70)
    assert sum(cell.households for cell in cells.values()) == 1


def test_what_is_never_promoted_shows_no_cells(tmp_path: Path) -> None:
    assert [c.name for c in handed_over(tmp_path / "a", replace(SETTINGS, first_category_id="MILK")).cells] == [
        "Milk"
    ]
    assert handed_over(tmp_path / "b", replace(SETTINGS, first_category_id="BEER")).cells == ()


def test_the_holdout_and_the_samples(data: ReportData) -> None:
    assert data.holdout == HoldoutFigures(1, 0.25, 100)
    assert [(s.title, s.page, s.items, s.specials, s.saving_cents, s.picture_png) for s in data.samples] == [
        ("One of the shortest", 3, 0, 1, 60, PICTURE + b"\x03"),
        ("The one in the middle", 2, 1, 1, 200, PICTURE + b"\x02"),
    ]


def test_what_it_rests_on(data: ReportData) -> None:
    basis = {ground.subject: ground.basis for ground in data.grounds}
    assert basis["Purchases"] is Basis.RECORDED
    assert basis["Shelf prices"] is Basis.ASSUMED
    assert basis["Names of products"] is Basis.SYNTHETIC
    deals = next(ground for ground in data.grounds if ground.subject == "Vendor deals")
    assert (deals.basis, deals.value) == (Basis.SYNTHETIC, "1 of 2 deals are made up")
    coupons = next(ground for ground in data.grounds if ground.subject.startswith("Face value"))
    assert coupons.value == "15%, 25%, 40% of the price, shallow to deep: 1 of 2 deals"


def test_the_page_shows_these_figures(data: ReportData, tmp_path: Path) -> None:
    HtmlReport(tmp_path / "fonts").write(data, tmp_path / "report.html")
    tree = html.document_fromstring((tmp_path / "report.html").read_text(encoding="utf-8"))
    rows = [[cell.text_content() for cell in row] for row in tree.get_element_by_id("data-table").iter("tr")]
    assert rows == [
        ["Till lines", "6"],
        ["of them without a card", "1"],
        ["of them with a product in no product file", "1"],
        ["Days with sales", "3"],
        ["Stores", "2"],
        ["Products sold", "4"],
        ["Rows refused", "4"],
    ]
    needs = [[cell.text_content() for cell in row] for row in tree.get_element_by_id("due-needs-table").iter("tr")]
    assert needs[1:] == [["White Milk", "Milk", "3", "75%"], ["Bread", "Pantry", "1", "25%"]]


def test_another_plans_print_run_is_refused(tmp_path: Path) -> None:
    run = small_run(tmp_path / "lists")
    manifest = run / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("h3", "h9"))
    page = RecordingPage()
    with pytest.raises(ContractError, match="no list for household h3"):
        write_report(
            small_store(tmp_path), DuckDBEngine(threads=1), page, settings=SETTINGS, plan_id=PLAN, applied=True,
            qualities=(), lists_folder=run, target=tmp_path / "report.html",
        )  # fmt: skip
    assert page.data == []


@pytest.mark.parametrize(
    ("plan_id", "lists", "message"),
    [("2017-11-27-none", "lists", "plan_lists is not here"), (PLAN, "elsewhere", "there is no print run in")],
)
def test_what_is_missing_is_named(plan_id: str, lists: str, message: str, tmp_path: Path) -> None:
    small_run(tmp_path / "lists")
    with pytest.raises(ContractError, match=message) as caught:
        write_report(
            small_store(tmp_path), DuckDBEngine(threads=1), RecordingPage(), settings=SETTINGS,
            plan_id=PlanId(plan_id), applied=True, qualities=(), lists_folder=tmp_path / lists,
            target=tmp_path / "report.html",
        )  # fmt: skip
    assert caught.value.hint
