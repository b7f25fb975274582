"""Mail against a real server: once per household and cycle over kills, and nothing to those who said no."""

import base64
import email
import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from mail_kills import killed_sending, served
from mail_sink import WRITER, Sink, contact, send

from regulars.adapters.mail import DkimSigner, SqliteMailBook, load_dkim_key, read_returned
from regulars.flows import MailState, Pace, SuppressionReason, read_contacts, take_returned
from regulars.kernel import ConfigError, StoreError
from regulars.testing import sample_document

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
LISTS, KILLS = 120, 6


@pytest.fixture
def sink() -> Iterator[tuple[Sink, int]]:
    handler = Sink()
    with served(handler) as port:
        yield handler, port


def book_of(folder: Path, households: int) -> SqliteMailBook:
    book = SqliteMailBook(folder / "mail.db")
    book.add_contacts(contact(number) for number in range(households))
    return book


@pytest.mark.slow
def test_over_kills_nobody_gets_two_and_everybody_else_gets_one(tmp_path: Path) -> None:
    seen = killed_sending(tmp_path, LISTS, KILLS)
    assert (seen.kills, seen.in_window) == (KILLS, {"before": 2, "held": 2, "any": 2})
    assert (seen.twice, seen.to_suppressed, seen.missing, seen.sent_by_a_further_run) == (0, 0, 0, 0)
    assert 4 <= seen.unknown <= KILLS  # those held in a window, and those the third kind happened to hit
    assert 2 <= seen.unknown_arrived <= 4
    assert (seen.repeated, seen.missing_after, seen.twice_unlisted) == (seen.unknown, 0, 0)
    assert seen.twice_after == seen.unknown_arrived


@pytest.mark.slow
@pytest.mark.parametrize(
    ("guard", "counted"), [("note", "twice"), ("suppression", "to_suppressed"), ("doubt", "twice")]
)
def test_the_count_notices_a_guard_that_is_missing(tmp_path: Path, guard: str, counted: str) -> None:
    assert getattr(killed_sending(tmp_path, 40, 2, without=guard), counted) > 0


def newest_mailed(folder: Path) -> int | None:
    book = SqliteMailBook(folder / "mail.db")
    try:
        return book.newest_cycle()
    finally:
        book.close()


def test_a_second_run_sends_nothing_and_a_counter_that_ignored_the_book_would_see_it(
    sink: tuple[Sink, int], tmp_path: Path
) -> None:
    handler, port = sink
    book_of(tmp_path, 3).close()
    assert newest_mailed(tmp_path) is None
    assert send(tmp_path, port, 3).accepted == 3
    assert newest_mailed(tmp_path) == 23
    report = send(tmp_path, port, 3)
    assert (report.accepted, report.before) == (0, 3)
    assert set(handler.taken.values()) == {1}
    (tmp_path / "mail.db").unlink()
    book_of(tmp_path, 3).close()
    send(tmp_path, port, 3)
    assert set(handler.taken.values()) == {2}


def test_each_answer_of_the_server_is_told_apart(sink: tuple[Sink, int], tmp_path: Path) -> None:
    handler, port = sink
    names = {n: contact(n).address for n in range(6)}
    handler.refused = {names[0]: "550 5.1.1 no such user", names[1]: "450 4.2.1 mailbox busy"}
    handler.answers = {names[2]: "554 5.7.1 spam", names[3]: "451 4.3.0 later"}
    handler.hang_up = {names[4]}
    book = book_of(tmp_path, 6)
    report = send(tmp_path, port, 7)
    assert (report.accepted, report.refused, report.deferred, report.without_address) == (1, 2, 2, 1)
    assert report.unknown == ["sample-4"]
    states = {one.household_id: one.state for one in book.messages(23)}
    assert states == {
        "sample-0": MailState.REFUSED, "sample-1": MailState.DEFERRED, "sample-2": MailState.REFUSED,
        "sample-3": MailState.DEFERRED, "sample-4": MailState.STARTED, "sample-5": MailState.ACCEPTED,
    }  # fmt: skip
    assert [(one.address, one.reason) for one in book.suppressions()] == [(names[0], SuppressionReason.BOUNCED)]
    handler.refused, handler.answers = {}, {}
    report = send(tmp_path, port, 7)
    assert (report.accepted, report.before, report.suppressed) == (2, 2, 1)
    assert handler.taken[names[4]] == 1
    book.close()


