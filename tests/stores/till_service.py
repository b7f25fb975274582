"""The service on a real port, on a ledger with the sample plan: coffee saves 100 cents on one, bread 50."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from till_samples import NOON, PLAN

from regulars.adapters import TillClient
from regulars.adapters.ledger import SqlLedger
from regulars.api import GroupWriter, LaneGate, TillService, create_app, web_server
from regulars.api._desk import router as desk_router
from regulars.api._writer import Writer
from regulars.contracts import DealKind, Ladder
from regulars.flows import TillDesk
from regulars.kernel import CodeKeys, HouseholdId, OfferId, ProductId, StoreId, lane_secret
from regulars.offers import TillTerms

KEYS = CodeKeys(b"c" * 32, b"s" * 32, b"p" * 32)
TERMS = {
    (OfferId(offer), 1): TillTerms(
        OfferId(offer), 1, offer, DealKind.AMOUNT_OFF, Ladder(amount_cents=cents), frozenset({ProductId(product)})
    )
    for offer, cents, product in (("coffee", 100, "042100005264"), ("bread", 50, "1029743"))
}


class SettableClock:
    """The centre's clock, moved by the test."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now_at(self) -> datetime:
        return self.at

    def pass_time(self, **time: int) -> None:
        self.at += timedelta(**time)


class Service:
    """A running service."""

    def __init__(
        self,
        ledger: SqlLedger,
        clock: SettableClock,
        *,
        revoked: frozenset[str] = frozenset(),
        writer: Writer | None = None,
    ) -> None:
        self.clock = clock
        desk = TillDesk(
            ledger,
            {PLAN: TERMS}.__getitem__,
            {"card-1": HouseholdId("household-1")}.get,
            clock=clock,
            zone=ZoneInfo("America/New_York"),
        )
        gate = LaneGate(KEYS, clock, generation=1, revoked=revoked)
        self.till = TillService(desk, writer or GroupWriter(ledger, desk.now), gate)
        self.app = create_app(self.till, routers=(desk_router,))
        self.url = ""

    def lane(self, lane_id: str, *, store: str = "12", now: datetime | None = None) -> TillClient:
        secret = lane_secret(KEYS, StoreId(store), lane_id, 1).hex()
        return TillClient(
            self.url, store, lane_id, secret, timeout_seconds=20, now=lambda: now or self.clock.now_at()
        )


@contextmanager
def running_service(ledger: SqlLedger, *, at: datetime = NOON, **more: Any) -> Iterator[Service]:
    service = Service(ledger, SettableClock(at), **more)
    with serving(service.app) as service.url:
        yield service


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """An application on a port of its own; its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = web_server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def machine_now() -> datetime:
    return datetime.now(tz=UTC)
