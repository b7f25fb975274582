"""The `StaffBook` port, for the ledger to be made of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from regulars.flows import AuditRow, Role, StaffMember, StaffSecrets, StaffSession, StaffState

from . import _audit
from ._office_tables import STAFF, STAFF_CODES, STAFF_LINKS, STAFF_ROLES, STAFF_SESSIONS, STAFF_STORES
from ._tables import AUDIT


class StaffCalls:
    """Staff, their links, codes and sessions."""

    def _reading(self, doing: str) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger reads: {doing}")

    def _writing(self, doing: str, *, chained: bool = True) -> AbstractContextManager[Connection]:
        raise AssertionError(f"the ledger writes: {doing}, {chained}")

    def staff(self) -> list[StaffMember]:
        """Everybody, by login."""
        with self._reading("list the staff") as connection:
            rows = connection.execute(select(STAFF)).all()
            return sorted(_members(connection, rows), key=lambda member: member.login)

    def find_member(self, staff_id: str) -> StaffMember | None:
        """One of them."""
        with self._reading("look up a member of staff") as connection:
            return _member(connection, staff_id)

    def find_login(self, login: str) -> tuple[StaffMember, StaffSecrets] | None:
        """Who signs in by a name, and what it is checked against."""
        with self._reading("look up a sign-in") as connection:
            row = connection.execute(select(STAFF).where(STAFF.c.login == login)).one_or_none()
            if row is None:
                return None
            secrets = StaffSecrets(row.password, row.second_factor, row.second_factor_step)
            return _members(connection, [row])[0], secrets

    def add_member(self, member: StaffMember, *, at: datetime, actor: str) -> bool:
        """Keep somebody new; False, and nothing written, when the login is taken."""
        with self._writing("add a member of staff") as connection:
            if connection.execute(select(STAFF.c.staff_id).where(STAFF.c.login == member.login)).first():
                return False
            row = {**_plain(member), "version": 1, "staff_id": member.staff_id, "login": member.login}
            connection.execute(insert(STAFF).values({**row, "created_at": member.created_at}))
            _write_rights(connection, member)
            _note(connection, "staff.invite", member.staff_id, at, actor, {}, _told(member))
            return True

    def change_member(self, member: StaffMember, *, at: datetime, actor: str) -> bool:
        """Keep changes of name, language, state, roles and stores; False unless nobody changed them meanwhile."""
        with self._writing("change a member of staff") as connection:
            before = _member(connection, member.staff_id)
            if before is None or before.version != member.version:
                return False
            own = STAFF.c.staff_id == member.staff_id
            connection.execute(update(STAFF).where(own).values({**_plain(member), "version": member.version + 1}))
            for table in (STAFF_ROLES, STAFF_STORES):
                connection.execute(delete(table).where(table.c.staff_id == member.staff_id))
            _write_rights(connection, member)
            if member.state is StaffState.BLOCKED:
                _end_sessions(connection, member.staff_id, at)
            _note(connection, "staff.change", member.staff_id, at, actor, _told(before), _told(member))
            return True

    def set_second_factor(
        self, staff_id: str, sealed: str | None, code_digests: Sequence[str], *, at: datetime, actor: str
    ) -> None:
        """Ask for a telephone's code from now on, or no more; with new recovery codes in place of old ones."""
        with self._writing("set a second factor") as connection:
            own = STAFF.c.staff_id == staff_id
            had = connection.execute(select(STAFF.c.second_factor).where(own)).scalar_one() is not None
            connection.execute(update(STAFF).where(own).values(second_factor=sealed, second_factor_step=0))
            connection.execute(delete(STAFF_CODES).where(STAFF_CODES.c.staff_id == staff_id))
            if code_digests:
                codes = [{"staff_id": staff_id, "digest": digest} for digest in code_digests]
                connection.execute(insert(STAFF_CODES), codes)
            now = {"second_factor": sealed is not None}
            _note(connection, "staff.second_factor", staff_id, at, actor, {"second_factor": had}, now)

    def take_step(self, staff_id: str, step: int) -> bool:
        """Use a code up; False when it or a newer one was used before."""
        with self._writing("use a code up", chained=False) as connection:
            newer = (STAFF.c.staff_id == staff_id) & (STAFF.c.second_factor_step < step)
            return connection.execute(update(STAFF).where(newer).values(second_factor_step=step)).rowcount == 1

    def take_code(self, staff_id: str, digest: str, *, at: datetime) -> bool:
        """Use a recovery code up; False when there is none such, or no more."""
        with self._writing("use a recovery code up", chained=False) as connection:
            own = (STAFF_CODES.c.staff_id == staff_id) & (STAFF_CODES.c.digest == digest)
            unused = own & STAFF_CODES.c.used_at.is_(None)
            return connection.execute(update(STAFF_CODES).where(unused).values(used_at=at)).rowcount == 1

    def add_link(self, digest: str, staff_id: str, *, at: datetime, ends_at: datetime, actor: str) -> None:
        """Keep a link by which somebody chooses a password; older ones of theirs end."""
        with self._writing("make a link") as connection:
            older = (STAFF_LINKS.c.staff_id == staff_id) & STAFF_LINKS.c.used_at.is_(None)
            connection.execute(update(STAFF_LINKS).where(older).values(used_at=at))
            row = {"digest": digest, "staff_id": staff_id, "ends_at": ends_at}
            connection.execute(insert(STAFF_LINKS).values(row))
            _note(connection, "staff.link", staff_id, at, actor, {}, {"ends_at": ends_at.isoformat()})

    def link_holder(self, digest: str, *, at: datetime) -> StaffMember | None:
        """Whose an unused link is that has not ended."""
        with self._reading("look up a link") as connection:
            return _link_holder(connection, digest, at)

    def use_link(self, digest: str, password: str, *, at: datetime) -> StaffMember | None:
        """Set a password by a link: it is used up, and every session of theirs ends. None if it does not hold."""
        with self._writing("use a link") as connection:
            member = _link_holder(connection, digest, at)
            if member is None or member.state is StaffState.BLOCKED:
                return None
            own = STAFF.c.staff_id == member.staff_id
            connection.execute(update(STAFF_LINKS).where(STAFF_LINKS.c.digest == digest).values(used_at=at))
            connection.execute(update(STAFF).where(own).values(password=password, state=StaffState.ACTIVE))
            _end_sessions(connection, member.staff_id, at)
            before, after = {"state": member.state}, {"state": StaffState.ACTIVE, "password": "set"}
            _note(connection, "staff.password", member.staff_id, at, member.actor, before, after)
            return _member(connection, member.staff_id)

    def audit_rows(self, actor: str, about: str, before: int, most: int) -> list[AuditRow]:
        """Rows of the audit chain, the newest first; see the port."""
        wanted = select(AUDIT).order_by(AUDIT.c.sequence.desc()).limit(most)
        if before:
            wanted = wanted.where(AUDIT.c.sequence < before)
        if actor:
            wanted = wanted.where(AUDIT.c.actor.contains(actor, autoescape=True))
        if about:
            wanted = wanted.where((AUDIT.c.object_kind == about) | (AUDIT.c.object_id == about))
        with self._reading("read the audit trail") as connection:
            return [
                AuditRow(
                    row.sequence,
                    row.at,
                    row.actor,
                    row.action,
                    row.object_kind,
                    row.object_id,
                    json.loads(row.before),
                    json.loads(row.after),
                )
                for row in connection.execute(wanted).all()
            ]

    def begin_session(self, session: StaffSession) -> None:
        """Keep a session; those that ended long ago go."""
        with self._writing("begin a session", chained=False) as connection:
            connection.execute(delete(STAFF_SESSIONS).where(STAFF_SESSIONS.c.ends_at < session.begun_at))
            row = {
                "digest": session.digest,
                "staff_id": session.staff_id,
                "begun_at": session.begun_at,
                "seen_at": session.seen_at,
                "ends_at": session.ends_at,
            }
            connection.execute(insert(STAFF_SESSIONS).values(row))

    def find_session(self, digest: str) -> tuple[StaffSession, StaffMember] | None:
        """A session that was not ended, and whose it is."""
        with self._reading("look up a session") as connection:
            held = (STAFF_SESSIONS.c.digest == digest) & STAFF_SESSIONS.c.ended_at.is_(None)
            row = connection.execute(select(STAFF_SESSIONS).where(held)).one_or_none()
            member = None if row is None else _member(connection, row.staff_id)
            if row is None or member is None:
                return None
            return StaffSession(row.digest, row.staff_id, row.begun_at, row.seen_at, row.ends_at), member

    def touch_session(self, digest: str, *, at: datetime) -> None:
        """Note that somebody is still there."""
        with self._writing("note a session", chained=False) as connection:
            connection.execute(update(STAFF_SESSIONS).where(STAFF_SESSIONS.c.digest == digest).values(seen_at=at))

    def end_session(self, digest: str, *, at: datetime) -> None:
        """End one session."""
        with self._writing("end a session", chained=False) as connection:
            connection.execute(update(STAFF_SESSIONS).where(STAFF_SESSIONS.c.digest == digest).values(ended_at=at))

    def end_sessions(self, staff_id: str, *, at: datetime, actor: str) -> int:
        """End all sessions of somebody; how many there were."""
        with self._writing("end sessions") as connection:
            ended = _end_sessions(connection, staff_id, at)
            _note(connection, "staff.sign_out", staff_id, at, actor, {"sessions": ended}, {"sessions": 0})
            return ended


