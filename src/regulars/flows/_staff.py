"""Signing in: a password, perhaps a telephone's code, and how often somebody may be wrong."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from regulars.kernel import Clock, ContractError, digest_of

from ._staff_ports import Role, StaffBook, StaffMember, StaffSession, StaffState

PASSWORD_LENGTH_MIN = 12
LINK_HOURS = 48
_PASSWORD_LENGTH_MAX = 1_000
_TOUCH_SECONDS = 60
_WRONG_WINDOW = timedelta(minutes=15)
_WRONG_OF_NAME_MAX = 10
_WRONG_OF_ADDRESS_MAX = 30
_KEPT_MAX = 10_000
_RECOVERY_CODES = 8


class SignInRefusal(StrEnum):
    """Why somebody is not let in; unknown names, blocked people and wrong passwords get one and the same answer."""

    WRONG = "wrong"
    CODE_WANTED = "code_wanted"
    CODE_WRONG = "code_wrong"
    TOO_OFTEN = "too_often"
    ELSEWHERE = "elsewhere"  # the company's own account did not let them in
    NO_ROLE = "no_role"  # it did, but they have nothing to do here


class Passwords(Protocol):
    """Hashes passwords so that guessing is slow."""

    def hashed(self, password: str) -> str:
        """A new hash."""
        ...

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether a password is the hashed one; without a hash it takes as long and is False."""
        ...


class SecondFactors(Protocol):
    """Codes of six digits that a telephone and the service make of a shared secret (RFC 6238)."""

    def draw(self) -> str:
        """A new secret, base 32."""
        ...

    def sealed(self, secret: str) -> str:
        """The secret as it is kept."""
        ...

    def step_of(self, sealed: str, code: str, at: datetime) -> int | None:
        """The thirty-second step a code is of, within one step of an instant; None when it is of none."""
        ...


@dataclass(frozen=True)
class SignedIn:
    """Somebody is let in; the token is what their browser keeps."""

    member: StaffMember
    token: str


@dataclass(frozen=True)
class SignInRules:
    """How long a session lasts."""

    idle: timedelta
    whole: timedelta


