"""The commands of the media on one cycle: paper, phone pages and e-mail carry the same offers at the same value."""

import asyncio
import csv
import email
import re
import shutil
import socket
from collections import Counter
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from aiosmtpd.controller import Controller
from synthetic_chain import DAY, result_here, run_here

from regulars.adapters import page_texts
from regulars.api import workspace_app
from regulars.bootstrap import Workspace, mail_status, newest_plan, plan_documents
from regulars.contracts import ListDocument

SAVED = re.compile(r"You save \$(\d+)\.(\d\d)")


class Reader(HTMLParser):
    """Text a reader sees."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.text.append(data)


def read(html: str) -> str:
    reader = Reader()
    reader.feed(html)
    return plain(" ".join(reader.text))


def plain(text: str) -> str:
    return " ".join(text.replace("\u2009", " ").replace("\xad", "").split())


def offers(document: ListDocument, text: str) -> list[str]:
    """What of a document's offers and total is not in a text, and any saving that is too much."""
    told = Counter(int(dollars) * 100 + int(cents) for dollars, cents in SAVED.findall(text))
    due = Counter(special.saving_cents for special in document.specials)
    wrong = [f"saving {cents}" for cents in ((told - due) + (due - told)).elements()]
    wanted = [f"Save up to {document.saving_text}"] if document.saving_cents else []
    for special in document.specials:
        wanted += [special.headline, special.conditions, special.saving_text]
    return wrong + [one for one in wanted if one not in text]


class Sink:
    """Takes every message."""

    def __init__(self) -> None:
        self.taken: dict[str, list[bytes]] = {}

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos  # type: ignore[attr-defined]
        self.taken.setdefault(address, []).append(envelope.original_content)  # type: ignore[attr-defined]
        return "250 2.0.0 taken"


def header(sink: Sink, household: str, name: str) -> str:
    (content,) = sink.taken[f"h{household}@example.org"]
    return str(email.message_from_bytes(content, policy=default)[name])


def called(workspace: Workspace, method: str, path: str, body: dict[str, str] | None = None) -> httpx.Response:
    """An answer of the service."""

    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(workspace_app(workspace))
        async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as client:
            return await client.request(method, path, data=body)

    return asyncio.run(call())


@pytest.fixture
def mailed(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str, list[ListDocument]]:
    """A finished cycle's workspace with a sender, its plan and its documents."""
    root = Path(shutil.copytree(finished, tmp_path / "w"))
    monkeypatch.setenv("REGULARS_MAIL__FROM_ADDRESS", "lists@shop.example")
    with Workspace.open(root) as workspace:
        plan_id = newest_plan(workspace, DAY)
        return root, plan_id, list(plan_documents(workspace, plan_id))


@pytest.mark.slow
def test_every_household_has_the_same_offers_on_paper_on_the_phone_and_in_the_mail(
    mailed: tuple[Path, str, list[ListDocument]],
) -> None:
    root, plan_id, documents = mailed
    out = root / "out" / DAY.isoformat()
    (pages,) = result_here("lists", "pages", plan_id, "--workspace", root)
    (tried,) = result_here("lists", "send", plan_id, "--dry-run", "--first", "100000", "--workspace", root)
    nobody = run_here("lists", "send", plan_id, "--dry-run", "--household", "nobody", "--workspace", root, code=1)
    assert "household nobody has no list" in nobody.stderr
    assert len(documents) > 20
    assert pages["pages"] == tried["messages"] == len(documents)
    with (out / "lists" / "manifest.csv").open(newline="") as stream:
        printed = {row["household_id"]: (row["file"], int(row["page"])) for row in csv.DictReader(stream)}
    texts = root / "texts.csv"
    assert result_here("lists", "texts", plan_id, "--out", texts, "--workspace", root)[0]["messages"] == len(
        documents
    )
    assert texts.stat().st_mode & 0o777 == 0o600
    with texts.open(newline="", encoding="utf-8") as stream:
        messages = {row["household_id"]: row["text"] for row in csv.DictReader(stream)}
    papers = {name: page_texts(out / "lists" / name) for name in {name for name, _ in printed.values()}}
    seen = 0
    for document in documents:
        name, page = printed[document.household_id]
        secret = document.qr_payload.rpartition("/")[2]
        message = email.message_from_bytes(
            (out / "mail" / f"list-{document.list_number:06d}.eml").read_bytes(), policy=default
        )
        assert f"/u/{'0' * 26}>" in message["List-Unsubscribe"]  # what is only looked at takes nobody off
        media = {
            "paper": plain(papers[name][page - 1]),
            "phone": read((out / "phone" / secret / "index.html").read_text()),
            "mail": read(message.get_body(("html",)).get_content()),
            "plain mail": plain(message.get_body(("plain",)).get_content()),
        }
        for medium, text in media.items():
            assert offers(document, text) == [], (document.household_id, medium)
        assert (document.saving_text in messages[document.household_id]) == (document.saving_cents > 0)
        assert f"/{secret} " in messages[document.household_id]
        seen += len(document.specials)
    assert seen > len(documents)
    dear = next(document for document in documents if document.specials)
    assert offers(dear, media["mail"].replace("You save $", "You save $9")) != []


