"""A small OpenID Connect provider as a process's thread: discovery, codes that are used once, PKCE, signed tokens."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

CLIENT, SECRET = "regulars", "a secret of the client"


class Provider:
    """Vouches for whoever is `person`; `spoil` changes the claims or the key of the next tokens."""

    def __init__(self) -> None:
        self.person = {
            "sub": "17",
            "preferred_username": "Marta",
            "name": "Marta Ruiz",
            "groups": ["shop-marketing"],
        }
        self.key = ECKey.generate_key("P-256", {"kid": "one"})
        self.spoil = lambda claims: claims
        self.signed_with = None
        self.issuer = ""
        self._codes: dict[str, dict[str, str]] = {}

    def change_keys(self) -> None:
        self.key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(4)})

    def authorize(self, asked: dict[str, str]) -> str:
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, str] | None:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or (form["client_id"], form["client_secret"]) != (CLIENT, SECRET):
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (proof, form["redirect_uri"]) != (asked["code_challenge"], asked["redirect_uri"]):
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        key = self.signed_with or self.key
        head = {"alg": "HS256" if isinstance(key, OctKey) else "ES256", "kid": self.key.kid}
        return {
            "token_type": "Bearer",
            "access_token": "none",
            "id_token": jwt.encode(head, self.spoil(claims), key),
        }

    def said(self) -> dict[str, str]:
        ends = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.issuer, **{name: f"{self.issuer}/{end}" for name, end in ends.items()}}


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider on a free port of the loopback."""
    provider = Provider()

    class Door(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, found: object, status: int = 200) -> None:
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            found = {
                "/.well-known/openid-configuration": provider.said,
                "/keys": lambda: KeySet([provider.key]).as_dict(private=False),
            }.get(path)
            self._answer(found() if found else {}, 200 if found else 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = provider.token({name: values[0] for name, values in parse_qs(body).items()})
            self._answer(answer or {"error": "invalid_grant"}, 200 if answer else 400)

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield provider
        server.shutdown()
