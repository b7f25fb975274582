"""The store's forecast beside other methods, on the small shop; and the page about it."""

import dataclasses
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner
from lxml import html
from small_shop import AS_OF, SETTINGS, digests, engine, lines, stocked

from regulars.adapters.report import beside_text, evaluation_page, write_evaluation
from regulars.adapters.report._evaluation import level_verdicts
from regulars.adapters.report._fonts import register_chart_fonts
from regulars.cli._forecasting import say_comparison
from regulars.cli._root import commands
from regulars.flows import (
    Outcome,
    compare_forecasts,
    finding_text,
    forecast_dataset,
    held_text,
    ideas_text,
    judged_closed,
    level_outcomes,
    misses_text,
    part_outcomes,
    part_title,
)
from regulars.flows.views import forecast_view
from regulars.predict import METHODS, JudgedPart, PairedDifference, ReliabilityBin, pooled_bins

DAYS = [AS_OF - timedelta(days=28), AS_OF - timedelta(days=14)]


@pytest.fixture(scope="module")
def judged():
    """What was judged, by day and method."""
    return {}


@pytest.fixture(scope="module")
def compared(judged, tmp_path_factory):
    warehouse = stocked(tmp_path_factory.mktemp("shop"), lines())

    def judge(day, method):
        judged[day, method] = judged_closed(
            warehouse,
            engine(),
            as_of_on=day,
            method_name=method or "decayed-count",
            apart=method is not None,
            **SETTINGS,
        )
        return judged[day, method]

    against = ["personal-frequency", "decayed-count", "gamma-poisson"]
    return warehouse, compare_forecasts(judge, [DAYS[1], *DAYS], against)


def test_a_day_named_twice_is_judged_once_and_days_stand_in_order(compared):
    assert compared[1].days_on == tuple(DAYS)


def test_a_kept_forecast_is_judged_by_its_own_method_whatever_is_chosen_since(compared):
    warehouse, comparison = compared
    kept = digests(warehouse, forecast_dataset(DAYS[0]))
    since = "personal-frequency"
    quality, _ = judged_closed(warehouse, engine(), as_of_on=DAYS[0], method_name=since, **SETTINGS)
    assert quality.method == "decayed-count"
    assert quality.levels == comparison.own[0].levels
    assert digests(warehouse, forecast_dataset(DAYS[0])) == kept


def test_every_method_is_judged_on_every_day_beside_the_stores_own(compared):
    warehouse, comparison = compared
    assert [(one.as_of_on, one.method) for one in comparison.qualities] == [
        (day, method) for method in ("decayed-count", "personal-frequency", "gamma-poisson") for day in DAYS
    ]
    assert warehouse.has(forecast_dataset(DAYS[0], apart_by="personal-frequency"))
    assert warehouse.has(forecast_dataset(DAYS[0]))


def test_the_stores_own_method_is_marked_and_not_set_beside_itself(compared):
    warehouse, comparison = compared
    assert [(row.method, row.own) for row in comparison.levels if row.level == "need"] == [
        ("decayed-count", True),
        ("personal-frequency", False),
        ("gamma-poisson", False),
    ]
    assert [one.method for one in comparison.own] == ["decayed-count"] * 2
    assert not warehouse.has(forecast_dataset(DAYS[0], apart_by="decayed-count"))


def test_a_method_that_gave_way_to_another_is_told(compared, judged, tmp_path, monkeypatch):
    """Trees were asked for on both days, and on the second the count was used."""

    def judge(day, method):
        found, hits = judged[day, None]
        if method is None:
            return dataclasses.replace(found, asked="", warning=""), hits
        instead = day == DAYS[1]
        used = "decayed-count" if instead else "boosted-trees"
        told = "the new model of boosted-trees is worse" if instead else ""
        return dataclasses.replace(found, method=used, asked="boosted-trees", warning=told), hits

    comparison = compare_forecasts(judge, DAYS, ["boosted-trees"])
    instead = "decayed-count instead of boosted-trees"
    title = f"boosted-trees, {instead}"
    assert [row.title for row in comparison.levels] == ["decayed-count", title] * 2
    assert [quality.title for quality in comparison.qualities[2:]] == ["boosted-trees", instead]
    assert f"between your order and that of {title} no" in beside_text(comparison.levels[1]).lower()

    monkeypatch.setattr("regulars.bootstrap.compare_forecasts", lambda *_, **__: comparison)
    assert CliRunner().invoke(commands, ["init", str(tmp_path / "w")]).exit_code == 0
    shown = ["forecast", "evaluate", "--as-of", str(DAYS[1]), "--workspace", str(tmp_path / "w")]
    done = CliRunner().invoke(commands, shown)
    assert done.stderr == "warning: the new model of boosted-trees is worse\n"
    rows = [line for line in done.stdout.splitlines() if line.startswith(f"{DAYS[1]}  {instead}")]
    assert len(rows) == 2
    assert sum(line.startswith(title) for line in done.stdout.splitlines()) == 2