def _member(connection: Connection, staff_id: str) -> StaffMember | None:
    row = connection.execute(select(STAFF).where(STAFF.c.staff_id == staff_id)).one_or_none()
    return None if row is None else _members(connection, [row])[0]


def _members(connection: Connection, rows: Sequence[Row[Any]]) -> list[StaffMember]:
    ids = [row.staff_id for row in rows]
    roles, stores = (
        connection.execute(select(table).where(table.c.staff_id.in_(ids))).all()
        for table in (STAFF_ROLES, STAFF_STORES)
    )
    return [
        StaffMember(
            row.staff_id,
            row.login,
            row.name,
            row.language,
            StaffState(row.state),
            frozenset(Role(one.role) for one in roles if one.staff_id == row.staff_id),
            frozenset(one.store_id for one in stores if one.staff_id == row.staff_id),
            row.second_factor is not None,
            row.version,
            row.created_at,
        )
        for row in rows
    ]


def _plain(member: StaffMember) -> dict[str, object]:
    return {"name": member.name, "language": member.language, "state": member.state}


def _told(member: StaffMember) -> dict[str, object]:
    """What the audit chain keeps of somebody."""
    return {
        **_plain(member),
        "login": member.login,
        "roles": sorted(member.roles),
        "stores": sorted(member.stores),
    }


