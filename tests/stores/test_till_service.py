"""The service over HTTP on both stores: a basket from the list's code to the log, and everything that is refused."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import httpx
import pytest
from ledger_samples import AT, WHO, list_records, plan_content
from till_samples import COFFEE, NOON, accounts, lane, state_of
from till_service import KEYS, Service, running_service

from regulars.adapters import TillClient
from regulars.adapters.ledger import SqlLedger
from regulars.api import bound_port
from regulars.flows import PlanContent
from regulars.kernel import (
    ConfigError,
    ContractError,
    StoreError,
    StoreId,
    digest_of,
    lane_secret,
    request_signature,
)

CODE = "47024000000000000017"
PHONE = "ABCDEFGH12345678"
BASKET = [
    {"number": 1, "code": "00042100005264", "quantity": 1, "amount_cents": 399},
    {"number": 2, "code": "1029743", "quantity": 2, "amount_cents": 500},
]


def content() -> PlanContent:
    """The sample plan, the first household's list under a code that a test may type."""
    made = plan_content()
    lists = list(list_records("plan-a", 3))
    first = type(lists[0])(**{**vars(lists[0]), "code_digest": digest_of(CODE), "phone_digest": digest_of(PHONE)})
    return PlanContent(**{**vars(made), "lists": [first, *lists[1:]]})


@pytest.fixture
def service(ledger: SqlLedger) -> Iterator[Service]:
    ledger.apply_plan(content(), at=AT, actor=WHO)
    with running_service(ledger) as running:
        yield running
    assert ledger.verify() == []


def test_offers_whose_last_day_is_past_end_by_themselves(ledger: SqlLedger) -> None:
    ledger.apply_plan(content(), at=AT, actor=WHO)
    with running_service(ledger, at=NOON + timedelta(days=20)) as service:
        until = time.monotonic() + 10
        while not service.till.writer.ended:
            assert time.monotonic() < until, "nothing ended in ten seconds"
            time.sleep(0.05)
    assert state_of(ledger, COFFEE) == "closed"
    assert ledger.verify() == []


def offers(answer: dict) -> dict[str, tuple[int, str]]:  # type: ignore[type-arg]
    return {one["offer_id"]: (one["saving_cents"], one["reason"]) for one in answer["offers"]}


def asked(answer: dict) -> list[dict]:  # type: ignore[type-arg]
    return [
        {"grant": one["grant"], "epoch": one["epoch"], "discount_cents": one["saving_cents"]}
        for one in answer["offers"]
        if not one["reason"]
    ]


@pytest.mark.parametrize("identity", [{"list_code": CODE}, {"phone_secret": PHONE}, {"card_id": "card-1"}])
def test_a_basket_from_list_to_log(service: Service, ledger: SqlLedger, identity: dict[str, str]) -> None:
    with service.lane("4") as till, service.lane("*") as back_room:
        quote = till.quote(lane(4), BASKET, **identity)
        assert (quote["found"], quote["saving_cents"]) == (True, 150)
        assert state_of(ledger, COFFEE) == "issued"
        held = till.hold(lane(4), BASKET, **identity)
        assert offers(held) == {"coffee": (100, ""), "bread": (50, "")}
        armed = till.arm(lane(4), asked(held))
        assert [line["armed"] for line in armed["lines"]] == [True, True]
        assert state_of(ledger, COFFEE) == "armed"
        shares = [{"grant": line["grant"], "discount_cents": line["discount_cents"]} for line in armed["lines"]]
        transaction = {"store_id": "12", "lane_id": "4", "business_on": "2017-11-28", "sequence": 1}
        told = back_room.facts([{"kind": "logged", "transaction": transaction, "shares": shares}])
        assert set(told["facts"][0]["outcomes"].values()) == {"spent"}
        assert back_room.close_day("2017-11-28") == {"grants": []}
    assert accounts(ledger) == {"discount store": -150, "retailer_funded store": 90, "vendor_due roaster": 60}