def test_what_was_warned_of_is_kept_with_the_judgement(compared):
    _, comparison = compared
    for quality in comparison.qualities:
        assert quality.asked == quality.method
        assert "take the chances for a rough guess" in quality.warning


def test_the_office_names_no_model_that_was_only_compared(compared):
    view = forecast_view(compared[0], cycle_on=DAYS[0])
    assert {one.method for one in view.models} & set(METHODS) == {"decayed-count"}
    assert view.judged_last_on == AS_OF - timedelta(days=1)


def test_a_mean_is_that_of_the_days_and_all_are_compared_on_the_same_households(compared):
    _, comparison = compared
    own, frequency, other = (row for row in comparison.levels if row.level == "need")
    assert own.differences == ()
    days = [quality.level("need").ndcg_at_10 for quality in comparison.qualities[:2]]
    assert own.means["ndcg_at_10"] == pytest.approx(sum(days) / 2)
    assert {one.households for one in frequency.differences} == {other.differences[0].households}


def test_what_was_said_on_several_days_is_pooled(compared):
    _, comparison = compared
    own = comparison.levels[0]
    days = [quality.level("need") for quality in comparison.own]
    assert sum(entry.items for entry in own.bins) == sum(day.items for day in days)
    assert sum(round(entry.happened * entry.items) for entry in own.bins) == sum(day.items_bought for day in days)
    assert [entry.said for entry in own.bins] == sorted(entry.said for entry in own.bins)
    assert len(own.bins) <= 10
    assert sum(own.bought_of_ten) == sum(day.households_shopping for day in days)
    assert pooled_bins(days[:1]) == days[0].bins


@pytest.fixture(scope="module")
def page(compared, tmp_path_factory):
    return evaluation_page(compared[1], "Greengate & Co", tmp_path_factory.mktemp("fonts")).decode()


def test_the_page_says_what_came_true_before_it_shows_it(compared, page):
    _, comparison = compared
    own = comparison.levels[0]
    text = " ".join(html.fromstring(page).text_content().split())
    assert "Greengate & Co" in text
    assert own.own
    finding = finding_text(level_outcomes(comparison, "need"))
    assert f"Needs: {finding[0].lower()}{finding[1:-1]}" in text
    away = sum(one.level("need").households - one.level("need").households_shopping for one in comparison.own)
    assert away == 0
    assert "That counts all households; none stayed away." in text
    assert "A household that came in bought" in text
    explained = [one.text for one in html.fromstring(page).xpath("//*[@id='words']//dt")]
    assert explained[:4] == ["First ten", "Held", "Households, came in", "Calibration error"]
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "").replace("http://www.w3.org/1999/xlink", "")


def test_every_method_has_a_chart_with_numbers_on_its_axes_and_a_row_in_a_table_that_scrolls(page):
    tree = html.fromstring(page)
    charts = tree.xpath("//figure[contains(@class, 'chart')]")
    assert [one.get("id") for one in charts] == [
        f"{level}-{name}"
        for level in ("need", "product")
        for name in ("of-ten", "chances-0", "chances-1", "chances-2")
    ]
    for chart in charts:
        for picture in chart.xpath(".//*[local-name() = 'svg']"):
            assert any(
                one.text and one.text.rstrip("%").isdigit() for one in picture.xpath(".//*[local-name() = 'text']")
            )
    assert all(one.getparent().get("class", "").startswith("scroll") for one in tree.xpath("//table"))
    assert [one.text_content() for one in tree.xpath("//tr[@class='ours']/th")] == ["decayed-count (yours)"] * 2
    captions = [one.text_content() for one in tree.xpath("//p[@class='caption']")]
    assert len(set(captions)) == len(captions) == 5
    assert len(tree.xpath("//*[@id='needs-methods']/tbody/tr")) == 3
    assert len(tree.xpath("//*[@id='needs-days']/tbody/tr")) == 2


