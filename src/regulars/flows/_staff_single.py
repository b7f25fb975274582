"""Signing in by the company's own account (OpenID Connect): who comes, what they may do, what they were about to do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from regulars.kernel import Clock, ContractError, StoreError, digest_of

from ._staff import SignedIn, SignInRefusal, StaffDesk, check_member
from ._staff_ports import Role, StaffMember, StaffState

_WAITING_MAX = 1_000
_PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Identity:
    """Whom a provider vouches for.

    Args:
        subject: Its own name for them, which never changes.
        login: What they call themselves there.
        name: As pages show it.
        groups: What it says they belong to.
    """

    subject: str
    login: str
    name: str
    groups: frozenset[str]


class IdentityProvider(Protocol):
    """The company's own accounts."""

    @property
    def issuer(self) -> str:
        """Its address, which names it."""
        ...

    def address(self, back: str, state: str, nonce: str, challenge: str) -> str:
        """Where a browser is sent to sign in there.

        Raises:
            StoreError: It does not answer, or not as OpenID Connect asks.
        """
        ...

    def identity(self, code: str, verifier: str, back: str, nonce: str) -> Identity:
        """Whom a code is of, once.

        Raises:
            ContractError: What it vouches for does not hold.
            StoreError: It does not answer.
        """
        ...


@dataclass(frozen=True)
class Errand:
    """A browser that was sent to the provider, and what it was about to do here.

    Args:
        nonce: What the provider must repeat.
        verifier: What proves that the code comes back to whoever asked for it (RFC 7636).
        back: Where the provider sends the browser.
        begun_at: When.
        next: The page it wanted.
        kept: A form that was cut off, sealed by `seal`.
        seal: See `kept`.
    """

    nonce: str
    verifier: str
    back: str
    begun_at: datetime
    next: str = ""
    kept: str = ""
    seal: str = ""


class SingleSignOn:
    """Lets people in whom the provider vouches for; their roles are what it says at each sign-in.

    Args:
        provider: The company's accounts.
        desk: Begins their sessions.
        roles: Role by group; who is in none of them is not let in.
        stores: Store by group, for store managers.
        clock: The machine's clock.
        name: As the button names the provider.
    """

    def __init__(
        self,
        provider: IdentityProvider,
        desk: StaffDesk,
        roles: Mapping[str, Role],
        stores: Mapping[str, str],
        clock: Clock,
        name: str,
    ) -> None:
        self.name = name
        self._provider, self._desk, self._roles, self._stores, self._clock = provider, desk, roles, stores, clock
        self._errands: dict[str, Errand] = {}
        self._lock = Lock()

    def begin(self, back: str, *, next_address: str = "", kept: str = "", seal: str = "") -> tuple[str, str]:
        """Send a browser off; returns the provider's address, and the state its cookie keeps.

        Args:
            back: Where the provider sends the browser.
            next_address: The page it wanted.
            kept: A form that was cut off.
            seal: Its seal.

        Raises:
            StoreError: The provider does not answer.
        """
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        address = self._provider.address(back, state, nonce, challenge)
        now = self._clock.now_at()
        with self._lock:
            fresh = {key: one for key, one in self._errands.items() if now - one.begun_at < _PATIENCE}
            while len(fresh) >= _WAITING_MAX:
                fresh.pop(next(iter(fresh)))
            self._errands = {**fresh, state: Errand(nonce, verifier, back, now, next_address, kept, seal)}
        return address, state

    def finish(self, state: str, cookie: str, code: str) -> tuple[SignedIn | SignInRefusal, Errand | None]:
        """Let in whom the provider vouches for.

        Args:
            state: As it came back.
            cookie: As the browser kept it.
            code: What it stands for; empty when the provider refused.

        Returns:
            The outcome, and the errand; None for a browser that was not sent off from here.
        """
        if not state or not hmac.compare_digest(state.encode(), cookie.encode()):
            return SignInRefusal.ELSEWHERE, None
        with self._lock:
            errand = self._errands.pop(state, None)
        if errand is None or self._clock.now_at() - errand.begun_at >= _PATIENCE or not code:
            return SignInRefusal.ELSEWHERE, errand
        try:
            identity = self._provider.identity(code, errand.verifier, errand.back, errand.nonce)
        except (ContractError, StoreError):
            return SignInRefusal.ELSEWHERE, errand
        member = self._member(identity)
        return (SignInRefusal.NO_ROLE if member is None else self._desk.let_in(member)), errand

    def _member(self, identity: Identity) -> StaffMember | None:
        """The person as kept from now on; None when they may not come in."""
        roles = frozenset(self._roles[group] for group in identity.groups & self._roles.keys())
        stores = frozenset(self._stores[group] for group in identity.groups & self._stores.keys())
        staff_id = digest_of("oidc", self._provider.issuer, identity.subject)[:16]
        book, now, actor = self._desk.book, self._clock.now_at(), f"provider {self._provider.issuer}"
        found = book.find_member(staff_id)
        if found is not None and found.state is StaffState.BLOCKED:
            return None
        login = found.login if found is not None else self._login(identity, staff_id)
        name = identity.name.strip()[:100] or login
        try:
            check_member(login, name, roles, stores)
        except ContractError:
            return None
        if found is None:
            member = StaffMember(staff_id, login, name, "en", StaffState.ACTIVE, roles, stores, False, 1, now)
            return member if book.add_member(member, at=now, actor=actor) else None
        wanted = replace(found, name=name, roles=roles, stores=stores)
        if wanted != found and not book.change_member(wanted, at=now, actor=actor):
            return None
        return wanted

    def _login(self, identity: Identity, staff_id: str) -> str:
        """Their own name where it is free and can be kept, else one that is."""
        taken: Collection[str] = {member.login for member in self._desk.book.staff()}
        login = "".join(
            sign for sign in identity.login.strip().lower() if sign.isprintable() and not sign.isspace()
        )
        return login[:100] if login and login[:100] not in taken else f"{login[:80]}~{staff_id[:8]}"