class StaffDesk:
    """Lets staff in and out, invites them, and keeps what they prove themselves with.

    Args:
        book: Where they are kept.
        passwords: How passwords are hashed.
        factors: How telephones' codes are checked.
        clock: The machine's clock, whatever day a demonstration pretends it is.
        rules: How long a session lasts.
    """

    def __init__(
        self, book: StaffBook, passwords: Passwords, factors: SecondFactors, clock: Clock, rules: SignInRules
    ) -> None:
        self.book = book
        self._passwords, self._factors, self._clock, self._rules = passwords, factors, clock, rules
        self._wrong: dict[str, list[datetime]] = {}

    def sign_in(self, login: str, password: str, code: str, address: str) -> SignedIn | SignInRefusal:
        """Let somebody in who knows the password and, if they have a second factor, its code.

        Args:
            login: As typed.
            password: As typed.
            code: Six digits of the telephone, or a recovery code; empty if none was typed.
            address: Where the browser is, for counting wrong tries.
        """
        login, now = login.strip().lower(), self._clock.now_at()
        tries = ((f"name {login}", _WRONG_OF_NAME_MAX), (f"address {address}", _WRONG_OF_ADDRESS_MAX))
        if any(self._count_wrong(key, now) >= most for key, most in tries):
            return SignInRefusal.TOO_OFTEN
        found = self.book.find_login(login)
        known = found is not None and found[0].state is StaffState.ACTIVE
        hashed = found[1].password if found is not None and known else None
        if not self._passwords.matches(hashed, password[:_PASSWORD_LENGTH_MAX]) or found is None:
            self._note_wrong(tries, now)
            return SignInRefusal.WRONG
        member, kept = found
        if kept.second_factor is not None:
            if not code.strip():
                return SignInRefusal.CODE_WANTED
            if not self._takes(member.staff_id, kept.second_factor, code, now):
                self._note_wrong(tries, now)
                return SignInRefusal.CODE_WRONG
        self._wrong.pop(f"name {login}", None)
        return SignedIn(member, self._begin(member, now))

    def let_in(self, member: StaffMember) -> SignedIn:
        """Begin a session of somebody who proved elsewhere who they are."""
        return SignedIn(member, self._begin(member, self._clock.now_at()))

    def _takes(self, staff_id: str, sealed: str, code: str, now: datetime) -> bool:
        plain = "".join(code.split()).replace("-", "").lower()
        step = self._factors.step_of(sealed, plain, now)
        if step is not None:
            return self.book.take_step(staff_id, step)
        return self.book.take_code(staff_id, digest_of(plain), at=now)

    def _begin(self, member: StaffMember, now: datetime) -> str:
        token = secrets.token_urlsafe(32)
        ends_at = now + self._rules.whole
        self.book.begin_session(StaffSession(digest_of(token), member.staff_id, now, now, ends_at))
        return token

    def _count_wrong(self, key: str, now: datetime) -> int:
        recent = [at for at in self._wrong.get(key, ()) if now - at < _WRONG_WINDOW]
        if recent:
            self._wrong[key] = recent
        else:
            self._wrong.pop(key, None)
        return len(recent)

    def _note_wrong(self, tries: Sequence[tuple[str, int]], now: datetime) -> None:
        for key, _ in tries:
            if len(self._wrong) >= _KEPT_MAX:
                self._wrong.pop(next(iter(self._wrong)))
            self._wrong.setdefault(key, []).append(now)

    def who(self, token: str) -> StaffMember | None:
        """Who a browser's token is of, unless the session was idle or long enough to be over."""
        found = self.book.find_session(digest_of(token))
        if found is None:
            return None
        session, member = found
        now = self._clock.now_at()
        over = now >= session.ends_at or now - session.seen_at >= self._rules.idle
        if over or member.state is not StaffState.ACTIVE:
            return None
        if now - session.seen_at >= timedelta(seconds=_TOUCH_SECONDS):
            self.book.touch_session(session.digest, at=now)
        return member

    def past(self, token: str) -> str | None:
        """Id of whoever a token was of, even if its session is over by time; None if it was ended or never was."""
        found = self.book.find_session(digest_of(token))
        return None if found is None else found[1].staff_id

    def sign_out(self, token: str) -> None:
        """End the session of a browser."""
        self.book.end_session(digest_of(token), at=self._clock.now_at())

    def sign_out_everywhere(self, staff_id: str, actor: str) -> int:
        """End every session of somebody; how many there were."""
        return self.book.end_sessions(staff_id, at=self._clock.now_at(), actor=actor)

    def invite(
        self, login: str, name: str, roles: frozenset[Role], stores: frozenset[str], language: str, *, actor: str
    ) -> tuple[StaffMember, str]:
        """Add somebody and make the link by which they choose a password.

        Raises:
            ContractError: The login is taken, or something is missing; the message says what.
        """
        login, now = login.strip().lower(), self._clock.now_at()
        check_member(login, name, roles, stores)
        staff_id = secrets.token_hex(8)
        member = StaffMember(
            staff_id, login, name.strip(), language, StaffState.INVITED, roles, stores, False, 1, now
        )
        if not self.book.add_member(member, at=now, actor=actor):
            raise ContractError(
                f"somebody signs in as {login!r} already", hint="choose another name to sign in with"
            )
        return member, self.link(staff_id, actor=actor)

    def link(self, staff_id: str, *, actor: str) -> str:
        """Make a one-time link by which somebody chooses a password, anew if they forgot it; returns its secret."""
        token, now = secrets.token_urlsafe(24), self._clock.now_at()
        self.book.add_link(
            digest_of(token), staff_id, at=now, ends_at=now + timedelta(hours=LINK_HOURS), actor=actor
        )
        return token

    def first_link(self, actor: str) -> str | None:
        """A link for the first admin, as long as nobody has ever signed in; None from then on."""
        staff = self.book.staff()
        if any(member.state is not StaffState.INVITED for member in staff):
            return None
        waiting = [member for member in staff if Role.ADMIN in member.roles]
        if waiting:
            return self.link(waiting[0].staff_id, actor=actor)
        return self.invite("admin", "Administrator", frozenset({Role.ADMIN}), frozenset(), "en", actor=actor)[1]

    def link_holder(self, token: str) -> StaffMember | None:
        """Whose a link is; None if it was used, has ended or never was."""
        return self.book.link_holder(digest_of(token), at=self._clock.now_at())

    def choose_password(self, token: str, password: str) -> SignedIn | None:
        """Set a password by a link and let its holder in; None if the link does not hold.

        Whoever has a second factor is not let in by the link alone: the token is empty then.

        Raises:
            ContractError: The password is too short or too easy.
        """
        holder = self.link_holder(token)
        if holder is None:
            return None
        check_password(password, holder)
        now = self._clock.now_at()
        member = self.book.use_link(digest_of(token), self._passwords.hashed(password), at=now)
        if member is None:
            return None
        return SignedIn(member, "" if member.second_factor else self._begin(member, now))

    def begin_second_factor(self) -> str:
        """A secret for a telephone; it counts once a code of it was typed."""
        return self._factors.draw()

    def confirm_second_factor(self, member: StaffMember, secret: str, code: str) -> tuple[str, ...]:
        """Ask for the telephone's code from now on; returns the recovery codes, which are shown once.

        Raises:
            ContractError: The code is not the telephone's.
        """
        sealed, now = self._factors.sealed(secret), self._clock.now_at()
        step = self._factors.step_of(sealed, "".join(code.split()), now)
        if step is None:
            raise ContractError("that is not the code the telephone shows now", hint="check the telephone's clock")
        codes = tuple(secrets.token_hex(8) for _ in range(_RECOVERY_CODES))
        digests = [digest_of(one) for one in codes]
        self.book.set_second_factor(member.staff_id, sealed, digests, at=now, actor=member.actor)
        self.book.take_step(member.staff_id, step)
        return codes

    def drop_second_factor(self, staff_id: str, *, actor: str) -> None:
        """Ask for no code any more: the telephone was lost, or an admin resets it."""
        self.book.set_second_factor(staff_id, None, (), at=self._clock.now_at(), actor=actor)

    def change(self, member: StaffMember, *, actor: str) -> bool:
        """Keep changes of somebody; False when somebody else changed them meanwhile.

        Raises:
            ContractError: Something is missing, or nobody could administer any more.
        """
        check_member(member.login, member.name, member.roles, member.stores)
        others = (one for one in self.book.staff() if one.staff_id != member.staff_id)
        admins = [one for one in [*others, member] if Role.ADMIN in one.roles and one.state is StaffState.ACTIVE]
        if not admins:
            raise ContractError(
                "nobody could administer any more", hint="give another active person the role of admin first"
            )
        return self.book.change_member(
            replace(member, name=member.name.strip()), at=self._clock.now_at(), actor=actor
        )


