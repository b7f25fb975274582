"""One document, one page: what is on it, what gives way, and what is refused."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.contracts import ListDocument
from regulars.kernel import ContractError
from regulars.lists import (
    GREY,
    PAGE_FRAME,
    Page,
    PageColours,
    PageSettings,
    Paper,
    TextMeasure,
    build_page,
    contrast,
)
from regulars.lists._specials import TILE_GAP, TILE_HEIGHT_MAX, TILE_HEIGHT_MIN
from regulars.testing import hard_documents, sample_document

QR = ("1" * 29,) * 29
SETTINGS = PageSettings("Greengate Market")


def page_of(document: ListDocument, measure: TextMeasure, page_settings: PageSettings = SETTINGS) -> Page:
    return build_page(document, QR, page_settings, measure)


def printed_names(page: Page) -> list[str]:
    rows = [row for column in page.data["columns"] for block in column for row in block["rows"]]
    return [" ".join(line["name"] for line in row["lines"] if line["name"]) for row in rows]


def heights(page: Page) -> list[float]:
    return [
        sum(
            block["gap"] + block["heading"] + block["pitch"] * block.get("write_in", 0)
            + sum(row["height"] for row in block["rows"])
            for block in column
        )
        for column in page.data["columns"]
    ]  # fmt: skip


@settings(max_examples=60)
@given(
    seed=st.integers(0, 500), items=st.integers(0, 45), specials=st.integers(0, 16), paper=st.sampled_from(Paper)
)
def test_every_page_adds_up(measure: TextMeasure, seed: int, items: int, specials: int, paper: Paper) -> None:
    page = page_of(sample_document(seed, items=items, specials=specials), measure, PageSettings("G", paper=paper))
    rows = -(-specials // 4)
    frame = PAGE_FRAME
    total = frame["margin_top"] + frame["header"] + frame["after_header"] + frame["band"] + frame["after_band"]
    total += page.data["area"] + frame["before_foot"] + frame["foot"] + frame["margin_bottom"]
    total += frame["before_notes"] + frame["note_leading"] * len(page.data["notes"])
    if page.data["strip"]:
        total += frame["before_strip"] + frame["strip_leading"] * len(page.data["strip"])
    if rows:
        total += frame["before_specials"] + frame["specials_title"]
        total += rows * page.data["tile_height"] + (rows - 1) * TILE_GAP
        assert TILE_HEIGHT_MIN - 1e-9 <= page.data["tile_height"] <= TILE_HEIGHT_MAX
    assert total == pytest.approx(paper.size_points[1], abs=1e-6)
    assert max(heights(page)) <= page.data["area"] + 1e-6


@given(seed=st.integers(0, 500), items=st.integers(0, 45))
def test_an_item_is_printed_or_there_is_a_finding(measure: TextMeasure, seed: int, items: int) -> None:
    document = sample_document(seed, items=items)
    page = page_of(document, measure)
    names = [line.name for section in document.sections for line in section.lines]
    printed = printed_names(page)
    assert [name for name in names if name in printed] == printed
    missing = len(names) - len(printed)
    found = [finding.message for finding in page.findings if finding.rule == "items-cut"]
    assert found == ([f"{missing} of {items} items, the least likely, do not fit"] if missing else [])


def test_the_least_likely_go_first_and_those_on_special_last(measure: TextMeasure) -> None:
    document = sample_document(3, items=45, specials=16)
    printed = set(printed_names(page_of(document, measure)))
    lines = [line for section in document.sections for line in section.lines]
    plain = sorted((line for line in lines if not line.special), key=lambda line: line.probability)
    assert all(line.name in printed for line in lines if line.special)
    kept = [line.name in printed for line in plain]
    assert kept == sorted(kept)
    assert not all(kept)


def test_the_same_document_gives_the_same_page(measure: TextMeasure) -> None:
    for document in hard_documents().values():
        one, two = page_of(document, measure), page_of(document, measure)
        assert json.dumps(one.data, sort_keys=True) == json.dumps(two.data, sort_keys=True)
        assert one.findings == two.findings


def texts_of_strip(page: Page) -> list[str]:
    return [line["text"] for line in page.data["strip"]]


def test_privileges_ideas_and_a_tip_stand_over_the_foot_where_they_cost_no_item_its_place(
    measure: TextMeasure,
) -> None:
    roomy = sample_document(2, items=20, specials=12)
    privilege, tip = (reward.text for reward in roomy.rewards)
    ideas = "Chunky Salsa $3.49  ·  Cream Cheese $2.79  ·  Herbal Tea $3.99"
    assert texts_of_strip(page_of(roomy, measure)) == [privilege, ideas, tip]
    full = sample_document(2, items=45, specials=16)
    assert texts_of_strip(page_of(full, measure)) == []
    told = [one.message for one in page_of(full, measure).findings if one.column == "rewards"]
    assert told == ["1 of 1 privileges have no room"]
    without = replace(full, rewards=(), ideas=())
    assert printed_names(page_of(full, measure)) == printed_names(page_of(without, measure))
    counts = {len(page_of(sample_document(2, items=n), measure).data["strip"]) for n in range(10, 46)}
    assert counts == {0, 1, 2, 3}


def test_a_reward_too_long_for_its_line_is_told_and_ideas_stand_as_far_as_they_fit(measure: TextMeasure) -> None:
    document = sample_document(2, items=12)
    long = replace(document.rewards[0], text="Free delivery " * 12)
    wide = [replace(idea, name=f"{idea.name} {'of the house ' * 3}") for idea in document.ideas]
    page = page_of(replace(document, rewards=(long,), ideas=tuple(wide)), measure)
    assert [one.rule for one in page.findings if one.column == "rewards"] == ["text-left-out"]
    (line,) = texts_of_strip(page)
    assert [name in line for name in ("Chunky", "Cream", "Herbal")] == [True, True, False]


def test_nothing_due_leaves_room_to_write(measure: TextMeasure) -> None:
    page = page_of(hard_documents()["nothing"], measure)
    assert [column[0]["write_in"] > 20 for column in page.data["columns"]] == [True] * 3
    assert page.data["tiles"] == []
    assert page.data["band"]["saving"] == ""


def test_a_name_without_printable_letters_becomes_a_greeting(measure: TextMeasure) -> None:
    page = page_of(hard_documents()["right to left"], measure)
    assert page.data["band"]["name"] == "Hello, neighbor"
    assert [(finding.rule, finding.column) for finding in page.findings] == [("glyph-missing", "household_name")]


def test_a_finding_does_not_say_the_households_name(measure: TextMeasure) -> None:
    document = replace(sample_document(1), household_name="Ω" + "Unlikely Surname " * 12)
    page = page_of(document, measure)
    assert {finding.rule for finding in page.findings} == {"glyph-missing", "text-shortened"}
    assert all("Surname" not in finding.message for finding in page.findings)


def test_codes_have_their_sizes(measure: TextMeasure) -> None:
    foot = page_of(sample_document(1), measure).data["foot"]
    assert foot["bars"]["module"] == pytest.approx(0.96)
    assert foot["bars"]["quiet"] == pytest.approx(9.6)
    assert foot["bars"]["height"] >= 0.6 * 72
    assert foot["bars"]["digits"].replace(" ", "") == sample_document(1).list_code
    assert foot["qr"]["module"] == pytest.approx(2.4)
    assert foot["qr"]["width"] == pytest.approx((29 + 8) * 2.4)


def test_a_qr_symbol_that_is_too_large_is_refused(measure: TextMeasure) -> None:
    with pytest.raises(ContractError, match="61 modules a side"):
        build_page(sample_document(1), ("1" * 61,) * 61, SETTINGS, measure)


def test_notes_that_leave_no_room_are_refused(measure: TextMeasure) -> None:
    document = replace(sample_document(1), notes=("legal " * 1_500,))
    with pytest.raises(ContractError, match="points for items"):
        page_of(document, measure)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ContractError, match="#RRGGBB"):
        PageColours(brand="green")
    with pytest.raises(ContractError, match="printer_dpi"):
        PageSettings("G", printer_dpi=72)
    with pytest.raises(ContractError, match="store_name"):
        PageSettings(" ")


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)


def test_a_brand_colour_that_cannot_carry_its_text_is_refused() -> None:
    with pytest.raises(ContractError, match=r"white #ffffff on brand #77bb88 is 2\.3"):
        PageColours(brand="#77bb88")


def test_in_black_alone_every_ink_is_grey_and_every_kind_has_its_own_panel() -> None:
    inks = PageSettings("G", black_only=True, colours=PageColours(due="#801010")).inks
    assert inks == GREY
    assert all(value[1:3] == value[3:5] == value[5:7] for value in vars(inks).values())
    assert len({inks.due, inks.usual, inks.brand_tint}) == 3
    assert PageSettings("G").inks == PageColours()


def test_the_head_of_the_specials_does_not_say_how_they_were_found(measure: TextMeasure) -> None:
    titles = [
        page_of(sample_document(1, items=9, specials=specials), measure).data["specials_title"]
        for specials in (1, 12)
    ]
    assert titles == ["1 special for you", "12 specials for you"]
