"""The store's people as flows see them: who they are, what they do, how they prove it; and the port that keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """What somebody does at the store; what each may see and do stands in one table of the back office."""

    MARKETING = "marketing"
    STORE_MANAGER = "store_manager"
    SERVICE_DESK = "service_desk"
    ANALYST = "analyst"
    VENDOR = "vendor"
    ADMIN = "admin"


class StaffState(StrEnum):
    """Whether somebody can sign in: after the first link was used, and unless blocked."""

    INVITED = "invited"
    ACTIVE = "active"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class StaffMember:
    """Somebody who may sign in to the back office.

    Args:
        staff_id: Drawn once.
        login: What is typed to sign in, small letters.
        name: As pages and the audit trail show it.
        language: Of the pages: ``en`` or ``es``.
        state: Whether they can sign in.
        roles: What they do.
        stores: Ids of the stores a store manager sees; others see all.
        second_factor: Whether a code of a telephone is asked besides the password.
        version: Counts changes, so that of two people who edit at once the second is told.
        created_at: When they were invited.
    """

    staff_id: str
    login: str
    name: str
    language: str
    state: StaffState
    roles: frozenset[Role]
    stores: frozenset[str]
    second_factor: bool
    version: int
    created_at: datetime

    @property
    def actor(self) -> str:
        """As the audit trail names them."""
        return f"staff {self.login}"


@dataclass(frozen=True)
class StaffSecrets:
    """What a sign-in is checked against.

    Args:
        password: Argon2id hash; None before the first link was used.
        second_factor: The telephone's secret, sealed; None if there is none.
        step: Newest thirty-second step whose code was taken; older ones and itself are refused.
    """

    password: str | None
    second_factor: str | None
    step: int


@dataclass(frozen=True)
class StaffSession:
    """A signed-in browser, known by the digest of its secret."""

    digest: str
    staff_id: str
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class AuditRow:
    """A row of the audit chain as people read it."""

    sequence: int
    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    before: Mapping[str, object]
    after: Mapping[str, object]


class StaffBook(Protocol):
    """Keeps staff and sessions, durably; every change of a person is one row of the audit chain."""

    def staff(self) -> list[StaffMember]:
        """Everybody, by login."""
        ...

    def find_member(self, staff_id: str) -> StaffMember | None:
        """One of them."""
        ...

    def find_login(self, login: str) -> tuple[StaffMember, StaffSecrets] | None:
        """Who signs in by a name, and what it is checked against."""
        ...

    def add_member(self, member: StaffMember, *, at: datetime, actor: str) -> bool:
        """Keep somebody new; False, and nothing written, when the login is taken."""
        ...

    def change_member(self, member: StaffMember, *, at: datetime, actor: str) -> bool:
        """Keep changes of name, language, state, roles and stores.

        Returns:
            False, and nothing written, unless the member's version is the one kept; what is kept has the next.
        """
        ...

    def set_second_factor(
        self, staff_id: str, sealed: str | None, code_digests: Sequence[str], *, at: datetime, actor: str
    ) -> None:
        """Ask for a telephone's code from now on, or no more; with new recovery codes in place of old ones."""
        ...

    def take_step(self, staff_id: str, step: int) -> bool:
        """Use a code up; False when it or a newer one was used before."""
        ...

    def take_code(self, staff_id: str, digest: str, *, at: datetime) -> bool:
        """Use a recovery code up; False when there is none such, or no more."""
        ...

    def add_link(self, digest: str, staff_id: str, *, at: datetime, ends_at: datetime, actor: str) -> None:
        """Keep a link by which somebody chooses a password; older ones of theirs end."""
        ...

    def link_holder(self, digest: str, *, at: datetime) -> StaffMember | None:
        """Whose an unused link is that has not ended."""
        ...

    def use_link(self, digest: str, password: str, *, at: datetime) -> StaffMember | None:
        """Set a password by a link: it is used up, and every session of theirs ends. None if it does not hold."""
        ...

    def audit_rows(self, actor: str, about: str, before: int, most: int) -> list[AuditRow]:
        """Rows of the audit chain, the newest first.

        Args:
            actor: Only those whose actor's name holds this; empty for all.
            about: Only those about an object of this kind or id; empty for all.
            before: Only those before this number; 0 for the newest.
            most: How many at most.
        """
        ...

    def begin_session(self, session: StaffSession) -> None:
        """Keep a session."""
        ...

    def find_session(self, digest: str) -> tuple[StaffSession, StaffMember] | None:
        """A session that was not ended, and whose it is."""
        ...

    def touch_session(self, digest: str, *, at: datetime) -> None:
        """Note that somebody is still there."""
        ...

    def end_session(self, digest: str, *, at: datetime) -> None:
        """End one session."""
        ...

    def end_sessions(self, staff_id: str, *, at: datetime, actor: str) -> int:
        """End all sessions of somebody; how many there were."""
        ...