@pytest.mark.parametrize(
    "answer",
    [
        "550 5.1.8 Sender address rejected: Domain not found",
        "530 5.7.0 Authentication required",
        "554 5.7.1 Relay access denied",
    ],
)
def test_a_wrong_setting_condemns_nobody_and_stops_the_run(
    sink: tuple[Sink, int], tmp_path: Path, answer: str
) -> None:
    handler, port = sink
    handler.refused = {contact(n).address: answer for n in range(30)}
    book = book_of(tmp_path, 30)
    with pytest.raises(StoreError, match="did not take 20 messages in a row"):
        send(tmp_path, port, 30)
    assert (book.state_counts(23), book.suppressions()) == ({"deferred": 20}, [])
    handler.refused = {}
    assert send(tmp_path, port, 30).accepted == 30
    book.close()


def test_twenty_refusals_in_a_row_stop_the_run(sink: tuple[Sink, int], tmp_path: Path) -> None:
    handler, port = sink
    handler.refused = {contact(n).address: "550 5.1.1 no such user" for n in range(30)}
    book_of(tmp_path, 30).close()
    with pytest.raises(StoreError, match="did not take 20 messages in a row"):
        send(tmp_path, port, 30)
    report = send(tmp_path, port, 30)
    assert (report.suppressed, report.refused) == (20, 10)


def test_a_household_that_declined_is_written_to_when_it_agrees_anew(tmp_path: Path) -> None:
    book = book_of(tmp_path, 2)
    kept, other = contact(0), contact(1)
    assert book.decline(kept.household_id, AT)
    moved = replace(kept, address="new@example.org")
    assert [book.has_declined(one) for one in (kept, moved, other)] == [True, True, False]
    assert not book.has_declined(replace(moved, agreed_on="2999-01-01"))
    book.suppress(kept.address, SuppressionReason.ASKED, AT)
    assert book.forget(kept.household_id)
    assert book.is_suppressed(kept.address.upper())
    book.close()
    assert kept.address.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("mail.db"))


def test_no_server_is_a_store_error_and_nothing_is_lost(tmp_path: Path) -> None:
    book = book_of(tmp_path, 2)
    with pytest.raises(StoreError, match="does not take messages"):
        send(tmp_path, 1, 2)
    assert [one.state for one in book.messages(23)] == [MailState.DEFERRED]
    book.close()


def test_the_message_has_its_headers_and_parts(sink: tuple[Sink, int], tmp_path: Path) -> None:
    handler, port = sink
    book_of(tmp_path, 1).close()
    send(tmp_path, port, 1)
    message = email.message_from_bytes(handler.contents[contact(0).address], policy=default)
    token = contact(0).token
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"] == (
        f"<https://greengate.example/u/{token}>, <mailto:unsubscribe@greengate.example?subject={token}>"
    )
    assert message["Message-ID"] == "<2026-11-25-sample.1@greengate.example>"
    assert message["From"] == "Greengate Market <lists@greengate.example>"
    assert "lists.greengate.example" in message["List-Id"]
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/related", "multipart/alternative", "text/plain", "text/html", "image/png"]
    document = sample_document(0, items=6, specials=3)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    for body in (plain.get_content(), html.get_content()):
        assert document.specials[0].saving_text in body
    assert "cid:bars@list" in html.get_content()
    assert all(len(line) <= 998 for line in handler.contents[contact(0).address].split(b"\r\n"))


def test_the_same_list_gives_the_same_message() -> None:
    document = sample_document(0, items=6, specials=3)
    assert WRITER.message(document, contact(0), AT) == WRITER.message(document, contact(0), AT)


