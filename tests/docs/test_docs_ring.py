"""The guide of tills: its example signature, its call and its body are what the service takes; its reasons are all."""

import json
import re
import subprocess
from pathlib import Path

from docs_pages import ROOT, code_blocks, text_of

from regulars.kernel import request_signature
from regulars.offers import NotAppliedReason
from regulars.redeem import RefusalReason

GUIDE = text_of(ROOT / "docs/guides/ring-a-basket.md")


def test_the_example_signature_is_right() -> None:
    page = " ".join(GUIDE.split())
    shown = re.search(
        r"secret `(\w\w)` 32 times, `(\w+)`, `(\S+)`, the body `(\S+)`, `(\S+)` and `(\S+)` the signature is `(\w+)`",
        page,
    )
    assert shown is not None
    byte, method, path, body, at, nonce, signature = shown.groups()
    secret = bytes.fromhex(byte * 32)
    assert request_signature(secret, method=method, path=path, body=body.encode(), at=at, nonce=nonce) == signature


def test_the_bodys_fields_are_those_of_the_document() -> None:
    (text,) = (body for language, body in code_blocks(GUIDE) if language == "json")
    schemas = json.loads((ROOT / "docs/reference/till-api.json").read_text())["components"]["schemas"]
    body = json.loads(text)
    parts = (("HoldBody", body), ("TransactionBody", body["transaction"]), ("LineBody", body["lines"][0]))
    for name, part in parts:
        assert set(schemas[name]["required"]) <= part.keys() <= schemas[name]["properties"].keys()


def test_the_call_signs_as_the_service_checks(tmp_path: Path) -> None:
    (script,) = (body for _, body in code_blocks(GUIDE) if "openssl" in body)
    (tmp_path / "hold.json").write_text('{"lines": []}')
    (tmp_path / "lane.secret").write_text("0f" * 32 + "\n")
    stub = "curl() { printf '%s\\n' \"$@\"; }\n"
    done = subprocess.run(["bash", "-ec", stub + script], cwd=tmp_path, capture_output=True, text=True, check=True)
    heads = dict(line.split(": ", 1) for line in done.stdout.splitlines() if re.match(r"[A-Z][\w-]+: ", line))
    signed = {"at": heads["X-Regulars-At"], "nonce": heads["X-Regulars-Nonce"], "body": b'{"lines": []}'}
    right = request_signature(bytes.fromhex("0f" * 32), method="POST", path="/till/v1/hold", **signed)
    assert heads["X-Regulars-Signature"] == right
    assert heads["Content-Type"] == "application/json"
    (shown,) = (body for language, body in code_blocks(GUIDE) if language == "json")
    at = json.loads(shown)["transaction"]
    assert heads["X-Regulars-Lane"] == f"{at['store_id']}/{at['lane_id']}"
    assert heads["Idempotency-Key"] == f"{at['business_on']}/{at['store_id']}/{at['lane_id']}/{at['sequence']}/0"
    assert f"till enrol {at['store_id']} {at['lane_id']} " in GUIDE


def test_the_guide_names_every_reason() -> None:
    rows = GUIDE.partition("| reason | why")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", re.sub(r"\|[^|\n]*\|$", "", rows, flags=re.MULTILINE)))
    assert named == {*RefusalReason, *NotAppliedReason}
