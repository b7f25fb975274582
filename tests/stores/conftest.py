"""Stores the suites run on: every ledger test runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from postgres_server import ServerMissingError, drop_database, make_database, running_server

from regulars.adapters.ledger import SqlLedger, create_ledger

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    try:
        with running_server() as url:
            yield url
    except ServerMissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store that holds no ledger yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.db"
        return
    server, name = request.getfixturevalue("postgres_url"), f"ledger_{next(_numbers)}"
    yield make_database(server, name)
    drop_database(server, name)


@pytest.fixture
def ledger(ledger_url: str, tmp_path: Path) -> Iterator[SqlLedger]:
    made = create_ledger(ledger_url, folder=tmp_path)
    yield made
    made.close()