def test_parts_of_several_days_are_pooled_and_told(compared, page):
    _, comparison = compared
    days = [quality.parts for quality in comparison.own]
    assert {(one.grouping, one.part) for one in comparison.parts} == {
        (one.grouping, one.part) for parts in days for one in parts
    }
    for one in comparison.parts:
        same = [day for parts in days for day in parts if (day.grouping, day.part) == (one.grouping, one.part)]
        assert one.items == sum(day.items for day in same)
        assert round(one.happened * one.items) == sum(round(day.happened * day.items) for day in same)
        assert min(day.said for day in same) <= one.said <= max(day.said for day in same)
    rows = html.fromstring(page).xpath("//*[@id='needs-parts']//tr[th/@scope='row']")
    assert len(rows) == len(comparison.parts) > 4
    told = {tuple(cell.text_content() for cell in row.xpath("*")) for row in rows}
    one = next(one for one in comparison.parts if one.grouping == "department")
    outcomes = part_outcomes(comparison, one.grouping, one.part)
    each = [f"{100 * day.said:.1f} / {100 * day.happened:.1f}" for day in outcomes]
    assert len(each) == 2
    row = one.part, f"{one.items:,}", f"{one.said:.1%}", f"{one.happened:.1%}", *each, held_text(outcomes)
    assert row in told
    assert f"{100 * comparison.repeat_share:.0f}% they had bought" in page


def missing(comparison, *gaps):
    """A comparison of 1,000 households, the first ten of every fortnight off by so much; ideas are as they were."""
    own = [
        dataclasses.replace(
            quality,
            levels=tuple(
                dataclasses.replace(one, households=1_000, first_ten_said=one.first_ten_happened + gap)
                for one in quality.levels
            ),
        )
        for quality, gap in zip(comparison.own, gaps, strict=True)
    ]
    return dataclasses.replace(comparison, qualities=(*own, *comparison.qualities[len(own) :]))


def test_misses_in_opposite_directions_are_not_averaged_away(compared, tmp_path):
    told = missing(compared[1], 0.05, -0.05)
    tree = html.fromstring(evaluation_page(told, "Greengate & Co", tmp_path / "fonts").decode())
    assert tree.xpath("//*[@id='needs-title']")[0].text == "Needs: what we said held in none of 2 fortnights"
    first, second = (f"{day:%b} {day.day}" for day in DAYS)
    lead = tree.xpath("//*[@id='needs']/p[@class='lead']")[0].text
    assert lead.startswith(f"5 points too high as of {first}, 5 too low as of {second}. On average we gave")
    assert "a mean of misses in both directions" in lead
    assert finding_text(level_outcomes(missing(compared[1], 0.05, 0.02), "need")) == (
        "What we said held in 1 of 2 fortnights."
    )
    both = level_outcomes(missing(compared[1], 0.03, -0.02), "need")
    assert (finding_text(both), misses_text(both)) == ("What we said came true in both fortnights.", "")


def test_a_chart_of_several_fortnights_has_a_line_each_and_a_title_that_hides_no_miss(compared, tmp_path):
    first, second = (f"{day:%b} {day.day}" for day in DAYS)
    entries = [ReliabilityBin(500, 0.45, happened, 0.4, 0.5) for happened in (0.40, 0.49)]
    own = [
        dataclasses.replace(
            quality, levels=tuple(dataclasses.replace(one, chances=(entry,)) for one in quality.levels)
        )
        for quality, entry in zip(compared[1].own, entries, strict=True)
    ]
    told = dataclasses.replace(compared[1], qualities=(*own, *compared[1].qualities[2:]))
    chart = level_verdicts(told)[0].charts[1]
    assert chart.title == ("Of all needs, what we called 45% likely happened 40 to 49 times in 100, by fortnight")
    assert [(row["fortnight"], row["happened"]) for row in chart.records] == [(first, 0.40), (second, 0.49)]
    register_chart_fonts(tmp_path / "fonts")
    assert len(re.findall('aria-roledescription="line mark"', chart.svg(520))) == 3


def test_the_page_repeats_what_was_warned_of_when_the_forecast_was_made(compared, page):
    warned = html.fromstring(page).xpath("//main/p[@class='lead']")
    assert [one.text for one in warned] == [f"Beware: {one.warning}." for one in compared[1].own if one.warning]
    assert "rough guess" in warned[0].text


