"""Settings: file, environment, errors that name the place; keys are drawn, kept and checked."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import get_args

import pytest

from regulars.bootstrap._keys import draw_keys, load_keys
from regulars.bootstrap._policy_files import load_assumptions
from regulars.bootstrap._settings import ForecastSettings, load_settings
from regulars.kernel import ConfigError
from regulars.predict import AUTOMATIC, METHODS


def write(folder: Path, text: str) -> Path:
    (folder / "regulars.toml").write_text(text)
    return folder


def test_file_overrides_default_and_environment_overrides_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "[eligibility]\nweekly_spend_cents = 3000\n")
    assert load_settings(tmp_path).eligibility.weekly_spend_cents == 3_000
    assert load_settings(tmp_path).eligibility.weeks == 8
    monkeypatch.setenv("REGULARS_ELIGIBILITY__WEEKLY_SPEND_CENTS", "4000")
    assert load_settings(tmp_path).eligibility.weekly_spend_cents == 4_000


def test_the_shipped_settings_are_the_defaults(tmp_path: Path) -> None:
    text = resources.files("regulars.bootstrap").joinpath("templates/regulars.toml").read_text()
    assert load_settings(write(tmp_path, text)) == load_settings(write(tmp_path, ""))
    assert tomllib.loads(text)


def test_no_file_says_that_an_assumption_was_learnt(tmp_path: Path) -> None:
    path = tmp_path / "assumptions.toml"
    path.write_text('label = "assumed"\nlearnt_until_on = 2017-11-27\n')
    with pytest.raises(ConfigError, match=r"unknown learnt_until_on; expected label, .*, vendor_budget_cents$"):
        load_assumptions(path)
    path.write_text('label = "assumed"\n')
    assert load_assumptions(path).learnt_until_on is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[store]\nnam = 'x'\n", "store.nam: there is no such setting"),
        ("[eligibility]\nweeks = 0\n", "eligibility.weeks: .*found 0"),
        ("[forecast]\nmethod = 'trees'\n", "forecast.method: .*'gamma-poisson' or 'boosted-trees' .found 'trees'"),
        ("[list]\nitems_min = 30\nitems_max = 5\n", "list: .*items_min = 30 is more than items_max = 5"),
        ("[list]\nslots_min = 16\nslots_max = 2\n", "list: .*slots_min = 16 is more than slots_max = 2"),
        ("[list]\nbatch_pages = 60\n", "list.batch_pages: .*found 60"),
        ("[store]\ntime_zone = 'Mars/North'\n", "'Mars/North' is no IANA time zone"),
        ("[store]\nwebsite = 'https://greengate.example/'\n", "'https://greengate.example/' is no host"),
        ('[store]\nname = "A\\nBcc: x"\n', "holds a line break"),
        ('[mail]\nfrom_address = "a@x.example\\r\\nBcc: b@x.example"\n', "holds a line break"),
        ('[brand.screen_texts]\nsubject = "Save\\nBcc: x"\n', "holds a line break"),
        ("[store\n", "is not TOML"),
        ("[list]\npaper = 'a5'\n", "list.paper"),
        ("[sensitive]\nclosed = ['never', 'Medicine']\n", "names 'Medicine'; expected never, medicine"),
    ],
)
def test_a_broken_file_is_named_with_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as caught:
        load_settings(write(tmp_path, text))
    assert "regulars.toml" in caught.value.message
    assert caught.value.hint


def test_the_settings_name_every_forecasting_method_there_is() -> None:
    named = get_args(ForecastSettings.model_fields["method"].annotation)
    assert set(named) == {AUTOMATIC, *METHODS}


def test_a_fewest_nobody_asked_for_yields_to_the_most(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, "[list]\nitems_max = 5\n")).list.items_max == 5


def test_a_folder_that_is_no_workspace_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no workspace") as caught:
        load_settings(tmp_path)
    assert "regulars init" in caught.value.hint


def test_keys_are_drawn_once_and_kept_private(tmp_path: Path) -> None:
    draw_keys(tmp_path)
    first = load_keys(tmp_path, demo=False)
    draw_keys(tmp_path)
    assert load_keys(tmp_path, demo=False) == first
    assert (tmp_path / "keys.toml").stat().st_mode & 0o777 == 0o600
    assert first != load_keys(tmp_path, demo=True)
    assert first.code.hex() not in repr(first)


def test_two_workspaces_never_share_keys(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        draw_keys(tmp_path / name)
    assert load_keys(tmp_path / "a", demo=False).code != load_keys(tmp_path / "b", demo=False).code


@pytest.mark.parametrize("text", ["", "code = 'zz'", "code = '00'\nshuffle = '01'\nphone = '02'", "[["])
def test_damaged_or_missing_keys_stop_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="is missing"):
        load_keys(tmp_path, demo=False)
    (tmp_path / "keys.toml").write_text(text)
    with pytest.raises(ConfigError, match="is damaged"):
        load_keys(tmp_path, demo=False)


def test_a_section_that_stands_twice_is_told_where_it_stands_first(tmp_path):
    (tmp_path / "regulars.toml").write_text(
        '[store]\nname = "A"\n\n[forecast] # how\n\n[forecast]\n', encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="twice") as refused:
        load_settings(tmp_path)
    assert refused.value.hint == "[forecast] stands in line 4 already: move the settings there"
