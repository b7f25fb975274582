"""Staff in the ledger: logins are single, the second of two editors is told, links and codes are used once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from regulars.adapters.ledger import SqlLedger
from regulars.flows import Role, StaffMember, StaffSession, StaffState

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARTA = StaffMember(
    "m1", "marta", "Marta", "en", StaffState.INVITED, frozenset({Role.MARKETING}), frozenset({"4"}), False, 1, AT
)


def test_a_login_is_taken_once(ledger: SqlLedger) -> None:
    assert ledger.add_member(MARTA, at=AT, actor="test")
    assert not ledger.add_member(replace(MARTA, staff_id="m2"), at=AT, actor="test")
    assert ledger.staff() == [MARTA]


def test_the_second_of_two_editors_is_told(ledger: SqlLedger) -> None:
    ledger.add_member(MARTA, at=AT, actor="test")
    both = frozenset({Role.ANALYST, Role.STORE_MANAGER})
    assert ledger.change_member(replace(MARTA, roles=both), at=AT, actor="one")
    assert not ledger.change_member(replace(MARTA, name="Other"), at=AT, actor="two")
    assert ledger.find_member("m1") == replace(MARTA, roles=both, version=2)
    assert ledger.verify() == []


def test_a_link_holds_once_and_until_its_end(ledger: SqlLedger) -> None:
    ledger.add_member(MARTA, at=AT, actor="test")
    until = AT + timedelta(hours=1)
    ledger.add_link("first", "m1", at=AT, ends_at=until, actor="test")
    ledger.add_link("second", "m1", at=AT, ends_at=until, actor="test")
    assert ledger.use_link("first", "hash", at=AT) is None
    assert ledger.link_holder("second", at=until) is None
    ledger.begin_session(StaffSession("s", "m1", AT, AT, until))
    used = ledger.use_link("second", "hash", at=AT)
    assert used is not None
    assert used.state is StaffState.ACTIVE
    assert ledger.find_session("s") is None
    assert ledger.use_link("second", "hash", at=AT) is None
    found = ledger.find_login("marta")
    assert found is not None
    assert found[1].password == "hash"


def test_codes_are_used_up(ledger: SqlLedger) -> None:
    ledger.add_member(MARTA, at=AT, actor="test")
    ledger.set_second_factor("m1", "sealed", ["a", "b"], at=AT, actor="test")
    assert ledger.take_step("m1", 100)
    assert [ledger.take_step("m1", step) for step in (100, 99, 101)] == [False, False, True]
    assert [ledger.take_code("m1", code, at=AT) for code in ("a", "a", "c", "b")] == [True, False, False, True]


def test_blocking_ends_every_session(ledger: SqlLedger) -> None:
    ledger.add_member(replace(MARTA, state=StaffState.ACTIVE), at=AT, actor="test")
    for name in ("s", "t"):
        ledger.begin_session(StaffSession(name, "m1", AT, AT, AT + timedelta(hours=1)))
    assert ledger.change_member(replace(MARTA, state=StaffState.BLOCKED), at=AT, actor="test")
    assert (ledger.find_session("s"), ledger.find_session("t")) == (None, None)