def _write_rights(connection: Connection, member: StaffMember) -> None:
    roles = [{"staff_id": member.staff_id, "role": role} for role in sorted(member.roles)]
    stores = [{"staff_id": member.staff_id, "store_id": store_id} for store_id in sorted(member.stores)]
    if roles:
        connection.execute(insert(STAFF_ROLES), roles)
    if stores:
        connection.execute(insert(STAFF_STORES), stores)


def _link_holder(connection: Connection, digest: str, at: datetime) -> StaffMember | None:
    holds = (STAFF_LINKS.c.digest == digest) & STAFF_LINKS.c.used_at.is_(None) & (STAFF_LINKS.c.ends_at > at)
    staff_id = connection.execute(select(STAFF_LINKS.c.staff_id).where(holds)).scalar_one_or_none()
    return None if staff_id is None else _member(connection, staff_id)


def _end_sessions(connection: Connection, staff_id: str, at: datetime) -> int:
    held = (STAFF_SESSIONS.c.staff_id == staff_id) & STAFF_SESSIONS.c.ended_at.is_(None)
    living = held & (STAFF_SESSIONS.c.ends_at > at)
    ended = connection.execute(select(func.count()).select_from(STAFF_SESSIONS).where(living)).scalar_one()
    connection.execute(update(STAFF_SESSIONS).where(held).values(ended_at=at))
    return int(ended)


def _note(
    connection: Connection,
    action: str,
    staff_id: str,
    at: datetime,
    actor: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
) -> None:
    _audit.append(connection, _audit.Event(at, actor, action, "staff", staff_id, before, after))