@pytest.mark.slow
def test_a_plan_is_mailed_once_to_those_who_agreed_and_did_not_take_it_back(
    mailed: tuple[Path, str, list[ListDocument]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, plan_id, documents = mailed
    households = [document.household_id for document in documents]
    contacts = tmp_path / "contacts.csv"
    rows = [f"{household},h{household}@example.org,2017-11-01" for household in households[:12]]
    contacts.write_text(
        "\n".join(
            [
                "household_id,email,agreed_on",
                *rows,
                f"{households[12]},nonsense,2017-11-01",
                "x,x@example.org,2017-11-01",
            ]
        )
    )
    (loaded,) = result_here("mail", "load", contacts, "--workspace", root)
    assert loaded["contacts"] == 13
    findings: list[dict[str, object]] = loaded["findings"]
    assert [(one["line"], one["rule"]) for one in findings] == [(14, "contact-refused"), (15, "contact-unknown")]
    run_here("mail", "suppress", households[0], "--workspace", root)
    run_here("lists", "send", plan_id, "--workspace", root, code=2)  # no mail server is named
    sink = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, value in (("HOST", "127.0.0.1"), ("PORT", str(port)), ("STARTTLS", "false")):
        monkeypatch.setenv(f"REGULARS_MAIL__{name}", value)
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        (sent,) = result_here("lists", "send", plan_id, "--workspace", root)
        (again,) = result_here("lists", "send", plan_id, "--workspace", root)
        assert (sent["accepted"], sent["suppressed"], sent["without_address"]) == (11, 1, len(documents) - 12)
        assert (again["accepted"], again["before"]) == (0, 11)
        assert set(sink.taken) == {f"h{household}@example.org" for household in households[1:12]}
        assert {len(messages) for messages in sink.taken.values()} == {1}
        (content,) = sink.taken[f"h{households[1]}@example.org"]
        token = re.search(r"/u/([0-9A-Z]{26})>", email.message_from_bytes(content)["List-Unsubscribe"])
        assert token is not None
        (tmp_path / "wish.eml").write_text(f"From: a@example.org\nSubject: {token[1]}\n\nplease\n")
        (taken,) = result_here("mail", "returned", tmp_path / "wish.eml", "--workspace", root)
        assert taken == {"messages": 1, "understood": 1, "suppressed": 1}
    finally:
        controller.stop()
    link = re.search(r"<https://[^/]+(/u/[0-9A-Z]{26})>", header(sink, households[2], "List-Unsubscribe"))
    assert link is not None
    assert header(sink, households[2], "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    with Workspace.open(root) as workspace:
        asked = called(workspace, "GET", link[1])
        assert (asked.status_code, '<form method="post">' in asked.text) == (200, True)
        assert mail_status(workspace, DAY).suppressions["unsubscribed"] == 1
        body = {"List-Unsubscribe": "One-Click"}
        assert [called(workspace, "POST", link[1], body).status_code for _ in range(2)] == [200, 200]
        assert called(workspace, "POST", "/u/00000000000000000000000000", body).status_code == 404
    (status,) = result_here("mail", "status", "--as-of", DAY, "--workspace", root)
    assert status["states"] == {"started": 0, "accepted": 11, "refused": 0, "deferred": 0}
    assert status["suppressions"] == {"unsubscribed": 2, "bounced": 0, "complained": 0, "asked": 1}
