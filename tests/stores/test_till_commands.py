"""Commands of the tills on a small workspace: which stores are known, a day closed twice, a receipt paid twice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner
from ledger_samples import AT, WHO, plan_content
from till_samples import BREAD, COFFEE, NOON, PLAN, TODAY, lane, take

from regulars.adapters import FileJournal
from regulars.bootstrap import (
    TillTrial,
    Workspace,
    close_store_day,
    create_workspace,
    enrol_lane,
    pay_credits,
    simulate_tills,
    write_controller_folder,
    write_pack,
)
from regulars.bootstrap._till_offline import WrittenPack
from regulars.cli._root import commands
from regulars.cli._settling import anything_in
from regulars.flows import SEVERAL_ACTORS, SettledLogs, TillCaller, simulate_day
from regulars.kernel import ContractError, GrantId, StoreError, StoreId
from regulars.redeem import GrantKey, Logged, MadeGood, ReleaseRequest, Share


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    create_workspace(tmp_path)
    with Workspace.open(tmp_path) as opened:
        yield opened


@pytest.fixture
def used(workspace: Workspace) -> Workspace:
    """A lane of store 12 armed coffee, and another basket of that store is owed bread."""
    workspace.ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    take(workspace.ledger, lane(1), COFFEE)
    missed = MadeGood(lane(2, 7).made_good, (Share(BREAD, 50),), "asked")
    workspace.ledger.handle_till([missed], at=NOON, today=TODAY)
    return workspace


def test_a_day_is_closed_again_for_nothing_but_not_in_a_store_nobody_knows(used: Workspace) -> None:
    assert close_store_day(used, "12", TODAY, actor="Sam") == 1
    assert close_store_day(used, "12", TODAY, actor="Sam") == 0
    with pytest.raises(ContractError, match="nobody knows store 9999"):
        close_store_day(used, "9999", TODAY, actor="Sam")


def test_a_store_nobody_knows_gets_no_lane_no_pack_and_no_baskets(used: Workspace, tmp_path: Path) -> None:
    assert len(enrol_lane(used, "12", "4").secret) == 64
    with pytest.raises(ContractError, match=r"nobody knows store 9999[^$]*--new-store"):
        enrol_lane(used, "9999", "77")
    assert enrol_lane(used, "9999", "77", new_store=True).store_id == "9999"
    with pytest.raises(ContractError, match="nobody knows store 99999"):
        write_pack(used, "99999", tmp_path / "store.pack")
    assert not (tmp_path / "store.pack").exists()
    with pytest.raises(ContractError, match="nobody knows store 99999"):
        simulate_tills(used, TillTrial("http://127.0.0.1:1", store_id="99999"))


def test_a_workspace_that_knows_no_store_yet_enrols_any(workspace: Workspace) -> None:
    assert enrol_lane(workspace, "9999", "77").lane_id == "77"


def test_a_receipt_that_was_paid_says_by_whom(used: Workspace) -> None:
    receipt = lane(2, 7).key
    assert [one.cents for one in pay_credits(used, receipt, actor="Sam")] == [50]
    with pytest.raises(
        ContractError, match=r"was paid before: \$0\.50 to household household-1, noted on .* by Sam"
    ):
        pay_credits(used, receipt, actor="Lee")
    with pytest.raises(ContractError, match="nothing is owed"):
        pay_credits(used, lane(2, 8).key, actor="Lee")


def test_who_paid_one_receipt_is_not_named_for_another_that_was_noted_among_others(used: Workspace) -> None:
    second = GrantKey(PLAN, GrantId("2-2"))
    missed = MadeGood(lane(3, 8).made_good, (Share(second, 50),), "asked")
    used.ledger.handle_till([missed], at=NOON, today=TODAY, actor="12/3")
    among = [Logged(lane(2, 7).made_good, (Share(BREAD, 50),)), ReleaseRequest(lane(5))]
    used.ledger.handle_till(among, at=NOON + timedelta(hours=1), today=TODAY, actor=SEVERAL_ACTORS)
    pay_credits(used, lane(3, 8).key, actor="Lee")
    with pytest.raises(ContractError, match=r"noted on .* by Lee"):
        pay_credits(used, lane(3, 8).key, actor="Sam")
    with pytest.raises(ContractError, match=r"was paid before: \$0\.50 to household household-1\n"):
        pay_credits(used, lane(2, 7).key, actor="Sam")


class Room:
    """A back room that closes days, or does not answer."""

    def __init__(self, silent: str = "") -> None:
        self.silent = silent

    def close_day(self, _day: str) -> dict[str, Any]:
        if self.silent:
            raise StoreError(self.silent, hint="start it")
        return {"grants": ["plan-a/1-1"]}


@pytest.mark.parametrize("silent", ["centre", "controller"])
def test_who_does_not_answer_at_the_end_of_a_day_is_told_after_what_was_rung(silent: str) -> None:
    rooms = [Room(name if name == silent else "") for name in ("centre", "controller")]
    seen = simulate_day(
        [], {StoreId("12"): cast("list[TillCaller]", rooms)}, [], day=TODAY, seed=1, crash_share=0.0
    )
    assert (seen.untold, seen.closed) == (f"{silent}\nhint: start it", silent == "controller")
    assert seen.still_open == (silent == "controller")


def test_that_nothing_was_settled_is_told() -> None:
    assert not anything_in(SettledLogs())
    assert anything_in(SettledLogs(changed=1))


def said(*command: str) -> list[str]:
    """The lines a command prints."""
    done = CliRunner().invoke(commands, command)
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def test_till_settle_says_what_the_logs_show_or_that_there_is_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("till", "settle", "--workspace", str(workspace.root))
    assert said(*asked) == [
        "There is nothing to settle: no lane told of an offer, and no loaded log shows that one was missed."
    ]
    seen = SettledLogs(given=2, given_cents=150, absent=1, credited=2, credited_cents=100, changed=4)
    monkeypatch.setattr("regulars.bootstrap.settle_loaded", lambda *_: seen)
    assert said(*asked) == [
        "The logs show 2 uses of offers, $1.50; 1 armed or told and not shown; 0 undone; $0.00 came back with goods.",
        "2 uses were missed and are owed, $1.00: `regulars till credits` lists them.",
        "4 uses stand otherwise than before.",
    ]


def test_till_pack_and_till_kit_say_what_was_written_and_what_comes_next(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, kit, here = tmp_path / "12.pack", tmp_path / "kit", ("--workspace", str(workspace.root))
    out.touch()
    pack = WrittenPack(out, 2_345, "12", "plan-a", 9, lists=40, capped=120, escrow=8, lent=2, journal=None)
    monkeypatch.setattr("regulars.bootstrap.write_pack", lambda *_, **__: pack)
    written = [
        f"{out}: 2,345 bytes for store 12, plan plan-a.",
        "40 lists; 120 grants lanes may give alone, 8 the store's controller (2 lent now).",
    ]
    assert said("till", "pack", "12", "--out", str(out), *here) == [
        *written,
        f"Try it: `regulars till sim --store 12 --cut 0.5 --pack {out}`, beside `regulars serve`.",
    ]
    assert said("till", "pack", "12", "--out", str(out), "--since", str(out), *here) == [
        *written,
        f"It says what changed since {out}: lay it there as store.change, and start the controller anew.",
    ]
    kept = replace(pack, journal=kit / "controller.journal")
    monkeypatch.setattr("regulars.bootstrap.write_controller_folder", lambda *_, **__: kept)
    assert said("till", "kit", "12", str(kit), *here) == [
        *written,
        f"{kit}/controller.journal stays: what it says was given counts on. A controller that runs must be started "
        "anew.",
        f"Start it in the store: `regulars till controller {kit}`.",
    ]


def test_a_journal_in_use_says_what_to_stop(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "controller.journal")
    with pytest.raises(StoreError, match=r"is in use[^$]*hint: stop the lane or the controller"):
        FileJournal(tmp_path / "controller.journal")
    journal.close()


def test_a_kit_is_not_made_over_another_stores_journal(used: Workspace, tmp_path: Path) -> None:
    kit = tmp_path / "kit"
    kit.mkdir()
    (kit / "controller.toml").write_text('# A controller.\nstore = "13"\n')
    (kit / "controller.journal").touch()
    with pytest.raises(ContractError, match="is another store's"):
        write_controller_folder(used, "12", kit, lanes=2)
