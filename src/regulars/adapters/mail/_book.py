"""The mail book: who may be written to, who not, and what became of every message. SQLite, durable on every commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pysqlite3.dbapi2 as sqlite

from regulars.flows import Contact, MailState, SentMessage, Suppression, SuppressionReason
from regulars.kernel import StoreError, digest_of

_SCHEMA = """
CREATE TABLE IF NOT EXISTS contacts (
    household_id TEXT PRIMARY KEY, address TEXT NOT NULL, token TEXT NOT NULL UNIQUE, agreed_on TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS suppressions (
    address TEXT PRIMARY KEY, reason TEXT NOT NULL, at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS declined (household_id TEXT PRIMARY KEY, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    cycle_number INTEGER NOT NULL, household_id TEXT NOT NULL, plan_id TEXT NOT NULL, identifier TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'accepted', 'refused', 'deferred')), detail TEXT NOT NULL,
    tries INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (cycle_number, household_id)
);
CREATE INDEX IF NOT EXISTS messages_identifier ON messages (identifier);
"""


class SqliteMailBook:
    """See `flows.MailBook`.

    Args:
        path: The file; made if it is not there, readable by its owner alone.

    Raises:
        StoreError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            if not path.exists():
                path.touch(mode=0o600)
            self._connection = sqlite.connect(str(path), timeout=10, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA secure_delete = ON")  # what is erased is gone from the file
            self._connection.executescript(_SCHEMA)
        except (OSError, sqlite.Error) as error:
            raise StoreError(f"the mail book {path} cannot be opened: {error}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite.Connection]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite.Error as error:
            raise StoreError(f"the mail book {self._path} cannot be written: {error}") from error

    def add_contacts(self, contacts: Iterable[Contact]) -> int:
        """See the port."""
        with self._writing() as connection:
            before = connection.total_changes
            connection.executemany(
                "INSERT INTO contacts VALUES (?, ?, ?, ?) ON CONFLICT (household_id) DO UPDATE SET "
                "address = excluded.address, agreed_on = excluded.agreed_on "
                "WHERE (address, agreed_on) IS NOT (excluded.address, excluded.agreed_on)",
                [(one.household_id, one.address, one.token, one.agreed_on) for one in contacts],
            )
            return int(connection.total_changes - before)

    def contact(self, household_id: str) -> Contact | None:
        """See the port."""
        return self._one_contact("household_id", household_id)

    def contact_of_token(self, token: str) -> Contact | None:
        """See the port."""
        return self._one_contact("token", token)

    def contact_of_message(self, identifier: str) -> Contact | None:
        """See the port."""
        row = self._connection.execute(
            "SELECT household_id FROM messages WHERE identifier = ?", (identifier,)
        ).fetchone()
        return self.contact(row[0]) if row else None

    def _one_contact(self, column: str, value: str) -> Contact | None:
        assert column in {"household_id", "token"}
        query = f"SELECT household_id, address, token, agreed_on FROM contacts WHERE {column} = ?"  # noqa: S608
        row = self._connection.execute(query, (value,)).fetchone()
        return Contact(*row) if row else None

    def forget(self, household_id: str) -> bool:
        """See the port."""
        with self._writing() as connection:
            gone = connection.execute(
                "DELETE FROM contacts WHERE household_id = ? RETURNING address", (household_id,)
            ).fetchone()
            if gone:
                connection.execute(
                    "UPDATE OR REPLACE suppressions SET address = ? WHERE address = ?",
                    (_forgotten(gone[0]), gone[0].lower()),
                )
        return gone is not None

    def decline(self, household_id: str, at: datetime) -> bool:
        """See the port."""
        with self._writing() as connection:
            added = connection.execute(
                "INSERT INTO declined VALUES (?, ?) ON CONFLICT (household_id) DO UPDATE SET at = excluded.at "
                "WHERE at < excluded.at",
                (household_id, at.isoformat()),
            ).rowcount
        return bool(added)

    def has_declined(self, contact: Contact) -> bool:
        """See the port."""
        query = "SELECT at FROM declined WHERE household_id = ?"
        row = self._connection.execute(query, (contact.household_id,)).fetchone()
        return row is not None and contact.agreed_on <= row[0][:10]

    def suppress(self, address: str, reason: SuppressionReason, at: datetime) -> bool:
        """See the port."""
        with self._writing() as connection:
            added = connection.execute(
                "INSERT INTO suppressions VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (address.lower(), reason.value, at.isoformat()),
            ).rowcount
        return bool(added)

    def is_suppressed(self, address: str) -> bool:
        """See the port."""
        query = "SELECT 1 FROM suppressions WHERE address IN (?, ?)"
        return self._connection.execute(query, (address.lower(), _forgotten(address))).fetchone() is not None

    def suppressions(self) -> list[Suppression]:
        """See the port."""
        rows = self._connection.execute("SELECT address, reason, at FROM suppressions ORDER BY address")
        return [Suppression(row[0], SuppressionReason(row[1]), datetime.fromisoformat(row[2])) for row in rows]

    def message(self, cycle_number: int, household_id: str) -> SentMessage | None:
        """See the port."""
        query = "SELECT * FROM messages WHERE cycle_number = ? AND household_id = ?"
        row = self._connection.execute(query, (cycle_number, household_id)).fetchone()
        return _message(row) if row else None

    def messages(self, cycle_number: int) -> list[SentMessage]:
        """See the port."""
        query = "SELECT * FROM messages WHERE cycle_number = ? ORDER BY household_id"
        return [_message(row) for row in self._connection.execute(query, (cycle_number,))]

    def newest_cycle(self) -> int | None:
        """The newest cycle of which there are messages."""
        newest = self._connection.execute("SELECT max(cycle_number) FROM messages").fetchone()[0]
        return None if newest is None else int(newest)

    def state_counts(self, cycle_number: int) -> dict[str, int]:
        """How many messages of a cycle stand how."""
        query = "SELECT state, count(*) FROM messages WHERE cycle_number = ? GROUP BY state ORDER BY state"
        return dict(self._connection.execute(query, (cycle_number,)).fetchall())

    def troubled(self, cycle_number: int, most: int) -> list[SentMessage]:
        """Messages of a cycle that were refused, put off, or may or may not have arrived; the newest first."""
        query = (
            "SELECT * FROM messages WHERE cycle_number = ? AND state <> 'accepted' "
            "ORDER BY at DESC, household_id LIMIT ?"
        )
        return [_message(row) for row in self._connection.execute(query, (cycle_number, most))]

    def suppression_counts(self) -> dict[str, int]:
        """How many addresses are not written to, by reason."""
        query = "SELECT reason, count(*) FROM suppressions GROUP BY reason ORDER BY reason"
        return dict(self._connection.execute(query).fetchall())

    def contact_count(self) -> int:
        """How many households have an address."""
        return int(self._connection.execute("SELECT count(*) FROM contacts").fetchone()[0])

    def start(self, message: SentMessage, *, again: bool = False) -> bool:
        """See the port."""
        states = ("deferred", "started") if again else ("deferred", "deferred")
        with self._writing() as connection:
            added = connection.execute(
                "INSERT INTO messages VALUES (?, ?, ?, ?, 'started', '', 1, ?) "
                "ON CONFLICT (cycle_number, household_id) DO UPDATE SET plan_id = excluded.plan_id, "
                "identifier = excluded.identifier, state = 'started', tries = tries + 1, at = excluded.at "
                "WHERE state IN (?, ?)",
                (
                    message.cycle_number,
                    message.household_id,
                    message.plan_id,
                    message.identifier,
                    message.at.isoformat(),
                    *states,
                ),
            ).rowcount
        return bool(added)

    def finish(self, message: SentMessage, state: MailState, detail: str) -> None:
        """See the port."""
        with self._writing() as connection:
            changed = connection.execute(
                "UPDATE messages SET state = ?, detail = ? "
                "WHERE cycle_number = ? AND household_id = ? AND state = 'started'",
                (state.value, detail, message.cycle_number, message.household_id),
            ).rowcount
        assert changed == 1, f"a message that was not started cannot be {state}"


def _forgotten(address: str) -> str:
    """What is kept of an erased address that is not written to."""
    return f"digest {digest_of('mail address', address.lower())}"


def _message(row: tuple[int, str, str, str, str, str, int, str]) -> SentMessage:
    cycle_number, household_id, plan_id, identifier, state, detail, tries, at = row
    when = datetime.fromisoformat(at)
    return SentMessage(cycle_number, household_id, plan_id, identifier, when, MailState(state), detail, tries)
