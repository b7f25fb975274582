"""Statements made ready find and write what SQLAlchemy's own way does, on both stores, and fail as it fails."""

import pytest
from ledger_samples import AT, WHO, plan_content
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from regulars.adapters.ledger import SqlLedger
from regulars.adapters.ledger._prepared import Prepared
from regulars.adapters.ledger._tables import GRANTS, LOGGED, PLANS
from regulars.kernel import ContractError

NAMED = select(GRANTS).where(
    GRANTS.c.plan_id == bindparam("plan"), GRANTS.c.grant_id.in_(bindparam("names", expanding=True))
)


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_list_of_any_size_finds_what_it_names(ledger: SqlLedger, size: int) -> None:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    names = [grant.grant_id for grant in ledger.grants_of(plan_content().plan.plan_id)][:size]
    named = {"plan": plan_content().plan.plan_id, "names": names}
    with ledger._reading("compare") as connection:
        expected = [tuple(row) for row in connection.execute(NAMED, named)]
        found = [tuple(row) for row in Prepared(NAMED, many="names").rows(connection, named)]
    assert len(found) == size
    assert sorted(found) == sorted(expected)


def test_values_of_the_statement_itself_and_instants_come_through(ledger: SqlLedger) -> None:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    applied = select(PLANS.c.plan_id, PLANS.c.applied_at).where(PLANS.c.state == "applied").limit(1)
    with ledger._reading("compare") as connection:
        assert Prepared(applied).rows(connection, {}) == [[plan_content().plan.plan_id, AT]]


def test_a_row_that_is_refused_is_refused_in_our_words(ledger: SqlLedger) -> None:
    row, logged = {"transaction_id": "t", "digest": "d", "told_at": AT}, Prepared(insert(LOGGED))
    with pytest.raises(ContractError, match="refused to note a log"), ledger._writing("note a log") as connection:
        logged.run(connection, [{**row, "transaction_id": "u"}, row, row])
    with ledger._reading("look again") as connection:
        assert connection.execute(select(LOGGED)).all() == []
    with pytest.raises(IntegrityError), ledger._writer.begin() as connection:
        logged.run(connection, [{**row, "digest": None}])
