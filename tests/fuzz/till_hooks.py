"""What schemathesis needs to call as a lane, a back room or a command would: rightly signed, about its own baskets.

Loaded by `tests/fuzz/till_calls.py` through SCHEMATHESIS_HOOKS; REGULARS_FUZZ_* say who calls.
"""

import json
import os
import secrets
from random import Random
from typing import Any

import requests
import schemathesis

from regulars.kernel import request_signature

STORE, LANE = os.environ["REGULARS_FUZZ_LANE"].split("/")
SECRET, AT = bytes.fromhex(os.environ["REGULARS_FUZZ_SECRET"]), os.environ["REGULARS_FUZZ_AT"]
draw = Random(1)
GRANTS = [f"plan-a/{household}-{slot}" for household in (1, 2, 3) for slot in (1, 2)]
PRODUCTS = ["00042100005264", "1029743"]


class Signed(requests.auth.AuthBase):
    """Signs a call as it leaves, and names its key."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        nonce, path = secrets.token_hex(12), request.path_url
        signature = request_signature(SECRET, method=str(request.method), path=path, body=body, at=AT, nonce=nonce)
        request.headers.update(
            {
                "X-Regulars-Lane": f"{STORE}/{LANE}",
                "X-Regulars-At": AT,
                "X-Regulars-Nonce": nonce,
                "X-Regulars-Signature": signature,
            }
        )
        if key := _key(path, body):
            request.headers["Idempotency-Key"] = key
        return request


def _key(path: str, body: bytes) -> str:
    try:
        told = json.loads(body)
        at = told["transaction"]
        basket = f"{at['business_on']}/{at['store_id']}/{at['lane_id']}/{at['sequence']}"
        key = f"{basket}/arm" if path.endswith("arm") else f"{basket}/{told.get('revision', 0)}"
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
    return key if key.isascii() and key.isprintable() else ""


schemathesis.auth.set_from_requests(Signed())


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Most bodies are about the caller's own baskets and about grants, products and households that are there."""
    return _own(body) if draw.random() < 0.8 else body


def _own(value: Any) -> Any:
    if isinstance(value, list):
        return [_own(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: _own(one) for name, one in value.items()}
    if "store_id" in found:
        found["store_id"] = STORE
    if "lane_id" in found and LANE != "*":
        found["lane_id"] = LANE
    if "business_on" in found:
        found["business_on"] = "2017-11-28"
    if isinstance(found.get("grant"), str):
        found["grant"] = draw.choice(GRANTS)
    if "code" in found:
        found["code"] = draw.choice(PRODUCTS)
    if {"transaction", "lines"} <= found.keys() and "epoch" not in json.dumps(found.get("lines"), default=str):
        found = {name: one for name, one in found.items() if name not in {"list_code", "phone_secret"}}
        found["card_id"] = "card-1"
    return found