def test_many_misses_are_counted_and_one_that_rounds_to_three_has_a_decimal():
    def outcomes(*points, items=9_999):
        return [Outcome(AS_OF + timedelta(days=14 * n), 0.5 + p / 100, 0.5, items) for n, p in enumerate(points)]

    assert (
        misses_text(outcomes(4, 5, 6, -7, 8, 1))
        == "Too high in 4, by up to 8 points; too low in 1, by up to 7 points."
    )
    assert misses_text(outcomes(3.2, 1)) == f"3.2 points too high as of {AS_OF}."
    assert [held_text(outcomes(*points)) for points in ((5, -5), (4, 1), (1,))] == ["0 of 2", "1 of 2", "yes"]
    few = outcomes(9, 9, items=99)
    assert (held_text(few), misses_text(few), finding_text(few)) == ("too few", "", "There are too few to judge.")
    mixed = [*few[:1], *outcomes(1, 4)]
    assert (held_text(mixed), finding_text(mixed)) == (
        "1 of 2",
        "What we said held in 1 of 2 fortnights, with too few to judge in 1 more.",
    )


def test_ideas_are_told_in_words_on_the_page_and_at_the_terminal(compared, page, capsys):
    _, comparison = compared
    told = ideas_text(comparison, lambda day: f"{day:%b} {day.day}")
    assert told == "Ideas, the first 3 of a household: there are too few to judge."
    assert told in [one.text for one in html.fromstring(page).xpath("//*[@id='parts']/p")]
    say_comparison(missing(comparison, 0.05, -0.05))
    needs, _, ideas, *rest = capsys.readouterr().out.splitlines()
    assert needs == (
        "Needs, the first ten of a household: what we said held in none of 2 fortnights; "
        f"5 points too high as of {DAYS[0]}, 5 too low as of {DAYS[1]}."
    )
    assert ideas == ideas_text(comparison)
    heads = next(row for row in rest if row.startswith("as of"))
    assert heads.index("households") < heads.index("came in")
    assert any(row.split()[:3] == ["weekly", "spend", "less"] and row.split()[-1] != "held" for row in rest)


def test_chances_are_drawn_ten_points_apart_on_whole_axes(compared, page):
    _, comparison = compared
    days = [quality.level("need") for quality in comparison.own]
    own = comparison.levels[0]
    tens = [int(10 * entry.said_low) for entry in own.chances]
    assert tens == sorted(set(tens)) == [int(10 * entry.said_high) for entry in own.chances]
    assert sum(entry.items for entry in own.chances) == sum(day.items for day in days)
    assert sum(round(entry.happened * entry.items) for entry in own.chances) == sum(
        day.items_bought for day in days
    )
    for chart in html.fromstring(page).xpath("//figure[contains(@id, '-chances-')]"):
        for picture in chart.xpath(".//*[local-name() = 'svg']"):
            assert [one.text for one in picture.xpath(".//*[local-name() = 'text']")].count("100%") == 2


@pytest.mark.parametrize(
    ("grouping", "part", "title"),
    [
        ("department", "13", "13"),
        ("days bought", "1", "1 day"),
        ("days bought", "2", "2 days"),
        ("days bought", "6", "6 to 12 days"),
        ("days bought", "13", "13 days and more"),
        ("weekly spend", "0", "less than $50"),
        ("weekly spend", "5000", "$50 to $100"),
        ("weekly spend", "20000", "$200 and more"),
        ("never bought", "1", "the first 3 of a household"),
        ("never bought", "4", "those behind"),
    ],
)
def test_parts_have_titles(grouping, part, title):
    assert part_title(JudgedPart(grouping, part, 1, 0.5, 0.5)) == title


def test_another_method_is_told_ahead_only_beyond_the_spread_of_the_households(compared):
    _, comparison = compared
    row = next(one for one in comparison.levels if not one.own)
    told = []
    for difference in (0.03, -0.03, 0.019):
        one = PairedDifference("ndcg_at_10", 500, difference, 0.01)
        told.append(beside_text(dataclasses.replace(row, differences=(one,))))
    assert told == [
        "Your method put what was bought nearer to the top than personal-frequency did.",
        "Your method put what was bought further down than personal-frequency did.",
        "Between your order and that of personal-frequency no difference can be told.",
    ]


def test_the_page_is_written_whole(compared, page, tmp_path):
    write_evaluation(compared[1], "Greengate & Co", tmp_path / "page.html", tmp_path / "fonts")
    assert (tmp_path / "page.html").read_text() == page