# -- Signatures --


def canonical_header(name: str, value: str) -> str:
    return f"{name.lower()}:{re.sub(r'[ ]+', ' ', value.replace(chr(13) + chr(10), '')).strip()}"


def is_signed(raw: bytes, public: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> bool:
    """A verifier of its own, after RFC 6376 section 6, for messages without tabs and trailing blanks."""
    head, _, body = raw.decode().partition("\r\n\r\n")
    fields = re.findall(r"(?ms)^([A-Za-z-]+):(.*?)(?=\r\n[^ \t]|\Z)", head + "\r\nX")
    name, value = fields[0]
    assert name == "DKIM-Signature"
    tags = dict(part.strip().split("=", 1) for part in value.replace("\r\n", "").split(";") if "=" in part)
    trimmed = "\r\n".join(re.sub(r" +$", "", re.sub(r" +", " ", line)) for line in body.split("\r\n"))
    hashed = hashlib.sha256((trimmed.rstrip("\r\n") + "\r\n").encode()).digest()
    if base64.b64encode(hashed).decode() != tags["bh"]:
        return False
    signed = [canonical_header(n, v) for want in tags["h"].split(":") for n, v in fields if n.lower() == want]
    signed.append(canonical_header("dkim-signature", re.sub(r"(?s)\bb=[^;]*$", "b=", value)))
    content = "\r\n".join(signed).encode()
    signature = base64.b64decode(tags["b"].replace(" ", ""))
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, content, PKCS1v15(), hashes.SHA256())
        else:
            public.verify(signature, hashlib.sha256(content).digest())
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_messages_are_signed_and_a_change_is_seen(tmp_path: Path, kind: str) -> None:
    made = rsa.generate_private_key(65_537, 2_048) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    pem = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    key = load_dkim_key(tmp_path / "key.pem")
    message = WRITER.message(sample_document(0, items=6, specials=3), contact(0), AT)
    raw = DkimSigner("greengate.example", "2026", key).sign(message)
    assert is_signed(raw, key.public_key())
    assert "list-unsubscribe-post" in raw.decode().partition("bh=")[0]
    assert not is_signed(raw.replace(b"One-Click", b"One-Clack"), key.public_key())
    assert not is_signed(raw[:-40] + b"x" + raw[-39:], key.public_key())
    assert not is_signed(raw, ed25519.Ed25519PrivateKey.generate().public_key())


MAIL_DKIM = """
use Mail::DKIM::Verifier; use Net::DNS;
my ($record) = @ARGV; my $asked = "";
my $text = do { local $/; binmode STDIN; <STDIN> };
no warnings "redefine";
*Mail::DKIM::DNS::query_async = sub {
  my ($name, $type, %given) = @_; $asked = $name;
  my $found = Net::DNS::RR->new(name => $name, type => "TXT", txtdata => [unpack("(A200)*", $record)]);
  return sub { $given{Callbacks}{Success}->($found) };
};
my $verifier = Mail::DKIM::Verifier->new(); $verifier->PRINT($text); $verifier->CLOSE;
print join("\\n", $verifier->result_detail, $asked, join(",", map { lc } $verifier->signature->headerlist)), "\\n";
"""
"""Perl's Mail::DKIM, which shares no code with ours and no library; the key's record is given instead of looked up."""


def outside_verdict(raw: bytes, record: str) -> list[str]:
    """What Mail::DKIM says, the record it asked for, and the headers the signature covers."""
    run = subprocess.run(["perl", "-e", MAIL_DKIM, record], input=raw, capture_output=True, check=True, timeout=60)
    return run.stdout.decode().splitlines()


def has_mail_dkim() -> bool:
    perl = shutil.which("perl")
    return (
        perl is not None
        and not subprocess.run([perl, "-MMail::DKIM", "-e1"], check=False, capture_output=True).returncode
    )


