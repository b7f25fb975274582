"""The same calls in the same groups leave the same answers and the same books on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from ledger_samples import AT, WHO, plan_content
from postgres_server import drop_database, make_database
from sqlalchemy import select
from till_samples import PLAN, ask, hold, lane

from regulars.adapters.ledger import SqlLedger, open_ledger
from regulars.adapters.ledger._tables import METADATA
from regulars.kernel import GrantId
from regulars.redeem import (
    ArmAnswer,
    ArmLine,
    ArmRequest,
    DayClosed,
    GrantKey,
    LaneTransaction,
    Logged,
    MadeGood,
    ReleaseRequest,
    Reversal,
    ReversalKind,
    Share,
    TillMessage,
    Told,
)

HOUSEHOLDS, GROUPS = 12, 150
LANES = ("1", "ñandú ✓", 'a "q"', "back\\slash", "{brace},comma", "null")
"""Lanes whose names a store could take for its own signs."""


def _keys(draw: Random) -> list[GrantKey]:
    count = draw.choice((1, 1, 2, 4))
    return [GrantKey(PLAN, GrantId(f"{draw.randint(1, HOUSEHOLDS)}-{draw.randint(1, 2)}")) for _ in range(count)]


def _transaction(draw: Random) -> LaneTransaction:
    place = draw.randrange(len(LANES))
    made = lane(1, draw.randint(1, 8), store=draw.choice(("12", "13")))
    return LaneTransaction(made.store_id, LANES[place], made.business_on, made.sequence)


def _message(draw: Random) -> TillMessage:
    transaction, keys = _transaction(draw), sorted(set(_keys(draw)))
    cents = draw.choice((0, 20, 50, 100))
    shares = tuple(Share(key, cents) for key in keys)
    kind = draw.randrange(20)
    if kind < 7:
        return hold(transaction, *keys, cents=cents, revision=draw.randint(0, 2), take_over=draw.random() < 0.1)
    if kind < 13:
        return ArmRequest(transaction, tuple(ArmLine(key, draw.randint(0, 3), cents) for key in keys))
    if kind < 15:
        return ReleaseRequest(transaction)
    if kind == 15:
        return Told(transaction, shares[0])
    if kind == 16:
        return Logged(transaction, shares)
    if kind == 17:
        return MadeGood(transaction, shares)
    if kind == 18:
        return Reversal(_transaction(draw), transaction, keys[0], cents, draw.choice(list(ReversalKind)))
    return DayClosed(transaction.store_id, transaction.business_on)


def _rows(ledger: SqlLedger) -> dict[str, list[str]]:
    with ledger._engine.connect() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in METADATA.sorted_tables
        }


@pytest.fixture
def both(
    sqlite_template: Path, postgres_template: str, postgres_url: str, tmp_path: Path
) -> Iterator[tuple[SqlLedger, SqlLedger]]:
    """A new ledger on each store."""
    shutil.copyfile(sqlite_template, tmp_path / "ledger.db")
    address = make_database(postgres_url, "ledger_agree", template=postgres_template)
    with (
        closing(open_ledger("sqlite:///ledger.db", folder=tmp_path)) as file,
        closing(open_ledger(address, folder=tmp_path)) as server,
    ):
        yield file, server
    drop_database(postgres_url, "ledger_agree")


@pytest.mark.postgres
def test_random_groups_of_calls_leave_the_same_books_on_both_stores(both: tuple[SqlLedger, SqlLedger]) -> None:
    draw = Random("20171128")
    for ledger in both:
        ledger.apply_plan(plan_content(households=HOUSEHOLDS), at=AT, actor=WHO)
    armed = 0
    for minutes in range(GROUPS):
        group = [_message(draw) for _ in range(draw.choice((1, 2, 5, 16, 40)))]
        ours, theirs = (ask(ledger, *group, minutes=minutes) for ledger in both)
        assert ours == theirs
        armed += sum(isinstance(one, ArmAnswer) for one in ours)
    assert armed > GROUPS
    ours, theirs = map(_rows, both)
    assert {name: rows for name, rows in ours.items() if rows != theirs[name]} == {}
    assert [ledger.verify() for ledger in both] == [[], []]