def check_member(login: str, name: str, roles: frozenset[Role], stores: frozenset[str]) -> None:
    """Whether somebody can be kept like this.

    Args:
        login: What they type to sign in.
        name: As pages show it.
        roles: What they do.
        stores: Ids of the stores a store manager sees.

    Raises:
        ContractError: Something is missing or too long.
    """
    if not 1 <= len(login) <= 100 or any(sign.isspace() or not sign.isprintable() for sign in login):
        raise ContractError("the name to sign in with is 1 to 100 characters without spaces")
    if not 1 <= len(name.strip()) <= 100 or not name.isprintable():
        raise ContractError("the name is 1 to 100 characters")
    if not roles:
        raise ContractError("somebody without a role could do nothing", hint="choose at least one role")
    if Role.STORE_MANAGER in roles and not stores:
        raise ContractError("a store manager needs a store", hint="name at least one store")


def check_password(password: str, member: StaffMember) -> None:
    """Whether a password is good enough.

    Raises:
        ContractError: It is too short, too long, or the name itself.
    """
    if not PASSWORD_LENGTH_MIN <= len(password) <= _PASSWORD_LENGTH_MAX:
        raise ContractError(
            f"a password has at least {PASSWORD_LENGTH_MIN} characters", hint="three or four words make a good one"
        )
    if len(set(password.lower())) < 5 or password.lower() in {member.login, member.name.lower()}:
        raise ContractError("that password is too easy to guess", hint="three or four words make a good one")