@pytest.mark.skipif(not has_mail_dkim(), reason="needs perl's Mail::DKIM (Debian: libmail-dkim-perl)")
def test_another_program_verifies_our_signature_and_sees_one_altered_byte(tmp_path: Path) -> None:
    made = rsa.generate_private_key(65_537, 2_048)
    (tmp_path / "key.pem").write_bytes(
        made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    record = f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"
    message = WRITER.message(sample_document(0), contact(0), AT)
    raw = DkimSigner("greengate.example", "regulars", load_dkim_key(tmp_path / "key.pem")).sign(message)
    verdict, asked, headers = outside_verdict(raw, record)
    assert verdict == "pass"
    assert asked == "regulars._domainkey.greengate.example"
    assert {"list-unsubscribe", "list-unsubscribe-post", "from", "to", "subject"} <= set(headers.split(","))
    assert outside_verdict(raw.replace(b"One-Click", b"One-Clack"), record)[0].startswith("fail")
    assert outside_verdict(raw[:-60] + bytes([raw[-60] ^ 1]) + raw[-59:], record)[0].startswith("fail")
    other = (
        rsa.generate_private_key(65_537, 2_048)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    assert outside_verdict(raw, f"v=DKIM1; k=rsa; p={base64.b64encode(other).decode()}")[0].startswith("fail")


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text("secret")
    with pytest.raises(ConfigError, match="no private key"):
        load_dkim_key(tmp_path / "key.pem")


# -- What comes back --


def returned(kind: str, *parts: str) -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts)
    head = f'From: server@example.net\r\nContent-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
    return f"{head}{body}--b--\r\n".encode()


def status(code: str) -> str:
    return (
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.org\r\n\r\n"
        f"Final-Recipient: rfc822; h1@example.org\r\nAction: failed\r\nStatus: {code}\r\n"
    )


ORIGINAL = "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <2026-11-25-sample.2@greengate.example>\r\n"
COMPLAINT = "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: x\r\nVersion: 1\r\n"


def wish(subject: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content("please")
    return message.as_bytes()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (returned("delivery-status", status("5.1.1"), ORIGINAL), SuppressionReason.BOUNCED),
        (returned("delivery-status", status("4.4.7"), ORIGINAL), None),
        (returned("delivery-status", status("5.7.1"), ORIGINAL), None),
        (returned("feedback-report", COMPLAINT.replace("abuse", "auth-failure"), ORIGINAL), None),
        (returned("feedback-report", COMPLAINT.replace("abuse", "not-spam"), ORIGINAL), None),
        (returned("feedback-report", COMPLAINT, ORIGINAL), SuppressionReason.COMPLAINED),
        (wish(f"Unsubscribe {contact(1).token.replace('O', '0')}"), None),
        (wish(contact(1).token), None),
        (wish("Where is my list?"), None),
    ],
)
def test_what_came_back_has_its_consequence(
    sink: tuple[Sink, int], tmp_path: Path, content: bytes, reason: SuppressionReason | None
) -> None:
    _, port = sink
    book = book_of(tmp_path, 3)
    send(tmp_path, port, 3)
    read = read_returned(content)
    suppression = take_returned(read, book, AT) if read else None
    assert (suppression.reason if suppression else None) == reason
    assert [one.address for one in book.suppressions()] == (["h1@example.org"] if reason else [])
    book.close()


def test_a_message_with_the_token_unsubscribes(tmp_path: Path) -> None:
    book = SqliteMailBook(tmp_path / "mail.db")
    one = contact(1)
    token = "7Q2XK9V3M8ZT4B6NC5RDW1YFHJ"
    book.add_contacts([type(one)(one.household_id, one.address, token, one.agreed_on)])
    read = read_returned(wish(f"Re: {token.lower()}"))
    assert read is not None
    assert take_returned(read, book, AT) is not None
    assert book.is_suppressed("H1@Example.org")
    book.close()


# -- Contacts and pace --


