"""Lists proved, approved, lost and issued anew by command, with the till as the judge of which code is good."""

import csv
import re
import shutil
from pathlib import Path

import pytest
from synthetic_chain import DAY, result_here, run_here, set_list

from regulars.adapters import page_texts
from regulars.bootstrap import Workspace, newest_plan
from regulars.kernel import digest_of


def manifest(root: Path) -> dict[str, tuple[str, str]]:
    """List code and phone address of each household on paper."""
    with (root / "out" / DAY.isoformat() / "lists" / "manifest.csv").open(newline="") as stream:
        return {row["household_id"]: (row["list_code"], row["qr_payload"]) for row in csv.DictReader(stream)}


def opened(root: Path, code: str) -> str:
    with Workspace.open(root) as workspace:
        found = workspace.ledger.open_list(digest_of(code))
    return "" if found is None else found.found.household_id


@pytest.mark.slow
def test_lists_are_proved_approved_lost_and_issued_anew(finished: Path, tmp_path: Path) -> None:
    root = Path(shutil.copytree(finished, tmp_path / "w"))
    at = ("--workspace", root)
    before = manifest(root)
    lost, kept, *_ = sorted(before)
    with Workspace.open(root) as workspace:
        plan_id = newest_plan(workspace, DAY)

    set_list(root, f'approval = true\ntest_households = ["{kept}"]')
    with (root / "regulars.toml").open("a") as stream:
        stream.write('\n[brand]\nlogo = "missing.svg"\n')
    (proved,) = result_here("lists", "proof", plan_id, "--household", "nobody", "--most", "3", *at)
    assert proved["without"] == ["nobody"]
    assert proved["findings"][0]["rule"] == "logo-unusable"
    assert len(proved["households"]) == 4
    assert proved["households"][0] == kept
    pages = page_texts(Path(str(proved["file"])))
    assert all("PROOF" in page and "Proof: already valid at the register" in page for page in pages)
    assert proved["live"]
    assert opened(root, before[kept][0]) == kept  # what the page says is true
    set_list(root, 'language = "es"')
    told = run_here("lists", "proof", plan_id, "--most", "1", *at).stdout.splitlines()
    assert re.fullmatch(r"  household \S+, list \d+: \d+ items, \d+ specials, \$[\d.]+", told[1])
    settings = root / "regulars.toml"
    settings.write_text(settings.read_text().replace('language = "es"\n', ""))
    assert result_here("lists", "render", plan_id, *at)[0]["proof"]
    assert "not approved" in run_here("lists", "send", plan_id, *at, code=1).stderr
    run_here("lists", "approve", plan_id, "--by", "manager", *at)
    assert not result_here("lists", "render", plan_id, *at)[0]["proof"]
    assert manifest(root) == before

    run_here("lists", "void", lost, "--reason", "left in a cart", *at)
    assert opened(root, before[lost][0]) == ""
    assert "left in a cart" in run_here("lists", "show", lost, *at, code=1).stderr
    assert result_here("lists", "render", plan_id, *at)[0]["pages"] == len(before) - 1
    (anew,) = result_here("lists", "reissue", lost, "--reason", "lost", *at)
    assert opened(root, str(anew["list_code"])) == lost
    assert str(anew["list_code"])[-7:] in page_texts(Path(str(anew["file"])))[0].replace(" ", "")
    run_here("lists", "render", plan_id, *at)
    assert manifest(root) == {**before, lost: (anew["list_code"], anew["qr_payload"])}
    assert opened(root, before[kept][0]) == kept
    assert result_here("ledger", "verify", *at)[0]["findings"] == []


@pytest.mark.slow
def test_what_no_list_can_be_printed_with_is_told_before_by_the_check_of_the_settings(
    finished: Path, tmp_path: Path
) -> None:
    root = Path(shutil.copytree(finished, tmp_path / "w"))
    at = ("--workspace", root)
    settings = root / "regulars.toml"
    with Workspace.open(root) as workspace:
        plan_id = newest_plan(workspace, DAY)
    (well,) = result_here("config", "validate", *at)
    assert (well["locale"], well["currency"], well["findings"]) == ("en_US", "USD", [])
    before = settings.read_text()
    listed = before.replace("[list]\n", '[list]\nlocale = "english"\n')
    for text, said in (
        (f'{before}\n[brand.colours]\nbrand = "#bbbbbb"\n', "too little contrast"),
        (listed, "locale 'english' is not known, expected one like en_US"),
        (f'{before}\n[brand.texts]\nhello = "Hi"\n', "[brand.texts] has no hello"),
        (f'{before}\n[brand.fonts]\nbody = "a.ttf"\n', "[brand.fonts] has no body"),
    ):
        settings.write_text(text)
        refused = run_here("lists", "proof", plan_id, *at, code=2).stderr
        assert said in refused
        assert run_here("config", "validate", *at, code=2).stderr == refused
        assert said in run_here("doctor", *at, code=1).stdout
    settings.write_text(f'{before}\n[brand]\nlogo = "missing.svg"\n')
    assert "missing.svg is not printed" in run_here("config", "validate", *at).stdout
    assert "name another file as brand.logo" in run_here("doctor", *at, code=1).stdout
