"""Anything at any endpoint, signed with the credential of each role: an answer below 500 with a reason, whole books."""

import json
import os
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_samples import AT, WHO, plan_content
from till_service import KEYS, Service, running_service

from regulars.adapters.ledger import SqlLedger
from regulars.api import till_description
from regulars.kernel import StoreId, lane_secret, request_signature

FULL = os.environ.get("REGULARS_FAULTS") == "full"
EXAMPLES = 2_000 if FULL else 20
DESK_CALL = "/desk/v1/messages"
POSTS = sorted(path for path, acts in till_description()["paths"].items() if "post" in acts)
NAMES = st.sampled_from(
    ["transaction", "store_id", "lane_id", "business_on", "sequence", "lines", "number", "code", "quantity",
     "amount_cents", "revision", "list_code", "card_id", "phone_secret", "facts", "kind", "shares", "grant", "epoch",
     "discount_cents", "original", "take_over", "uses", "given_cents", "absent", "voided", "messages", "actor", "x"]
)  # fmt: skip
ODD = st.sampled_from(
    ["", "\0", "12", "4", "*", "2017-11-28", "9999-99-99", "plan-a/1-1", "\ud800", "9" * 5_000, "told", "logged"]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=True), st.text(max_size=20), ODD
)
ANY = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=20,
)
SHARE = {"grant": "plan-a/1-1", "discount_cents": 100}
SALE = {"store_id": "12", "lane_id": "4", "business_on": "2017-11-28", "sequence": 7}
LINE = {"number": 1, "code": "00042100005264", "quantity": 1, "amount_cents": 399}
GOOD: dict[str, dict[str, Any]] = {
    "/till/v1/quote": {"transaction": SALE, "lines": [LINE], "card_id": "card-1"},
    "/till/v1/hold": {"transaction": SALE, "lines": [LINE], "card_id": "card-1", "revision": 0},
    "/till/v1/arm": {"transaction": SALE, "lines": [{**SHARE, "epoch": 1}]},
    "/till/v1/release": {"transaction": SALE},
    "/till/v1/facts": {"facts": [{"kind": "logged", "transaction": SALE, "shares": [SHARE]}]},
    "/till/v1/make-good": {"transaction": SALE, "lines": [LINE], "card_id": "card-1"},
    "/till/v1/rights": {"store_id": "12", "rights": [{"grant": "plan-a/1-1", "term": 0, "told": 0}]},
    "/till/v1/day-close": {"store_id": "12", "business_on": "2017-11-28"},
    DESK_CALL: {
        "actor": "desk",
        "messages": [
            {"kind": "shown", "transaction": SALE, "uses": [{"grant": "plan-a/1-1", "given_cents": 100}]},
            {"kind": "lent", "grant": "plan-a/2-1", "store_id": "12"},
            {"kind": "day_closed", "store_id": "12", "business_on": "2017-11-28"},
        ],
    },
}
ROLES = {"lane": ("12", "4"), "back room": ("12", "*"), "desk": ("*", "desk"), "another store": ("13", "4")}


@pytest.fixture
def service(ledger: SqlLedger) -> Iterator[Service]:
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    with running_service(ledger) as running:
        yield running
    assert ledger.verify() == []


def test_the_good_bodies_name_every_call() -> None:
    assert sorted(GOOD) == sorted([*POSTS, DESK_CALL])


@st.composite
def spoiled(draw: st.DrawFn, path: str) -> bytes:
    """A body of the right shape with one or two places replaced by anything, or anything, or any bytes."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.binary(max_size=200))
    body: Any = json.loads(json.dumps(GOOD[path]))
    for _ in range(draw(st.integers(0, 2))):
        body = _replaced(draw, body)
    return json.dumps(body).encode()


def _replaced(draw: st.DrawFn, value: Any) -> Any:
    """The same value with one place in it, at any depth, made something else."""
    inside = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if not inside or draw(st.integers(0, 3)) == 0:
        return draw(ANY)
    place = draw(st.sampled_from(inside))
    value[place] = _replaced(draw, value[place])
    return value


def send(service: Service, http: httpx.Client, path: str, body: bytes, role: str) -> httpx.Response:
    store_id, lane_id = ROLES[role]
    at, nonce = service.clock.now_at().isoformat(), secrets.token_hex(12)
    secret = lane_secret(KEYS, StoreId(store_id), lane_id, 1)
    signature = request_signature(secret, method="POST", path=path, body=body, at=at, nonce=nonce)
    key = {"/till/v1/hold": "2017-11-28/12/4/7/0", "/till/v1/arm": "2017-11-28/12/4/7/arm"}.get(path, "x")
    return http.post(
        path,
        content=body,
        headers={
            "Content-Type": "application/json",
            "X-Regulars-Lane": f"{store_id}/{lane_id}",
            "X-Regulars-At": at,
            "X-Regulars-Nonce": nonce,
            "X-Regulars-Signature": signature,
            "Idempotency-Key": key,
        },
    )


CALLS = [
    (path, role)
    for path in sorted(GOOD)
    for role in ROLES
    if FULL or role in {"lane", "back room"} or path == DESK_CALL  # a role without a call answers all alike
]


@pytest.mark.parametrize(("path", "role"), CALLS)
def test_no_body_makes_the_service_fail(service: Service, path: str, role: str) -> None:
    seen: set[int] = set()
    with httpx.Client(base_url=service.url, timeout=30) as http:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        )
        @given(body=spoiled(path))
        def run(body: bytes) -> None:
            answer = send(service, http, path, body, role)
            seen.add(answer.status_code)
            assert answer.status_code < 500, (answer.status_code, answer.text, body)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["detail"]

        run()
    assert 422 in seen or 403 in seen