def test_contacts_are_checked_and_a_finding_tells_no_address(tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text(
        "household_id,email,agreed_on\n1,a@example.org,2026-11-01\n2,not an address,2026-11-01\n"
        "3,b@example.org,yesterday\n,c@example.org,2026-11-01\n1,d@example.org,2026-11-02\n"
        '4,"e@example.org\nBcc: x@example.org",2026-11-01\n5,f@example.org,2026-11-01\n'
    )
    contacts, findings = read_contacts(
        file, lambda household: f"token of {household}", lambda asked: asked & {"5"}, today=AT.date()
    )
    assert [(one.household_id, one.address, one.token) for one in contacts] == [
        ("1", "d@example.org", "token of 1"),
        ("5", "f@example.org", "token of 5"),
    ]
    assert [(finding.line, finding.column, finding.rule) for finding in findings] == [
        (3, "email", "contact-refused"),
        (4, "agreed_on", "contact-refused"),
        (5, "household_id", "contact-refused"),
        (6, "email", "contact-repeated"),
        (8, "email", "contact-refused"),
        (9, "household_id", "contact-unknown"),
    ]
    assert all("@" not in finding.message for finding in findings)
    assert [finding.refused for finding in findings] == [True, True, True, False, True, False]
    book = SqliteMailBook(tmp_path / "mail.db")
    assert (book.add_contacts(contacts), book.add_contacts(contacts)) == (2, 0)
    assert book.forget("1")
    assert book.contact("1") is None
    assert (tmp_path / "mail.db").stat().st_mode & 0o777 == 0o600
    book.close()


def test_nobody_can_have_agreed_on_a_day_to_come(tmp_path: Path) -> None:
    today, tomorrow = date(2026, 11, 26), date(2026, 11, 27)
    file = tmp_path / "contacts.csv"
    rows = (f"1,a@example.org,{tomorrow}", f"2,b@example.org,{today}", "3,c@example.org,20261101")
    file.write_text("\n".join(("household_id,email,agreed_on", *rows)))
    contacts, (finding,) = read_contacts(file, str, lambda _: set(), today=today)
    assert [(one.household_id, one.agreed_on) for one in contacts] == [("2", "2026-11-26"), ("3", "2026-11-01")]
    assert (finding.file, finding.line, finding.column, finding.rule, finding.refused) == (
        "contacts.csv", 2, "agreed_on", "contact-agreed-later", True,
    )  # fmt: skip
    assert (
        finding.message == "agreed_on is 2026-11-27, which is still to come; expected 2026-11-26 or a day before"
    )
    assert [one.household_id for one in read_contacts(file, str, lambda _: set(), today=tomorrow)[0]] == [*"123"]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@example.org", "anna@example.org"),
        ("müller@bücher.example", None),
        ("anna@bü..cher.example", None),
        ("anna@straße.example", "anna@xn--strae-oqa.example"),
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("anna@a\u200bb.example", None),
        ("anna@-b.example", None),
        ("anna@" + "b" * 64 + ".example", None),
        ("anna@example", None),
        ("an\x1cna@example.org", None),
        ("an\x7fna@example.org", None),
        ("a:anna@example.org", None),
        ("anna+list@example.org", "anna+list@example.org"),
    ],
)
def test_a_domain_of_any_letters_is_written_as_the_name_service_knows_it(
    tmp_path: Path, written: str, kept: str | None
) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text(f"household_id,email,agreed_on\n1,{written},2026-11-01\n", encoding="utf-8")
    contacts, findings = read_contacts(file, str, lambda _: set(), today=AT.date())
    assert [one.address for one in contacts] == ([kept] if kept else [])
    assert [finding.column for finding in findings] == ([] if kept else ["email"])


def test_messages_keep_the_pace() -> None:
    now = [100.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    ticks = Pace(per_minute=30, sleep=sleep, now=lambda: now[0]).ticks()
    times = []
    for _ in range(5):
        next(ticks)
        times.append(now[0] - 100)
    assert times == [0.0, 2.0, 4.0, 6.0, 8.0]
