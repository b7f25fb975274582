"""Coupons through the whole flow: learnt from closed campaigns, asked for offers; and needs never bought."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from small_shop import AS_OF, SETTINGS, digests, engine, lines, rows_of, stocked

from regulars.bootstrap import _bound as bound
from regulars.cli._forecast_explain import told_campaigns
from regulars.cli._root import commands
from regulars.contracts import Assumptions
from regulars.flows import (
    CouponReport,
    NewFile,
    Publication,
    coupon_answers,
    coupon_model_dataset,
    forecast_dataset,
    learn_coupons,
    new_needs_dataset,
    run_forecast,
    with_learnt_response,
    with_newest_response,
)
from regulars.kernel import ModelError
from regulars.predict import CouponRate

ASSUMED = Assumptions("made up")
EARLY, LATE = AS_OF - timedelta(days=40), AS_OF - timedelta(days=5)


def with_campaigns(warehouse, *, later=False, early=False):
    """One campaign that closed and one that runs, sent to every household; `later` uses are known too late.

    An `early` one began on the day of the first line.
    """
    households = sorted({row["household_id"] for row in lines() if row["household_id"]})
    known = {"known_from_on": EARLY}
    campaigns = [
        {"campaign_id": "closed", "kind": "x", "from_on": EARLY, "until_on": EARLY + timedelta(days=20), **known},
        {"campaign_id": "open", "kind": "x", "from_on": LATE, "until_on": AS_OF, **known},
    ]
    coupons = [
        {"campaign_id": name, "coupon_id": f"k{place}", "product_id": f"p{place:02}", **known}
        for name in ("closed", "open")
        for place in range(6)
    ]
    targets = [
        {"campaign_id": name, "household_id": h, **known} for name in ("closed", "open") for h in households[:-1]
    ]
    days = [EARLY + timedelta(days=3)] + ([AS_OF] if later else [])
    redemptions = [
        {"household_id": h, "campaign_id": "closed", "coupon_id": "k0", "redeemed_on": day, "known_from_on": day}
        for h in households[:5]
        for day in days
    ]
    if later:
        late = {"known_from_on": AS_OF}
        redemptions += [{**row, "household_id": h, **late} for row in redemptions[:1] for h in households[5:8]]
        redemptions.append({**redemptions[0], "household_id": households[8], "redeemed_on": AS_OF})
        targets += [{**row, "campaign_id": "told late"} for row in targets if row["campaign_id"] == "closed"]
        targets.append({"campaign_id": "closed", "household_id": households[-1], **late})
        campaigns.append({**campaigns[0], "campaign_id": "told late", **late})
        coupons += [{**coupons[0], "campaign_id": "told late"}, {**coupons[0], "coupon_id": "told late", **late}]
    if early:
        first = {"campaign_id": "early", "from_on": min(row["sold_on"] for row in lines())}
        campaigns.append({**campaigns[0], **first})
        coupons.append({**coupons[0], "campaign_id": "early"})
        targets += [{**row, "campaign_id": "early"} for row in targets if row["campaign_id"] == "closed"]
    with warehouse.scratch() as folder:
        files = {}
        for name, rows in (
            ("campaigns", campaigns), ("targets", targets), ("coupons", coupons), ("redemptions", redemptions)
        ):  # fmt: skip
            pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
            files[name] = [NewFile(folder / f"{name}.parquet")]
        warehouse.publish(Publication(files))
    return households


def learnt(warehouse):
    run_forecast(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)
    return learn_coupons(warehouse, engine(), ASSUMED, as_of_on=AS_OF, progress=SETTINGS["progress"])


def test_closed_campaigns_are_counted_and_offers_asked(tmp_path):
    warehouse = stocked(tmp_path, lines())
    with_campaigns(warehouse)
    report = learnt(warehouse)
    assert (report.campaigns, report.by_trees, report.built) == (1, False, True)
    assert sum(rate.used for rate in report.rates.values()) == 5
    assert (report.method, report.prior_pairs, report.assumed["need"]) == ("rates", 2_000, ASSUMED.redemption_need)
    for name, rate in report.rates.items():
        assert report.raw[name] == (rate.used / rate.sent if rate.sent else None)
        assert rate.rate == (rate.used + 2_000 * report.assumed[name]) / (rate.sent + 2_000)
    assert not learn_coupons(warehouse, engine(), ASSUMED, as_of_on=AS_OF, progress=SETTINGS["progress"]).built

    offers = pa.table({"offer_id": ["a", "a", "b"], "product_id": ["p00", "p01", "p17"]})
    answers = pa.concat_tables(rows for _, rows in coupon_answers(warehouse, engine(), offers, as_of_on=AS_OF))
    bought = {(row["household_id"], row["product_id"]) for row in lines() if row["sold_on"] < AS_OF}
    rows = answers.to_pylist()
    assert {row["offer_id"] for row in rows} == {"a", "b"}
    assert len(rows) == 2 * len({row["household_id"] for row in rows})
    for row in rows:
        covered = ("p00", "p01") if row["offer_id"] == "a" else ("p17",)
        knows = any((row["household_id"], product) in bought for product in covered)
        assert (row["standing"] == "known") == knows
        assert row["probability"] == report.rates[row["standing"]].rate


def test_offers_may_be_presumed_to_be_used_as_coupons_were(tmp_path):
    warehouse = stocked(tmp_path, lines())
    with_campaigns(warehouse)
    with pytest.raises(ModelError, match="nothing was learnt from coupons"):
        with_learnt_response(warehouse, ASSUMED, AS_OF)
    rates = learnt(warehouse).rates
    found = with_learnt_response(warehouse, ASSUMED, AS_OF)
    chances = (found.redemption_known, found.redemption_need, found.redemption_new)
    assert chances == (rates["known"].rate, rates["need"].rate, rates["new"].rate)
    assert chances != (ASSUMED.redemption_known, ASSUMED.redemption_need, ASSUMED.redemption_new)
    assert str(AS_OF) in found.label
    assert (ASSUMED.learnt_until_on, found.learnt_until_on) == (None, AS_OF)
    assert (found.fee_cents, found.margin_percent) == (ASSUMED.fee_cents, ASSUMED.margin_percent)
    for days, expected in ((-1, ASSUMED), (0, found), (5, found)):
        assert with_newest_response(warehouse, ASSUMED, AS_OF + timedelta(days=days)) == expected


def test_where_no_campaign_has_closed_what_is_assumed_stays_and_is_called_so(tmp_path):
    warehouse = stocked(tmp_path, lines())
    report = learnt(warehouse)
    assert (report.campaigns, set(report.raw.values())) == (0, {None})
    assert with_learnt_response(warehouse, ASSUMED, AS_OF) == ASSUMED
    assert with_newest_response(warehouse, ASSUMED, AS_OF) == ASSUMED


def test_uses_on_or_after_the_day_teach_nothing(tmp_path):
    found = []
    for later in (False, True):
        warehouse = stocked(tmp_path / str(later), lines())
        with_campaigns(warehouse, later=later)
        learnt(warehouse)
        found.append(digests(warehouse, coupon_model_dataset(AS_OF)))
    assert found[0] == found[1]


def test_without_campaigns_the_cautious_prior_stands(tmp_path):
    report = learnt(stocked(tmp_path, lines()))
    assert (report.campaigns, report.by_trees) == (0, False)
    assert report.rates["known"].rate == ASSUMED.redemption_known


def test_a_campaign_that_began_before_the_first_line_teaches_nothing_and_is_named(tmp_path):
    warehouse = stocked(tmp_path, lines())
    with_campaigns(warehouse, early=True)
    report = learnt(warehouse)
    first_on = min(row["sold_on"] for row in lines())
    assert (report.campaigns, report.closed, report.too_early, report.lines_from_on) == (
        1,
        2,
        ("early",),
        first_on,
    )
    assert warehouse.properties(coupon_model_dataset(AS_OF))["trained_from_on"] == str(EARLY)
    why = f"early began before anything was sold by the till lines (from {first_on} on)"
    known = "what households bought before is not known."
    assert told_campaigns(report) == [
        f"Left out: {why}: {known}",
        f"Coupons of 1 of 2 campaigns that closed before {AS_OF}:",
    ]
    assert told_campaigns(replace(report, campaigns=0))[0] == (
        f"Nothing could be counted of 2 campaigns that closed before {AS_OF}: {why}; of 1 no household that got "
        f"coupons had bought anything in the 182 days before: {known}"
    )
    assert told_campaigns(replace(report, closed=1, too_early=())) == [
        f"Coupons of 1 campaign that closed before {AS_OF}:"
    ]


def test_the_command_shows_what_was_seen_what_is_assumed_and_what_comes_of_both(tmp_path, monkeypatch):
    workspace = str(tmp_path / "w")
    assert CliRunner().invoke(commands, ["init", workspace]).exit_code == 0
    seen = CouponReport(
        AS_OF,
        3,
        False,
        {"known": CouponRate(1_000, 40, 0.18)},
        True,
        {"known": 0.04},
        {"known": 0.25},
        2_000,
        "rates",
        3,
    )
    monkeypatch.setattr("regulars.bootstrap.learn_coupons", lambda *_: seen)
    shown = ["forecast", "coupons", "--as-of", str(AS_OF), "--workspace", workspace]
    told = CliRunner().invoke(commands, shown).stdout.splitlines()
    assert told[1].split("  ")[-3:] == ["raw rate", "assumed", "blended"]
    assert told[3].split()[-5:] == ["1,000", "40", "4.00%", "25.00%", "18.00%"]
    assert "counts like 2,000 coupons sent" in told[4]
    assert told[5].startswith("Method: rates.")
    assert told[6].startswith("Plans go on with the assumed rates; with `[offers] response")
    assert told[6].endswith("The chance of one household stands in no file.")
    monkeypatch.setattr("regulars.bootstrap.learn_coupons", lambda *_: replace(seen, campaigns=0, closed=0))
    told = CliRunner().invoke(commands, shown).stdout.splitlines()
    assert told[0] == f"No campaign that closed before {AS_OF} is loaded, so nothing was counted."
    assert told[1].startswith("hint: load campaigns, ")
    assert len(told) == 2


def test_coupons_are_learnt_as_of_the_newest_forecast_unless_a_day_is_named(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(bound, "build_profiles", lambda _, day, __: asked.append(day))
    monkeypatch.setattr(bound.flows, "learn_coupons", lambda *_, as_of_on, progress: asked.append(as_of_on))
    made = SimpleNamespace(datasets=lambda: [forecast_dataset(AS_OF), forecast_dataset(EARLY)])
    ports = {"engine": None, "assumptions": None, "default_day": lambda: LATE}
    for workspace in (
        SimpleNamespace(warehouse=made, **ports),
        SimpleNamespace(warehouse=SimpleNamespace(datasets=list), **ports),
    ):
        bound.learn_coupons(workspace, None, None)
    bound.learn_coupons(workspace, EARLY, None)
    assert asked == [AS_OF, AS_OF, LATE, LATE, EARLY, EARLY]


def test_new_needs_were_never_bought_and_see_nothing_of_the_day_or_later(tmp_path):
    past = [row for row in lines() if row["sold_on"] < AS_OF]
    later = [{**row, "transaction_id": f"{row['transaction_id']}+", "sold_on": AS_OF} for row in past[::5]]
    found = []
    for name, rows, buckets in (("a", past, 3), ("b", [*past, *later], 5)):
        warehouse = stocked(tmp_path / name, rows, buckets=buckets)
        run_forecast(warehouse, engine(), as_of_on=AS_OF, **SETTINGS)
        found.append(rows_of(warehouse, new_needs_dataset(AS_OF)))
    assert found[0] == found[1]
    needs = {f"p{place:02}": f"N{place % 6}" for place in range(18)}
    bought = {(row["household_id"], needs.get(row["product_id"])) for row in past}
    assert found[0]
    assert not {(row["household_id"], row["need_id"]) for row in found[0]} & bought
    assert all(0 < row["probability"] < 1 for row in found[0])
