"""The IdentityProvider port on OpenID Connect: discovery, the code flow with PKCE, signed identity tokens."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from regulars.flows import Identity
from regulars.kernel import ContractError, StoreError

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""Signatures by a key pair alone: nothing that a client's secret could forge, never ``none``."""
_SECONDS, _KEPT_SECONDS, _LEEWAY_SECONDS = 10.0, 3_600.0, 60
_BYTES_MAX = 1_000_000
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True)
class OidcSettings:
    """One provider, as its administrator set this client up.

    Args:
        issuer: Its address, without what follows under ``.well-known``.
        client_id: What it calls this service.
        client_secret: What this service proves itself with; empty for a public client.
        scopes: What is asked for.
        login_claim: Claim people are called by.
        groups_claim: Claim with the groups people belong to; dots lead into objects.
    """

    issuer: str
    client_id: str
    client_secret: str
    scopes: str
    login_claim: str
    groups_claim: str


class OidcProvider:
    """One provider; what it says of itself is asked for once an hour.

    Args:
        settings: How to talk to it.
    """

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    @property
    def issuer(self) -> str:
        """Its address."""
        return self._settings.issuer

    def address(self, back: str, state: str, nonce: str, challenge: str) -> str:
        """Where a browser is sent to sign in there; see the port."""
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "scope": self._settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        base = self._endpoint("authorization_endpoint")
        return f"{base}{'&' if urlsplit(base).query else '?'}{urlencode(asked)}"

    def identity(self, code: str, verifier: str, back: str, nonce: str) -> Identity:
        """Whom a code is of; see the port."""
        settings = self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": settings.client_id,
            "code_verifier": verifier,
        }
        if settings.client_secret:
            form["client_secret"] = settings.client_secret
        answer = self._asked("POST", self._endpoint("token_endpoint"), form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ContractError(f"{self.issuer} gave no identity token")
        return self._read(self._claims(token, nonce))

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """Claims of an identity token whose signature, issuer, audience, time and nonce hold.

        Raises:
            ContractError: One of them does not.
        """
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        for fresh in (False, True):  # keys are changed now and then: an unknown one is asked for again, once
            keys = self._found(self._endpoint("jwks_uri"), fresh=fresh)
            try:
                known = KeySet.import_key_set(keys)  # type: ignore[arg-type]
                claims: Mapping[str, Any] = jwt.decode(token, known, algorithms=_ALGORITHMS).claims
                break
            except (JoseError, ValueError) as error:
                if fresh:
                    raise ContractError(f"the identity token of {self.issuer} is not signed by it") from error
        registry = jwt.JWTClaimsRegistry(
            now=int(time.time()),
            leeway=_LEEWAY_SECONDS,
            iss={"value": self.issuer, "essential": True},
            aud={"value": self._settings.client_id, "essential": True},
            nonce={"value": nonce, "essential": True},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            registry.validate(dict(claims))
        except JoseError as error:
            raise ContractError(f"the identity token of {self.issuer} does not hold: {error}") from error
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", None if several else self._settings.client_id) != self._settings.client_id:
            raise ContractError(f"the identity token of {self.issuer} was made for somebody else")
        return claims

    def _read(self, claims: Mapping[str, Any]) -> Identity:
        groups: Any = claims
        for part in self._settings.groups_claim.split("."):
            groups = groups.get(part) if isinstance(groups, dict) else None
        listed = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        subject = str(claims["sub"])
        login = claims.get(self._settings.login_claim)
        name = claims.get("name")
        return Identity(
            subject,
            login if isinstance(login, str) else subject,
            name if isinstance(name, str) else "",
            frozenset(one for one in listed if isinstance(one, str)),
        )

    def _endpoint(self, name: str) -> str:
        found = self._found(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", names_itself=True)
        address = found.get(name)
        if not isinstance(address, str):
            raise StoreError(f"{self.issuer} names no {name}")
        return address

    def _found(self, address: str, *, fresh: bool = False, names_itself: bool = False) -> dict[str, Any]:
        asked_at, kept = self._known.get(address, (-_KEPT_SECONDS, {}))
        if fresh or time.monotonic() - asked_at >= _KEPT_SECONDS:
            kept = self._asked("GET", address)
            if names_itself and kept.get("issuer") != self.issuer:
                said = kept.get("issuer")
                raise StoreError(f"{self.issuer} calls itself {said!r}", hint="mend `[oidc] issuer`")
            self._known[address] = time.monotonic(), kept
        return kept

    def _asked(self, method: str, address: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        import httpx

        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise StoreError(f"{address} is not asked: expected https")
        try:
            answer = httpx.request(
                method, address, data=form, timeout=_SECONDS, headers={"Accept": "application/json"}
            )
            found = answer.raise_for_status().json() if len(answer.content) <= _BYTES_MAX else None
        except (httpx.HTTPError, ValueError) as error:
            raise StoreError(f"{parts.hostname} does not answer as expected: {type(error).__name__}") from error
        if not isinstance(found, dict):
            raise StoreError(f"{parts.hostname} does not answer as expected")
        return found
