"""The models that are kept: each with its facts, the forecasts made with it, and whether its bytes are whole."""

import json
import re
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from small_shop import AS_OF, SETTINGS, engine, lines, stocked

from regulars.adapters import FolderWarehouse
from regulars.cli._forecasting import _model_row
from regulars.cli._root import commands
from regulars.contracts import Assumptions
from regulars.flows import Publication, explain_forecast, kept_models, learn_coupons, run_forecast
from regulars.predict import _need_timing as need_timing
from regulars.predict import _shopping as shopping

SHOWN = ["new", "before", "count", "used", "KB", "files"]
BEFORE = AS_OF - timedelta(days=14)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the warehouse lies."""
    return tmp_path_factory.mktemp("kept") / "warehouse"


@pytest.fixture(scope="module")
def warehouse(folder):
    """Two cycles' forecasts by count, days and shoppers learnt from few rows, and coupons that were never sent."""
    stopped_on = AS_OF - timedelta(days=50)
    rows = [row for row in lines() if row["household_id"] != "h3" or row["sold_on"] < stopped_on]
    found = stocked(folder, rows, buckets=1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(need_timing, "_PAIRS_MIN", 50)
        patched.setattr(shopping, "_HOUSEHOLDS_MIN", 10)
        for day in (BEFORE, AS_OF):
            run_forecast(found, engine(), as_of_on=day, method_name="decayed-count", **SETTINGS)
    learn_coupons(found, engine(), Assumptions("made up"), as_of_on=AS_OF, progress=SETTINGS["progress"])
    return found


def test_every_model_says_what_it_learnt_from(warehouse):
    models = {(one.model, one.trained_until_on): one for one in kept_models(warehouse)}
    assert {name for name, _ in models} == {"coupons", "decayed-count", "need-days", "shopping"}
    for one in models.values():
        assert (one.good, one.whole, one.instead) == (True, True, "")
        assert one.size_bytes > 0
        assert one.version
        assert one.settings
    count, coupons = models["decayed-count", AS_OF], models["coupons", AS_OF]
    assert (count.trained_from_on, count.used_on) == (BEFORE, [AS_OF])
    assert models["need-days", AS_OF].trained_from_on == AS_OF - timedelta(days=112)
    assert models["shopping", AS_OF].trained_from_on == AS_OF - timedelta(days=84)
    assert all(models[name, AS_OF].rows > 10 for name in ("decayed-count", "need-days", "shopping"))
    assert (coupons.rows, coupons.used_on) == (0, [])


def test_a_count_is_judged_by_what_the_one_before_said_of_the_window_since(warehouse):
    first, second = (one for one in kept_models(warehouse) if one.model == "decayed-count")
    assert first.losses == {}
    assert second.losses.keys() == {"before"}
    assert 0.1 < second.losses["before"] < 1.0


def test_the_command_lists_them(warehouse, folder, tmp_path):
    workspace = tmp_path / "w"
    assert CliRunner().invoke(commands, ["init", str(workspace)]).exit_code == 0
    shown = ["forecast", "models", "--workspace", str(workspace)]
    done = CliRunner().invoke(commands, shown)
    assert (done.exit_code, done.stdout) == (0, "No model is kept yet: `regulars forecast run` learns one.\n")
    shutil.rmtree(workspace / "warehouse")
    shutil.copytree(folder, workspace / "warehouse")
    heads, _, *rows = CliRunner().invoke(commands, shown).stdout.splitlines()
    assert heads.split() == ["model", "learnt", "until", "from", "rows", *SHOWN]
    (count,) = (row.split() for row in rows if row.startswith(f"decayed-count  {AS_OF}"))
    assert count[2] == str(BEFORE)
    assert (count[4], count[6], count[7], count[9]) == ("-", "-", str(AS_OF), "whole")
    assert re.fullmatch(r"0\.\d{4}", count[5])
    assert rows[-2].startswith("new, before, count: log-loss, the lower the better")
    assert rows[-1].startswith("used: days whose forecast was made with it. Only compared: learnt for")
    told = json.loads(CliRunner().invoke(commands, [*shown, "--json"]).stdout)
    assert [one["used_on"] for one in told if one["model"] == "decayed-count"] == [[str(BEFORE)], [str(AS_OF)]]


def test_a_model_that_was_learnt_to_be_set_beside_another_is_only_compared(warehouse, folder, tmp_path):
    copied = FolderWarehouse(shutil.copytree(folder, tmp_path / "w" / "warehouse"))
    run_forecast(copied, engine(), as_of_on=AS_OF, method_name="personal-frequency", apart=True, **SETTINGS)
    (other,) = (one for one in kept_models(copied) if one.model == "personal-frequency")
    assert (other.used_on, other.compared) == ([], True)
    assert _model_row(other)[7] == "only compared"
    assert _model_row(replace(other, compared=False))[7] == f"no: decayed-count of {AS_OF} instead"
    assert not any(one.compared for one in kept_models(warehouse))


def test_a_damaged_model_and_one_put_aside_are_told(warehouse, folder, tmp_path):
    assert warehouse.datasets()
    warehouse = FolderWarehouse(shutil.copytree(folder, tmp_path / "w"))
    dataset = f"models/decayed-count/{AS_OF}"
    warehouse.files(dataset)[0].path.write_bytes(b"")
    forecast = f"snapshots/{AS_OF}/forecast"
    facts = {**warehouse.properties(forecast), "trained_until_on": str(BEFORE)}
    warehouse.publish(Publication({forecast: warehouse.files(forecast)}, {forecast: facts}))
    explained = explain_forecast(warehouse, "h1", most=1)
    assert (explained.method, explained.trained_until_on) == ("decayed-count", BEFORE)
    before, newest = (one for one in kept_models(warehouse) if one.model == "decayed-count")
    assert (newest.whole, newest.size_bytes, newest.used_on) == (False, 0, [])
    assert newest.instead == f"decayed-count of {BEFORE}"
    assert before.used_on == [BEFORE, AS_OF]
