"""The guide's example signature is the one its sentence describes."""

import re

from docs_pages import ROOT, text_of

from regulars.kernel import request_signature


def test_the_example_signature_is_right() -> None:
    page = " ".join(text_of(ROOT / "docs/guides/ring-a-basket.md").split())
    shown = re.search(
        r"secret `(\w\w)` 32 times, `(\w+)`, `(\S+)`, the body `(\S+)`, `(\S+)` and `(\S+)` the signature is `(\w+)`",
        page,
    )
    assert shown is not None
    byte, method, path, body, at, nonce, signature = shown.groups()
    secret = bytes.fromhex(byte * 32)
    assert request_signature(secret, method=method, path=path, body=body.encode(), at=at, nonce=nonce) == signature
