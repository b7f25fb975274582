"""A lane with and without its network: who gives what, what is told, and what is made good."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lane_shop import LINES, STORE, centre_app, code_of, controller_app, fetch_pack, logged, open_shop, secret_of
from till_samples import NOON, PLAN, TODAY, accounts, state_of
from till_service import serving

from regulars.adapters import FileJournal, StoreLedger, TillClient
from regulars.adapters.ledger import SqlLedger
from regulars.flows import PlanRecord, ReferenceLane
from regulars.kernel import ContractError, GrantId, StoreError
from regulars.redeem import GrantKey, LaneTransaction, TillPack

HOUSEHOLDS = 4


OPENED: list[TillClient] = []


class Line(TillClient):
    """A connection that can be cut."""

    def __init__(self, url: str, lane_id: str) -> None:
        super().__init__(url, STORE, lane_id, secret_of(lane_id), timeout_seconds=20, now=lambda: NOON)
        self.cut = False
        OPENED.append(self)

    def call(self, path, body, *, key=""):  # type: ignore[no-untyped-def]
        if self.cut:
            raise StoreError("the line is cut", retryable=True)
        return super().call(path, body, key=key)


class Shop:
    """A centre, a controller and two lanes of store 12."""

    def __init__(self, ledger: SqlLedger, plan: PlanRecord, folder: Path, centre: str) -> None:
        self.ledger, self.plan, self.folder = ledger, plan, folder
        self.centre = centre
        self.pack = fetch_pack(ledger, plan, 2)
        self.lines: dict[str, Line] = {}
        self.controller: str | None = None

    def lane(self, lane_id: str, *, pack: TillPack | None = None, controller: bool = False) -> ReferenceLane:
        self.lines[lane_id] = Line(self.centre, lane_id)
        near = Line(self.controller, lane_id) if controller and self.controller else None
        journal = FileJournal(self.folder / f"{lane_id}.journal")
        return ReferenceLane(STORE, lane_id, journal, self.lines[lane_id], controller=near, pack=pack)

    def state(self, name: str) -> str:
        return state_of(self.ledger, GrantKey(PLAN, GrantId(name)))


@pytest.fixture
def shop(ledger: SqlLedger, tmp_path: Path) -> Iterator[Shop]:
    plan = open_shop(ledger, HOUSEHOLDS)
    with serving(centre_app(ledger)) as centre:
        yield Shop(ledger, plan, tmp_path, centre)
    assert ledger.verify() == []
    while OPENED:
        OPENED.pop().close()


def sale(number: int, lane_id: str = "1") -> LaneTransaction:
    return LaneTransaction(STORE, lane_id, TODAY, number)


def given(found: list[dict]) -> dict[str, str]:  # type: ignore[type-arg]
    return {one["grant"].partition("/")[2]: one["by"] for one in found}


def test_online_the_centre_gives_all_it_may(shop: Shop) -> None:
    lane = shop.lane("1", pack=shop.pack)
    assert given(lane.ring(sale(1), LINES, list_code=code_of(3))) == {
        "3-1": "centre",
        "3-2": "centre",
        "3-3": "centre",
    }
    lent = given(lane.ring(sale(2), LINES, list_code=code_of(1)))
    assert lent == {"1-1": "centre", "1-2": "centre"}, "tea was lent to the store's controller"


def test_cut_off_a_lane_gives_capped_offers_alone_and_the_rest_is_made_good(shop: Shop) -> None:
    lane = shop.lane("1", pack=shop.pack)
    shop.lines["1"].cut = True
    typed = f"{code_of(3)[:5]} {code_of(3)[5:]}"
    found = lane.ring(sale(1), LINES, list_code=typed)
    assert given(found) == {"3-1": "alone"}
    lane.pay(sale(1), paid=True)
    assert lane.reconcile() is None, "nobody answers"
    assert lane.untold_cents == 100
    shop.lines["1"].cut = False
    first = lane.reconcile()
    assert first is not None
    assert (first.outcomes, first.credited_cents, lane.untold_cents) == ({"spent": 1}, 130, 0)
    again = lane.reconcile()
    assert again is not None
    assert (again.outcomes, again.credited_cents) == ({}, 0)
    assert [shop.state(f"3-{slot}") for slot in (1, 2, 3)] == ["armed"] * 3
    assert -accounts(shop.ledger)["discount store"] == 230


def test_without_a_pack_nothing_is_given_and_all_is_made_good(shop: Shop) -> None:
    lane = shop.lane("1")
    shop.lines["1"].cut = True
    assert lane.ring(sale(1), LINES, list_code=code_of(3)) == []
    lane.pay(sale(1), paid=True)
    shop.lines["1"].cut = False
    done = lane.reconcile()
    assert done is not None
    assert done.credited_cents == 230


def test_a_credit_that_comes_again_is_the_same_credit(shop: Shop) -> None:
    line = Line(shop.centre, "1")
    first = line.make_good(sale(5), LINES, list_code=code_of(3))
    assert sum(one["discount_cents"] for one in first["lines"]) == 230
    assert line.make_good(sale(5), LINES, list_code=code_of(3)) == first
    with pytest.raises(ContractError, match="a higher revision"):
        line.make_good(sale(5), LINES[:1], list_code=code_of(3))
    assert line.make_good(sale(6), LINES, list_code=code_of(3))["lines"] == []
    assert line.make_good(sale(7), LINES, list_code="0" * 20)["lines"] == []
    assert -accounts(shop.ledger)["discount store"] == 230


def test_a_lane_gives_each_capped_grant_once_and_no_more_than_its_cap(shop: Shop) -> None:
    small = fetch_pack(shop.ledger, shop.plan, 2, cap_cents=250)
    lane = shop.lane("1", pack=small)
    shop.lines["1"].cut = True
    for number, household, expected in (
        (1, 1, {"1-1": "alone"}),
        (2, 1, {}),
        (3, 2, {"2-1": "alone"}),
        (4, 3, {}),
    ):
        assert given(lane.ring(sale(number), LINES, list_code=code_of(household))) == expected, number
        lane.pay(sale(number), paid=True)
    assert lane.untold_cents == 200
    lane.ring(sale(5), LINES, list_code=code_of(3))
    shop.lines["1"].cut = False
    lane.pay(sale(5), paid=False)
    assert lane.reconcile() is not None
    assert lane.untold_cents == 0
    assert shop.state("3-1") == "armed", "basket 4 was credited"


def test_two_lanes_cut_off_give_one_grant_twice_and_the_store_pays_the_second(shop: Shop) -> None:
    lanes = [shop.lane(lane_id, pack=shop.pack) for lane_id in ("1", "2")]
    for lane_id, lane in zip(("1", "2"), lanes, strict=True):
        shop.lines[lane_id].cut = True
        assert given(lane.ring(sale(1, lane_id), LINES[:1], list_code=code_of(4))) == {"4-1": "alone"}
        lane.pay(sale(1, lane_id), paid=True)
        shop.lines[lane_id].cut = False
    outcomes = [lane.reconcile() for lane in lanes]
    assert [one.outcomes for one in outcomes if one] == [{"spent": 1}, {"duplicate": 1}]
    books = accounts(shop.ledger)
    assert (books["vendor_open roaster"], books["retailer_loss store"]) == (60, 100)


def test_escrow_is_the_controllers_alone(shop: Shop, tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "controller")
    store, app = controller_app(shop.pack, journal)
    with serving(app) as shop.controller:
        lane, other = (
            shop.lane("1", pack=shop.pack, controller=True),
            shop.lane("2", pack=shop.pack, controller=True),
        )
        shop.lines["1"].cut = shop.lines["2"].cut = True
        assert given(lane.ring(sale(1), LINES, list_code=code_of(1))) == {"1-1": "alone", "1-3": "controller"}
        assert given(other.ring(sale(1, "2"), LINES[2:], list_code=code_of(1))) == {}, "the controller knows"
        assert given(other.ring(sale(2, "2"), LINES[2:], list_code=code_of(3))) == {}, "that tea was not lent"
        for one, number in ((lane, 1), (other, 1), (other, 2)):
            one.pay(sale(number, "1" if one is lane else "2"), paid=True)
        shop.lines["1"].cut = shop.lines["2"].cut = False
        early = hand_back(shop, store)
        assert early == ["2-3"], "the centre takes a right once it was told of all its uses"
        for one in (lane, other):
            assert one.reconcile() is not None
        assert hand_back(shop, store) == ["1-3"]
        assert hand_back(shop, store) == []
    assert shop.state("1-3") == "armed"
    assert shop.state("3-3") == "armed", "tea that was not lent is made good"
    journal.close()


def hand_back(shop: Shop, store: StoreLedger) -> list[str]:
    moved = store.give_up(at=NOON, today=TODAY)
    rights = [
        {"grant": f"{one.grant.plan_id}/{one.grant.grant_id}", "term": one.term, "told": one.told} for one in moved
    ]
    answer = Line(shop.centre, "*").hand_back(rights)
    return [grant.partition("/")[2] for grant in answer["grants"]]


def test_a_controller_that_comes_back_knows_what_it_gave(shop: Shop, tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "controller")
    store, app = controller_app(shop.pack, journal)
    with serving(app) as url:
        line = Line(url, "1")
        quote = line.hold(sale(1), LINES, list_code=code_of(1))
        held = [one for one in quote["offers"] if not one["reason"]]
        asked = [{"grant": one["grant"], "epoch": one["epoch"], "discount_cents": 80} for one in held]
        armed = line.arm(sale(1), asked)
    before = store.till_grants(PLAN, None)  # type: ignore[arg-type]
    journal.close()
    again, app = controller_app(shop.pack, FileJournal(tmp_path / "controller"))
    assert again.till_grants(PLAN, None) == before  # type: ignore[arg-type]
    with serving(app) as url:
        assert Line(url, "1").arm(sale(1), asked) == armed
        late = Line(url, "2").hold(sale(2, "2"), LINES, list_code=code_of(1))
    assert [one["reason"] for one in late["offers"]] == ["already_spent"]


def test_a_recall_waits_for_what_was_lent(shop: Shop) -> None:
    refused = shop.ledger.recall_plan(PLAN, at=NOON, actor="test")
    assert "lie with stores' controllers" in refused.message  # type: ignore[union-attr]


def test_rights_are_given_back_by_the_back_room_of_their_store(shop: Shop) -> None:
    right = {"grant": f"{PLAN}/1-3", "term": 1, "told": 0}
    with pytest.raises(ContractError, match="403"):
        Line(shop.centre, "1").hand_back([right])
    assert Line(shop.centre, "*").hand_back([{**right, "term": 0}])["grants"] == [], "an older term"
    assert Line(shop.centre, "*").hand_back([right])["grants"] == [f"{PLAN}/1-3"]


def test_a_lost_arm_is_taken_back_and_made_good(shop: Shop) -> None:
    lane = shop.lane("1", pack=shop.pack)
    line = shop.lines["1"]
    arm = line.arm

    def answer_lost(transaction, offers):  # type: ignore[no-untyped-def]
        arm(transaction, offers)
        line.cut = True
        raise StoreError("no answer", retryable=True)

    line.arm = answer_lost  # type: ignore[method-assign]
    assert lane.ring(sale(1), LINES, list_code=code_of(3)) == [], "coffee is in doubt, so the lane gives it not"
    lane.pay(sale(1), paid=True)
    line.cut = False
    done = lane.reconcile()
    assert done is not None
    assert (done.outcomes, done.credited_cents) == ({"reopened": 3}, 230)
    Line(shop.centre, "*").facts([logged(sale(1).key, [])])
    assert Line(shop.centre, "*").close_day(TODAY.isoformat())["grants"] == []
    assert -accounts(shop.ledger)["discount store"] == 230