def test_every_offer_that_does_not_apply_says_why(service: Service) -> None:
    with service.lane("4") as till:
        answer = till.hold(lane(4), BASKET[:1], list_code=CODE)
        bread = next(one for one in answer["offers"] if one["offer_id"] == "bread")
        assert (bread["reason"], bread["sentence"]) == (
            "nothing_covered",
            "Nothing in the basket counts for bread: it takes 1029743.",
        )
    with service.lane("5") as other:
        answer = other.quote(lane(5), BASKET, list_code=CODE)
        assert offers(answer) == {"coffee": (0, "held_elsewhere"), "bread": (50, "")}
        assert [one["sentence"] for one in answer["offers"]] == ["Held at lane 4 until 12:15.", ""]
    with service.lane("5", store="13") as elsewhere:
        for ask in (elsewhere.quote, elsewhere.hold):
            first, _ = ask(lane(5, store="13"), BASKET, list_code=CODE)["offers"]
            assert first["sentence"] == "Held at store 12, lane 4 until 12:15."


def test_a_repeated_hold_gets_the_same_hold_and_another_body_is_refused(service: Service) -> None:
    with service.lane("4") as till:
        first = till.hold(lane(4), BASKET, list_code=CODE)
        service.clock.pass_time(minutes=1)
        assert till.hold(lane(4), BASKET, list_code=CODE) == first
        with pytest.raises(ContractError, match="a higher revision"):
            till.hold(lane(4), BASKET[:1], list_code=CODE)
        armed = till.arm(lane(4), asked(first))
        assert till.arm(lane(4), asked(first)) == armed


def test_an_older_state_of_a_basket_is_refused_and_frees_nothing(service: Service) -> None:
    with service.lane("4") as till, service.lane("5") as other:
        held = till.hold(lane(4), BASKET, list_code=CODE, revision=3)
        with pytest.raises(ContractError, match=r"\(409\): revision 3 of this basket came before revision 2"):
            till.hold(lane(4), BASKET[:1], list_code=CODE, revision=2)
        seen = other.hold(lane(5), BASKET, list_code=CODE)
        assert offers(seen) == {"coffee": (0, "held_elsewhere"), "bread": (0, "held_elsewhere")}
        assert [line["armed"] for line in till.arm(lane(4), asked(held))["lines"]] == [True, True]


def test_a_basket_of_another_year_is_told_which_day_it_is(service: Service) -> None:
    with service.lane("4") as till:
        answer = till.hold(lane(4, day=date(1970, 1, 1)), BASKET, list_code=CODE)
        assert {one["sentence"] for one in answer["offers"]} == {
            "The lane's business day is 1970-01-01, and here it is 2017-11-28."
        }


NO_LIST = "This opens no list that holds today. Scan it again or check what was typed."


def test_any_unknown_code_gets_one_answer_and_guessing_is_slowed_down(service: Service) -> None:
    with service.lane("4") as till, service.lane("5") as other:
        guesses = [f"{number:020d}" for number in range(19)] + ["x"]
        assert {json.dumps(till.quote(lane(4), BASKET, list_code=guess)) for guess in guesses} == {
            json.dumps({"found": False, "saving_cents": 0, "offers": [], "sentence": NO_LIST})
        }
        with pytest.raises(StoreError, match="too many unknown codes"):
            till.quote(lane(4), BASKET, list_code=CODE)
        assert other.quote(lane(5), BASKET, list_code=CODE)["found"]
        service.clock.pass_time(minutes=1)
        assert till.quote(lane(4), BASKET, list_code=CODE)["found"]


def test_a_code_may_be_typed_as_it_is_printed(service: Service) -> None:
    with service.lane("4") as till:
        for typed in ("47024 00000000 0000017", "47024-00000000-0000017", " 47024\u00a000000000\u20100000017 "):
            assert till.quote(lane(4), BASKET, list_code=typed)["found"], typed
        for wrong in ("4702400000000000001", "47024 00000000 0000018", "47024_00000000_0000017", " - "):
            assert till.quote(lane(4), BASKET, list_code=wrong) == {
                "found": False,
                "saving_cents": 0,
                "offers": [],
                "sentence": NO_LIST,
            }


def test_a_path_with_a_slash_at_its_end_is_none_whatever_the_method(service: Service) -> None:
    for method in ("POST", "GET", "PUT", "HEAD"):
        answer = httpx.request(method, service.url + "/till/v1/hold/", timeout=20)
        assert answer.status_code == 404, method
    assert httpx.get(service.url + "/till/v1/hold", timeout=20).status_code == 405


def test_a_lane_speaks_for_itself_alone(service: Service) -> None:
    with service.lane("4") as till, service.lane("*", store="13") as elsewhere:
        for act in (
            lambda: till.quote(lane(5), BASKET, list_code=CODE),
            lambda: till.hold(lane(4, store="13"), BASKET, list_code=CODE),
            lambda: till.release(lane(5)),
            lambda: till.close_day("2017-11-28"),
            lambda: elsewhere.quote(lane(4), BASKET, list_code=CODE),
        ):
            with pytest.raises(ContractError, match=r"\(403\)"):
                act()


