"""A lane's signature, against the example of the guide."""

import re
from pathlib import Path

from regulars.kernel import request_signature

GUIDE = Path(__file__).parents[3] / "docs/guides/ring-a-basket.md"


def test_the_guides_example_is_what_the_service_reckons():
    signed = {"method": "POST", "path": "/till/v1/hold", "at": "2026-11-27T15:04:05+00:00", "nonce": "nonce-0001"}
    signature = request_signature(bytes.fromhex("0f" * 32), body=b"{}", **signed)
    assert signature in re.findall(r"`([0-9a-f]{64})`", GUIDE.read_text())
    assert request_signature(bytes.fromhex("0f" * 32), body=b"{ }", **signed) != signature
