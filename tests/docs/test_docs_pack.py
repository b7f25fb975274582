"""The page of the till pack: its lane runs, and a pack is checked and read as the page says, without our code."""

import base64
import hashlib
import json
import zlib
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from docs_pages import ROOT, code_blocks, text_of

from regulars.adapters import _till_client, pack_public_key, sign_pack
from regulars.contracts import DealKind, Ladder
from regulars.kernel import CodeKeys, GrantId, OfferId, Period, PlanId, ProductId, StoreId, digest_of
from regulars.offers import TillTerms
from regulars.redeem import OfflineClass, PackedGrant, TillPack, pack_content, stretched_digest

PAGE = ROOT / "docs/guides/till-pack.md"
KEYS = CodeKeys(b"c" * 32, b"s" * 32, b"p" * 32)
PLAN, CODE = PlanId("plan-a"), "47023562498751680024"
TERMS = TillTerms(
    OfferId("coffee"), 1, "Café", DealKind.AMOUNT_OFF, Ladder(amount_cents=100), frozenset({ProductId("480433")})
)
GRANT = PackedGrant(GrantId("1-1"), OfferId("coffee"), 1, OfflineClass.CAPPED, 1, 0)
PACK = TillPack(
    StoreId("367"),
    PLAN,
    Period(date(2017, 11, 27), date(2017, 12, 11)),
    7,
    500,
    None,
    {("coffee", 1): TERMS},
    {stretched_digest(digest_of(CODE), PLAN): (GRANT,)},
)


def test_the_lane_of_the_page_gives_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (program,) = (body for language, body in code_blocks(text_of(PAGE)) if language == "python")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(_till_client, "_WAIT_SECONDS", 0)
    Path("store.pack").write_bytes(sign_pack(PACK, KEYS))
    Path("pack.key").write_text(pack_public_key(KEYS) + "\n")
    Path("lane.secret").write_text("0f" * 32 + "\n")
    names: dict[str, object] = {}
    exec(program.replace(":8320", ":9"), names)  # our own page; nobody listens on port 9
    assert capsys.readouterr().out == "[(100, 'alone')] 100\n"
    assert names["told"] is None


def test_a_pack_is_checked_and_read_as_the_page_says() -> None:
    line, signature, rest = sign_pack(PACK, KEYS).split(b"\n", 2)
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(pack_public_key(KEYS)))
    public.verify(base64.b64decode(signature), line)
    head, content = json.loads(line), json.loads(zlib.decompress(rest))
    assert head["body"] == hashlib.sha256(rest).hexdigest()
    written = json.dumps(content, sort_keys=True, separators=(", ", ": "), ensure_ascii=True)
    assert head["content"] == hashlib.sha256(written.encode()).hexdigest()
    text = hashlib.sha256(CODE.encode()).hexdigest().encode()
    stretched = hashlib.pbkdf2_hmac("sha256", text, head["plan"].encode(), 1_000, 10).hex()
    assert content["lists"][stretched] == ["", [["1-1", "coffee", 1, "capped", 1, 0]]]


def test_the_page_names_all_that_stands_in_a_pack() -> None:
    page = text_of(PAGE)
    head = json.loads(sign_pack(PACK, KEYS, since=PACK).partition(b"\n")[0])
    assert [name for name in [*pack_content(PACK), *head] if f"`{name}`" not in page] == []