def test_clock_wrong_by_a_day_is_told_the_time(service: Service) -> None:
    till = service.lane("4", now=service.clock.now_at() - timedelta(days=1))
    with till, pytest.raises(ContractError, match=r"it is 2017-11-28T17:00:00\+00:00 here"):
        till.quote(lane(4), BASKET, list_code=CODE)


def test_a_request_is_let_in_once_and_only_as_it_was_signed(service: Service) -> None:
    body = json.dumps(
        {"transaction": {"store_id": "12", "lane_id": "4", "business_on": "2017-11-28", "sequence": 1}}
    )
    at, nonce = service.clock.now_at().isoformat(), "n" * 24
    secret = lane_secret(KEYS, StoreId("12"), "4", 1)
    path = "/till/v1/release"
    headers = {
        "Content-Type": "application/json",
        "X-Regulars-Lane": "12/4",
        "X-Regulars-At": at,
        "X-Regulars-Nonce": nonce,
        "X-Regulars-Signature": request_signature(
            secret, method="POST", path=path, body=body.encode(), at=at, nonce=nonce
        ),
    }

    def send(**changed: str) -> int:
        content = changed.pop("body", body)
        return httpx.post(
            service.url + changed.pop("path", path), content=content, headers={**headers, **changed}, timeout=20
        ).status_code

    assert send(body=body + " ") == 401
    assert send(path=path + "?again") == 401
    assert send(**{"X-Regulars-Lane": "12/5"}) == 401
    assert send(**{"X-Regulars-Nonce": "short"}) == 401
    assert send(**{"X-Regulars-At": "noon"}) == 401
    assert send() == 200
    assert send() == 409


def test_a_revoked_lane_is_not_let_in(ledger: SqlLedger) -> None:
    ledger.apply_plan(content(), at=AT, actor=WHO)
    with running_service(ledger, revoked=frozenset({"12/4"})) as running:
        with running.lane("4") as till, pytest.raises(ContractError, match=r"\(401\): lane 12/4 is shut out"):
            till.quote(lane(4), BASKET, list_code=CODE)
        with running.lane("5") as till:
            assert till.quote(lane(5), BASKET, list_code=CODE)["found"]


PATHS = ("/till/v1/quote", "/till/v1/hold", "/till/v1/arm", "/till/v1/facts", "/till/v1/day-close", "/nowhere")
NO_CALLS = (b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"transaction": 1}', b"[" * 100_000, b"1e999", b'"\x00"')


def test_bytes_that_are_no_call_are_refused_with_a_reason(service: Service) -> None:
    with service.lane("4") as till:
        for path in PATHS:
            for body in NO_CALLS:
                headers = till._headers(path, body, "x")
                answer = httpx.post(service.url + path, content=body, headers=headers, timeout=20)
                assert 400 <= answer.status_code < 500, (path, body[:20], answer.text)
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["detail"]


def test_a_call_is_let_in_before_its_body_is_read_and_its_key_before_anything_is_done(service: Service) -> None:
    path, body = (
        "/till/v1/hold",
        json.dumps({"transaction": lane(4).as_plain(), "list_code": CODE, "lines": BASKET}),
    )

    def send(content: bytes, **changed: str | None) -> tuple[int, str]:
        with service.lane("4") as till:
            headers = till._headers(path, content, f"{lane(4).key}/0") | changed
        named = {name: value for name, value in headers.items() if value is not None}
        answer = httpx.post(service.url + path, content=content, headers=named, timeout=20)
        return answer.status_code, answer.json().get("detail", "")

    whole = body.encode()
    assert send(b"{", **{"X-Regulars-Signature": "00"}) == (401, "the signature is not this lane's")
    assert send(b"{")[0] == 422
    assert send(whole, **{"Content-Type": "text/plain"}) == (
        422,
        "body: expected JSON, with Content-Type application/json",
    )
    assert send(whole, **{"Idempotency-Key": None}) == (422, "header.Idempotency-Key: Field required")
    assert send(whole, **{"Idempotency-Key": "mine"})[1] == f"the Idempotency-Key of this call is {lane(4).key}/0"
    wrong = whole.replace(b'"quantity": 2', b'"quantity": 0')
    assert send(wrong) == (422, "body.lines.1.quantity: Input should be greater than or equal to 1")
    assert send(whole) == (200, "")
    assert httpx.get(service.url + path, timeout=20).status_code == 405


