"""Run as a program: lanes that ring against a real service kill themselves (SIGKILL) at six points; prints JSON.

Each lane has its journal and, like a till, a memory of the receipts it printed. Every other one has lost its network.
After each kill the lane comes back on the same journal, ends what it had begun as its receipts say, and tells. At the
end the day's log is told and the day closed: no grant may be left held or armed, and the books are the receipts.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import uvicorn
from lane_shop import LINES, STORE, centre_app, code_of, fetch_pack, journal_path, logged, open_shop, secret_of
from till_samples import NOON, TODAY

from regulars.adapters import FileJournal, TillClient
from regulars.adapters.ledger import create_ledger, open_ledger
from regulars.flows import CRASH_POINTS, ReferenceLane
from regulars.kernel import ANY_LANE, StoreError
from regulars.redeem import LaneTransaction, TillPack

LANE = "1"
OFFLINE_POINTS = ("begun", "given", "tendered")


class NoLine(TillClient):
    """A connection that was cut."""

    def call(self, path, body, *, key=""):  # type: ignore[no-untyped-def]
        raise StoreError("the line is cut", retryable=True)


def _serve(url: str, port: int) -> int:
    """The service, in a process of its own."""
    child = os.fork()
    if child == 0:
        try:
            app = centre_app(open_ledger(url, folder=Path()))
            uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", access_log=False)).run()
        finally:
            os._exit(0)
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/health", timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return child
    raise AssertionError("the service does not answer")


def _lane(
    folder: Path, url: str, pack: TillPack, reach: Callable[[str], None], *, cut: bool = False
) -> tuple[ReferenceLane, TillClient, FileJournal]:
    kind = NoLine if cut else TillClient
    client = kind(url, STORE, LANE, secret_of(LANE), timeout_seconds=20, now=lambda: NOON)
    journal = FileJournal(journal_path(folder, LANE))
    return ReferenceLane(STORE, LANE, journal, client, pack=pack, reach=reach), client, journal


def _die_at(point: str, folder: Path, url: str, pack: TillPack, number: int, *, cut: bool) -> None:
    """In a child: ring household `number`, print the receipt at tender, and die at the point."""

    def reach(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    lane, _, _ = _lane(folder, url, pack, reach, cut=cut)
    sale = LaneTransaction(STORE, LANE, TODAY, number)
    given = lane.ring(sale, LINES, list_code=code_of(number))
    with (folder / "receipts").open("a") as receipts:
        receipts.write(json.dumps({"key": sale.key, "given": given}) + "\n")
        receipts.flush()
        os.fsync(receipts.fileno())
    reach("tendered")


def _printed(folder: Path) -> dict[str, list[dict[str, object]]]:
    path = folder / "receipts"
    rows = map(json.loads, path.read_text().splitlines()) if path.exists() else ()
    return {row["key"]: row["given"] for row in rows}


def main(url: str, each: int) -> dict[str, object]:
    """Kill `each` lanes at every point."""
    points = [point for _ in range(each) for point in CRASH_POINTS]
    ledger = create_ledger(url, folder=Path())
    plan = open_shop(ledger, len(points))
    pack = fetch_pack(ledger, plan, 0, cap_cents=10**7)
    ledger.close()
    with tempfile.TemporaryDirectory() as name:
        folder, address = Path(name), f"http://127.0.0.1:{PORT}"
        service = _serve(url, PORT)
        try:
            seen = _kill_all(points, folder, address, pack)
        finally:
            os.kill(service, signal.SIGTERM)
            os.waitpid(service, 0)
        receipts = _printed(folder)
    ledger = open_ledger(url, folder=Path())
    states = Counter(grant.state.value for grant in ledger.grants_of(plan.plan_id))
    kept = sum(one["discount_cents"] for given in receipts.values() for one in given)  # type: ignore[misc]
    with ledger._engine.connect() as connection:
        query = "SELECT -SUM(amount_cents) FROM entries WHERE account = 'discount'"
        booked = connection.exec_driver_sql(query).scalar() or 0
    findings = len(ledger.verify())
    ledger.close()
    return {
        **seen,
        "receipts": len(receipts),
        "held": states["held"],
        "armed": states["armed"],
        "receipts' cents": kept,
        "ledger's cents": int(booked) - seen["credited cents"],
        "findings": findings,
    }


def _kill_all(points: list[str], folder: Path, url: str, pack: TillPack) -> Counter[str]:
    seen: Counter[str] = Counter()
    for number, point in enumerate(points, start=1):
        cut = point in OFFLINE_POINTS and number // len(CRASH_POINTS) % 2 == 1
        child = os.fork()
        if child == 0:
            try:
                _die_at(point, folder, url, pack, number, cut=cut)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        seen["killed"] += os.WIFSIGNALED(status)
        seen[f"killed, {point}"] += os.WIFSIGNALED(status)
        seen["killed without a network"] += cut
        _come_back(folder, url, pack, seen)
    receipts = _printed(folder)
    with TillClient(url, STORE, ANY_LANE, secret_of(ANY_LANE), timeout_seconds=60, now=lambda: NOON) as room:
        facts = [logged(key, given) for key, given in receipts.items()]  # type: ignore[arg-type]
        for start in range(0, len(facts), 200):
            room.facts(facts[start : start + 200])
        seen["freed by the close of the day"] = len(room.close_day(TODAY.isoformat())["grants"])
    return seen


def _come_back(folder: Path, url: str, pack: TillPack, seen: Counter[str]) -> None:
    lane, client, journal = _lane(folder, url, pack, lambda _point: None)
    receipts = _printed(folder)
    seen["came back"] += lane.come_back(lambda sale: sale.key in receipts)
    done = lane.reconcile()
    assert done is not None, "the service is away"
    seen["credited cents"] += done.credited_cents
    client.close()
    journal.close()


if __name__ == "__main__":
    PORT = int(sys.argv[3])
    json.dump(main(sys.argv[1], int(sys.argv[2])), sys.stdout)
