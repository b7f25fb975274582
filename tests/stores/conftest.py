"""Stores the suites run on: every ledger test runs on SQLite and on a real PostgreSQL."""

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from postgres_server import ServerMissingError, drop_database, make_database, running_server

from regulars.adapters.ledger import SqlLedger, create_ledger, open_ledger

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


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    create_ledger("sqlite:///ledger.db", folder=folder).close()
    return folder / "ledger.db"


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    create_ledger(make_database(postgres_url, "template_ledger"), folder=Path()).close()
    return "template_ledger"


@pytest.fixture
def ledger(request: pytest.FixtureRequest, ledger_url: str, tmp_path: Path) -> Iterator[SqlLedger]:
    """A new ledger at `ledger_url`: a copy of one that the migrations made, which is quicker than running them."""
    if ledger_url.startswith("sqlite"):
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "ledger.db")
    else:
        server, name = request.getfixturevalue("postgres_url"), ledger_url.split("/")[3].split("?")[0]
        template = request.getfixturevalue("postgres_template")
        drop_database(server, name)
        make_database(server, name, template=template)
    made = open_ledger(ledger_url, folder=tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def font_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's fonts, made once for all tests of a run: several workers may make them at the same time."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if base.name.startswith("popen-") else base) / "shared-page-fonts"
