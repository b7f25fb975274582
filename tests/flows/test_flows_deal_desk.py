"""Edits of deals at the desk: what is refused leaves no decision behind."""

from datetime import UTC, date, datetime

import pytest

from regulars.contracts import DealState
from regulars.flows import decide_deal
from regulars.kernel import ConfigError


class Desk:
    """Decisions in memory."""

    def __init__(self):
        self.made = []

    def deal_history(self, deal_id):
        return [one for one in self.made if one.deal_id == deal_id]

    def decide_deal(self, revision):
        self.made.append(revision)
        return True


class Noon:
    """A clock that stands still."""

    def now_at(self):
        return datetime(2017, 11, 27, 12, tzinfo=UTC)


ROW = {
    "deal_id": "d1", "name": "Chips", "rungs": '[{"percent": 15}]', "funding_percent": 100, "budget_cents": None,
    "from_on": date(2017, 11, 1), "until_on": date(2018, 1, 1), "state": "approved",
}  # fmt: skip


def edit(desk, **changes):
    return decide_deal(ROW, desk, "d1", DealState.DRAFT, changes=changes, clock=Noon(), actor="Ann")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"rungs": ""}, "rungs is ''; expected some text"),
        ({"name": ""}, "name is ''; expected some text"),
        ({"funding_percent": "-5"}, "expected a whole number from 0 to 100"),
        ({"funding_percent": "101"}, "expected a whole number from 0 to 100"),
        ({"budget_cents": "-1"}, "expected a whole number from 0 to 1,000,000,000,000"),
        ({"budget_cents": "9000000000000000000"}, "expected a whole number from 0 to 1,000,000,000,000"),
        ({"fee_cents": ""}, "fee_cents is ''"),
        ({"until_on": "soon"}, "expected a date"),
        ({"vendor_id": "v2"}, "vendor_id cannot be edited"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(changes, expected):
    desk = Desk()
    with pytest.raises(ConfigError, match="expected") as refused:
        edit(desk, **changes)
    assert expected in refused.value.message
    assert desk.made == []


def test_an_edit_makes_it_a_draft_again():
    desk = Desk()
    revision = edit(desk, budget_cents="", store_ids="", name="Chips, again")
    assert revision.state is DealState.DRAFT
    assert revision.changes == {"budget_cents": None, "store_ids": None, "name": "Chips, again"}
    assert desk.made == [revision]