@pytest.mark.parametrize(
    ("lacks", "has", "told"),
    [
        (
            b'"amount_cents": 399',
            b'"amount_cents": true',
            "body.lines.0.amount_cents: Input should be a valid int",
        ),
        (
            b'"amount_cents": 399',
            b'"amount_cents": "399"',
            "body.lines.0.amount_cents: Input should be a valid int",
        ),
        (
            b'"amount_cents": 399',
            b'"amount_cents": 399.0',
            "body.lines.0.amount_cents: Input should be a valid int",
        ),
        (
            b'"amount_cents": 399',
            b'"amount_cents": 399, "amount_cents": 1',
            "body: amount_cents stands there twice in",
        ),
        (b'"lines"', b'"list_code": "x", "lines"', "body: list_code stands there twice in one object"),
    ],
)
def test_a_number_is_a_number_and_stands_there_once(service: Service, lacks: bytes, has: bytes, told: str) -> None:
    path = "/till/v1/quote"
    whole = json.dumps({"transaction": lane(4).as_plain(), "list_code": CODE, "lines": BASKET}).encode()
    assert whole.count(lacks) == 1
    content = whole.replace(lacks, has)
    with service.lane("4") as till:
        answer = httpx.post(
            service.url + path, content=content, headers=till._headers(path, content, ""), timeout=20
        )
    assert (answer.status_code, answer.json()["detail"][: len(told)]) == (422, told)


def test_another_path_another_method_and_no_http_get_problem_details(service: Service) -> None:
    for method, path, status in (
        ("POST", "/till/v1/hold/", 404),
        ("POST", "/till/v1/nothing", 404),
        ("GET", "/till/v1/hold", 405),
        ("PUT", "/till/v1/hold", 405),
    ):
        answer = httpx.request(method, service.url + path, timeout=20)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert answer.json()["status"] == status
    port = int(service.url.rsplit(":", 1)[1])
    for sent in (b"FOO / HTTP/1.1\r\n\r\n", b"POST /x HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"\x00\xff\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
            line.sendall(sent)
            head, _, body = b"".join(iter(lambda: line.recv(4096), b"")).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"content-type: application/problem+json" in head
        assert json.loads(body)["status"] == 400


def test_bodies_are_bounded(service: Service) -> None:
    answer = httpx.post(service.url + "/till/v1/quote", content=b"x" * 1_000_001, timeout=20)
    assert answer.status_code == 413


def test_service_says_how_it_is(service: Service) -> None:
    with service.lane("4") as till:
        till.hold(lane(4), BASKET, list_code=CODE)
    assert httpx.get(service.url + "/health", timeout=20).json() == {"status": "ok", "waiting": 0}
    metrics = httpx.get(service.url + "/metrics", timeout=20).text
    assert 'regulars_requests_total{route="/till/v1/hold",status="200"} 1.0' in metrics
    assert "household" not in metrics


def test_many_lanes_at_once_share_commits_and_one_gets_the_offer(service: Service, ledger: SqlLedger) -> None:
    def ring(number: int) -> int:
        with service.lane(f"{number}") as till:
            held = till.hold(lane(number), BASKET[:1], list_code=CODE)
            wanted = asked(held)
            return sum(line["armed"] for line in till.arm(lane(number), wanted)["lines"]) if wanted else 0

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ring, range(1, 17))) == 1
    assert accounts(ledger)["vendor_open roaster"] == 60


def test_a_port_that_another_program_has_is_told_in_one_sentence() -> None:
    with bound_port("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}: Address already in use"):
            bound_port("127.0.0.1", port)


def test_client_gives_up_in_one_sentence() -> None:
    nobody = TillClient("http://127.0.0.1:9", "12", "4", "00" * 32, timeout_seconds=0.2)
    told = "the service does not answer at http://127.0.0.1:9: [^$]*hint: start `regulars serve`"
    with nobody, pytest.raises(StoreError, match=told):
        nobody.release(lane(4))
    near = TillClient("http://127.0.0.1:9", "12", "4", "00" * 32, timeout_seconds=0.2, controller=True)
    told = "the store's controller does not answer at http://127.0.0.1:9: [^$]*hint: start the controller"
    with near, pytest.raises(StoreError, match=told):
        near.release(lane(4))
