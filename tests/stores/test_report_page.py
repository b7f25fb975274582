"""The report page: stands alone, says the same in picture and table, marks what is not recorded, same bytes twice."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree, html
from report_samples import empty_report, sample_report

from regulars.adapters.report import Chart, HtmlReport
from regulars.adapters.report._page import _charts
from regulars.adapters.report._text import money_text, percent_text, sentence_case
from regulars.contracts import Basis, DueNeed, Ground
from regulars.kernel import StoreError

PAGE_BYTES_MAX = 3_000_000
DRAWN = [chart.name for chart in _charts(sample_report())]


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> HtmlReport:
    return HtmlReport(tmp_path_factory.mktemp("fonts"))


@pytest.fixture(scope="module")
def page(maker: HtmlReport) -> bytes:
    return maker.render(sample_report())


@pytest.fixture(scope="module")
def tree(page: bytes) -> html.HtmlElement:
    return html.document_fromstring(page.decode())


def text_of(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def drawn_texts(figure: html.HtmlElement) -> list[list[str]]:
    """Words in each picture of a figure."""
    return [[word.text_content() for word in svg.iter("text")] for svg in figure.iter("svg")]


def test_it_is_one_small_file_that_calls_no_address(page: bytes, tree: html.HtmlElement) -> None:
    assert len(page) < PAGE_BYTES_MAX
    text = page.decode()
    assert re.findall(r"\b(?:https?|ftp|wss?):|@import|<base\b", text) == []
    addresses = tree.xpath("//@src | //@href | //@srcset | //@action | //@data | //@poster")
    assert [a for a in addresses if not a.startswith(("#", "data:"))] == []
    assert [
        a for a in re.findall(r"url\(\s*['\"]?([^)'\"]{0,20})", text) if not a.startswith(("data:", "#"))
    ] == []


def test_no_script_runs(tree: html.HtmlElement) -> None:
    assert {script.get("type") for script in tree.iter("script")} == {"application/json"}
    assert tree.xpath("//@*[starts-with(name(), 'on')]") == []


def test_it_is_well_formed(page: bytes) -> None:
    parser = etree.HTMLParser(recover=True)
    etree.fromstring(page, parser)
    unknown = {"header", "nav", "main", "section", "footer", "figure", "figcaption", "details", "summary", "svg"}
    unknown |= {"g", "path", "text", "line", "rect"}
    errors = [e.message for e in parser.error_log if e.message not in {f"Tag {name} invalid" for name in unknown}]
    assert errors == []


def test_every_element_that_opens_also_closes(page: bytes) -> None:
    without_data = re.sub(r"<(script|style)\b.*?</\1>", "", page.decode(), flags=re.DOTALL)
    tags = re.findall(r"<(/?)([a-z][a-z0-9]*)\b([^>]*?)(/?)>", without_data)
    void = {"meta", "link", "img", "br", "input"}
    stack: list[str] = []
    for closing, name, _, alone in tags:
        if name in void or alone:
            continue
        if closing:
            assert stack.pop() == name
        else:
            stack.append(name)
    assert stack == []


def test_headings_are_in_order_and_ids_unique(tree: html.HtmlElement) -> None:
    levels = [int(h.tag[1]) for h in tree.iter("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    ids = Counter(tree.xpath("//@id"))
    assert [one for one, times in ids.items() if times > 1] == []
    targets = {a.removeprefix("#") for a in tree.xpath("//a/@href")}
    targets |= {clip.removeprefix("url(#").removesuffix(")") for clip in tree.xpath("//@clip-path")}
    named = {one for value in tree.xpath("//@aria-labelledby") for one in value.split()}
    assert (targets | named) - set(ids) == set()


def test_it_can_be_read_without_seeing_it(tree: html.HtmlElement) -> None:
    assert tree.get("lang") == "en"
    assert text_of(next(tree.find("body").iter("a"))) == "Skip to the report"
    for table in tree.iter("table"):
        assert table.find("caption") is not None
        assert all(cell.get("scope") in {"col", "row"} for cell in table.iter("th"))
        assert all(row.find("th") is not None for row in table.iter("tr"))
    assert all(len(image.get("alt")) > 40 for image in tree.iter("img"))
    for svg in tree.iter("svg"):
        assert svg.get("role") == "img"
        assert svg.get("aria-labelledby")


@pytest.mark.parametrize("name", DRAWN)
def test_picture_spec_and_table_hold_the_same_numbers(name: str, tree: html.HtmlElement) -> None:
    figure = tree.get_element_by_id(name)
    chart: Chart = next(chart for chart in _charts(sample_report()) if chart.name == name)
    spec = json.loads(tree.get_element_by_id(f"{name}-spec").text)
    assert spec["data"]["values"] == [dict(record) for record in chart.records]
    rows = [[text_of(cell) for cell in row] for row in figure.iter("tr")]
    assert rows[0] == [column.heading for column in chart.columns]
    assert rows[1:] == [
        [column.written(record[column.field]) for column in chart.columns] for record in spec["data"]["values"]
    ]
    pictures = drawn_texts(figure)
    assert len(pictures) == len(chart.widths)
    shown = {"due-needs": "households", "due-departments": "due_needs", "bought-of-ten": "households"}
    shown |= dict.fromkeys((drawn for drawn in DRAWN if drawn.startswith("cells")), "households")
    if name in shown:
        expected = Counter(f"{record[shown[name]]:,}" for record in chart.records)
        assert all(not expected - Counter(words) for words in pictures)
    labels = {"limits": "use_text"} | dict.fromkeys((d for d in DRAWN if d.startswith("money")), "label")
    if name in labels:
        expected = Counter(str(record[labels[name]]) for record in chart.records)
        assert all(not expected - Counter(words) for words in pictures)


def test_titles_say_what_was_found(tree: html.HtmlElement) -> None:
    data = sample_report()
    assert data.forecast is not None
    bought = sum(number * count for number, count in enumerate(data.forecast.bought_of_ten))
    mean = f"{bought / data.forecast.households:.1f}"
    assert (
        text_of(tree.get_element_by_id("bought-of-ten-title")) == f"Of ten needs ranked first, {mean} were bought"
    )
    assert text_of(tree.get_element_by_id("due-needs-title")) == (
        "Fluid milk white only is due most often: on 840 of 1,123 lists"
    )


def test_titles_of_money_say_what_is_drawn(tree: html.HtmlElement) -> None:
    money = sample_report().money
    expected = sum(row.expected_face_cents for row in money.kinds)
    new = next(row.expected_face_cents for row in money.kinds if row.name == "suggestion")
    assert text_of(tree.get_element_by_id("money-kinds-title")) == (
        f"{percent_text(new / expected)} of the savings we expect to be used are on something to try assumed"
    )
    expected = sum(row.expected_face_cents for row in money.tiers)
    most = max(money.tiers, key=lambda row: row.expected_face_cents)
    assert text_of(tree.get_element_by_id("money-tiers-title")) == (
        f"{most.name.capitalize()} households bring {percent_text(most.expected_face_cents / expected)} "
        "of the savings we expect to be used assumed"
    )


def test_plain_methods_are_promised_only_where_they_stand(tree: html.HtmlElement, maker: HtmlReport) -> None:
    data = sample_report()
    assert data.forecast is not None
    forecast = replace(data.forecast, scores=tuple(score for score in data.forecast.scores if score.ours))
    alone = html.document_fromstring(maker.render(replace(data, forecast=forecast)).decode())
    told = "For the analyst: the same forecast in the usual measures"
    assert text_of(tree.get_element_by_id("scores").find("caption")) == (
        f"{told}, beside plain methods on the same households."
    )
    assert text_of(alone.get_element_by_id("scores").find("caption")) == f"{told}."


def test_thin_lists_are_counted_beside_the_due_needs(tree: html.HtmlElement) -> None:
    [card] = [
        card
        for card in tree.get_element_by_id("glance").find_class("figure")
        if text_of(card.find("dt")) == "due needs on a list"
    ]
    assert text_of(card.find_class("more")[0]) == (
        "23,471 in all; lists with fewer than 10: 141, with fewer than 5: 17"
    )


def test_all_that_is_not_recorded_is_marked(tree: html.HtmlElement) -> None:
    note = text_of(tree.xpath("//*[@role='note']")[0])
    assert note.startswith("DEMONSTRATION. Synthetic: Vendor deals. Assumed: Coupon face values; Chance that")
    assert "PROOF." in note
    rows = [[text_of(cell) for cell in row] for row in tree.get_element_by_id("grounds-table").iter("tr")][1:]
    assert [row[:2] for row in rows] == [
        ["Till lines, products and stores", "recorded"],
        ["Vendor deals", "synthetic"],
        ["Coupon face values", "assumed"],
        ["Chance that a special is used", "assumed"],
    ]
    for name in ("money-vendors", "money-tiers", "money-kinds", "limits"):
        assert text_of(tree.get_element_by_id(f"{name}-title")).endswith("assumed")
    marked = [text_of(term) for term in tree.get_element_by_id("glance").iter("dt") if "assumed" in text_of(term)]
    assert marked == [
        "savings printed on a list assumed",
        "of that we expect to be used assumed",
        "of the used savings, vendors pay assumed",
    ]


def test_assumed_chances_are_marked_and_warnings_stand_under_the_head(maker: HtmlReport) -> None:
    plain = sample_report()
    plain = replace(plain, head=replace(plain.head, demonstration=False, applied=True))
    warned = replace(plain, warnings=("The chances are <assumed>.",), due_basis=Basis.ASSUMED)
    before, after = (html.fromstring(maker.render(data).decode()) for data in (plain, warned))
    assert not before.xpath("//div[@role='note']")
    (note,) = after.xpath("//div[@role='note']")
    assert note.text_content().split() == ["THE", "FORECAST", "WARNS.", "The", "chances", "are", "<assumed>."]
    for chart in ("due-needs-title", "due-departments-title"):
        assert not before.xpath(f"//h3[@id='{chart}']//*[@class='mark assumed']")
        assert after.xpath(f"//h3[@id='{chart}']//*[@class='mark assumed']")
    assert "its own rhythm" in before.xpath("//section[@id='due']")[0].text_content()
    assert "chances that are assumed" in after.xpath("//section[@id='due']")[0].text_content()


def test_a_real_store_carries_no_mark_of_the_demonstration(maker: HtmlReport) -> None:
    data = sample_report()
    real = replace(data, head=replace(data.head, demonstration=False, applied=True))
    tree = html.document_fromstring(maker.render(real).decode())
    assert tree.xpath("//*[@role='note']") == []
    assert "DEMONSTRATION" not in tree.text_content()


def test_headline_figures_are_the_data(tree: html.HtmlElement) -> None:
    figures = {
        text_of(card.find("dt")).removesuffix(" assumed"): text_of(card.find_class("number")[0])
        for card in tree.get_element_by_id("glance").find_class("figure")
    }
    assert figures == {
        "households get a list": "1,123",
        "due needs on a list": "20.9",
        "specials on a list": "14.9",
        "savings printed on a list": "$25.51",
        "of that we expect to be used": "$3.58",
        "of the used savings, vendors pay": "85%",
        "of sales are identified by a card": "99%",
        "households are the holdout": "112",
    }


def test_nothing_in_a_name_gets_out_of_its_place(maker: HtmlReport) -> None:
    data = sample_report()
    nasty = "</script><script>alert(1)</script><b a='\"&"
    spoilt = replace(
        data,
        head=replace(data.head, store_name=nasty),
        due_needs=(DueNeed(nasty, nasty, 1),),
        grounds=(Ground(nasty, Basis.SYNTHETIC, nasty, nasty),),
    )
    tree = html.document_fromstring(maker.render(spoilt).decode())
    assert {script.get("type") for script in tree.iter("script")} == {"application/json"}
    assert tree.xpath("//b[@a]") == []
    assert json.loads(tree.get_element_by_id("due-needs-spec").text)["data"]["values"][0]["name"] == nasty


def test_an_empty_cycle_has_a_page(maker: HtmlReport) -> None:
    text = text_of(html.document_fromstring(maker.render(empty_report()).decode()))
    assert "No list was printed." in text
    assert "No cycle is over yet" in text
    assert "No row was refused." in text


def test_the_same_data_give_the_same_bytes_in_another_process(
    maker: HtmlReport, page: bytes, tmp_path: Path
) -> None:
    assert maker.render(sample_report()) == page
    script = (
        "import sys; from pathlib import Path; from report_samples import sample_report\n"
        "from regulars.adapters.report import HtmlReport\n"
        "HtmlReport(Path(sys.argv[1]) / 'f').write(sample_report(), Path(sys.argv[1]) / 'page.html')"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=Path(__file__).parent,
        env={**environment, "PYTHONPATH": str(Path(__file__).parent)},
        check=True,
    )
    assert (tmp_path / "page.html").read_bytes() == page


def test_a_page_that_is_there_is_kept_and_a_failed_one_leaves_nothing(maker: HtmlReport, tmp_path: Path) -> None:
    target = tmp_path / "out" / "report.html"
    assert maker.write(empty_report(), target) is True
    assert maker.write(empty_report(), target) is False
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match=r"cannot write .*report\.html"):
        maker.write(empty_report(), tmp_path / "file" / "report.html")


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.0, "0%"), (0.004, "0.4%"), (0.0995, "10%"), (0.32, "32%"), (0.997, "over 99%"), (1.0, "100%")],
)
def test_percentages_do_not_overstate(share: float, written: str) -> None:
    assert percent_text(share) == written


def test_money_and_names_read_well() -> None:
    assert [money_text(cents) for cents in (0, 542, 9_999, 10_000, 123_450, -542)] == [
        "$0.00", "$5.42", "$99.99", "$100", "$1,235", "−$5.42",
    ]  # fmt: skip
    assert (sentence_case("FLUID MILK"), sentence_case("White Milk")) == ("Fluid milk", "White Milk")
