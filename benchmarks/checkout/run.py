"""Checkout: baskets a second, open-loop, against the real service with fsync on; afterwards the books must be whole.

A basket has 20 lines, of which about four meet an offer; one HOLD and one ARM go over HTTP, signed; its log line goes
with others once a second. Baskets start by the clock, whether or not earlier ones were answered; the time of a HOLD
counts from the moment it was due.

Run: ``python -m benchmarks.checkout.run --size small|full [--store sqlite|postgres]``. Exit 1 below a bar.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import resource
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import httpx
import psycopg
import uvloop
from benchmarks.checkout import service as under

from regulars.adapters.ledger import open_ledger
from regulars.kernel import ANY_LANE, StoreId, lane_secret, request_signature

RATES = {"sqlite": 100, "postgres": 80}
SECONDS = {"small": 20, "full": 600}
P50_MS_MAX, P99_MS_MAX = 20.0, 100.0
LANES = 48
STORE = StoreId("1")
LINES = 20
_ARRIVAL_SEED = 20_261_125


@dataclass
class Seen:
    """Latencies in seconds and counts of one run."""

    holds: list[float] = field(default_factory=list)
    arms: list[float] = field(default_factory=list)
    facts: list[float] = field(default_factory=list)
    armed: int = 0
    armed_cents: int = 0
    refused: int = 0
    errors: int = 0
    log: list[dict[str, object]] = field(default_factory=list)


class Wire:
    """One kept-open connection; as little as HTTP/1.1 needs, so that the generator costs little."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(
        self, path: str, body: dict[str, object], lane: str, key: str = ""
    ) -> tuple[int, dict[str, object]]:
        """Status and body of a signed call."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        content = json.dumps(body).encode()
        at, nonce = datetime.now(tz=UTC).isoformat(), secrets.token_hex(12)
        secret = _secret(lane)
        signature = request_signature(secret, method="POST", path=path, body=content, at=at, nonce=nonce)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
            f"X-Regulars-Lane: {STORE}/{lane}\r\nX-Regulars-At: {at}\r\nX-Regulars-Nonce: {nonce}\r\n"
            f"X-Regulars-Signature: {signature}\r\n" + (f"Idempotency-Key: {key}\r\n" if key else "") + "\r\n"
        )
        writer.write(head.encode() + content)
        await writer.drain()
        try:
            answered = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:  # the service closed a line nobody used for a while
            self._streams = None
            return await self.post(path, body, lane, key)
        first, *headers = answered.decode().lower().splitlines()
        length = next(int(one.partition(":")[2]) for one in headers if one.startswith("content-length:"))
        return int(first.split()[1]), json.loads(await reader.readexactly(length))


_secrets: dict[str, bytes] = {}


def _secret(lane: str) -> bytes:
    if lane not in _secrets:
        _secrets[lane] = lane_secret(under.KEYS, STORE, lane, 1)
    return _secrets[lane]


def lines_of(household: int, draw: Random) -> list[dict[str, object]]:
    """Twenty lines: four that meet offers of the household, three units each, and sixteen that meet none."""
    met = draw.sample(range(under.GRANTS_EACH), 4)
    codes = [draw.choice(under.products_of(under.offer_of(household, slot))) for slot in met]
    codes += [f"{9_000_000 + draw.randrange(100_000)}" for _ in range(LINES - len(codes))]
    return [
        {
            "number": number,
            "code": code,
            "quantity": 3 if number < 4 else 1,
            "amount_cents": 897 if number < 4 else 349,
        }
        for number, code in enumerate(codes)
    ]


async def basket(
    wires: asyncio.Queue[Wire], household: int, lines: list[dict[str, object]], due: float, seen: Seen
) -> None:
    lane, day = f"{household % LANES}", under.today().isoformat()
    transaction = {"store_id": STORE, "lane_id": lane, "business_on": day, "sequence": household}
    key = f"{day}/{STORE}/{lane}/{household}"
    wire = await wires.get()
    try:
        body = {
            "transaction": transaction,
            "list_code": under.list_code_of(household),
            "lines": lines,
            "revision": 0,
        }
        status, quote = await wire.post("/till/v1/hold", body, lane, f"{key}/0")
        answered = asyncio.get_running_loop().time()
        seen.holds.append(answered - due)
        if status != 200:
            seen.errors += 1
            return
        wanted = [
            {"grant": one["grant"], "epoch": one["epoch"], "discount_cents": one["saving_cents"]}
            for one in quote["offers"]  # type: ignore[attr-defined]
            if not one["reason"]
        ]
        status, arms = await wire.post(
            "/till/v1/arm", {"transaction": transaction, "lines": wanted}, lane, f"{key}/arm"
        )
        seen.arms.append(asyncio.get_running_loop().time() - answered)
        if status != 200:
            seen.errors += 1
            return
        given = [one for one in arms["lines"] if one["armed"]]  # type: ignore[attr-defined]
        seen.armed += len(given)
        seen.refused += len(wanted) - len(given)
        seen.armed_cents += sum(one["discount_cents"] for one in given)
        shares = [{"grant": one["grant"], "discount_cents": one["discount_cents"]} for one in given]
        seen.log.append({"kind": "logged", "transaction": transaction, "shares": shares})
    finally:
        wires.put_nowait(wire)


async def tell(wire: Wire, seen: Seen) -> None:
    """The log so far, in one call."""
    facts, seen.log = seen.log[:500], seen.log[500:]
    if facts:
        begun = asyncio.get_running_loop().time()
        status, _ = await wire.post("/till/v1/facts", {"facts": facts}, ANY_LANE)
        seen.facts.append(asyncio.get_running_loop().time() - begun)
        seen.errors += status != 200


async def drive(port: int, rate: int, seconds: int) -> Seen:
    """Start baskets by the clock, evenly, for so many seconds."""
    loop, seen, draw = asyncio.get_running_loop(), Seen(), Random(_ARRIVAL_SEED)
    wires: asyncio.Queue[Wire] = asyncio.Queue()
    for _ in range(LANES):
        wires.put_nowait(Wire(port))
    back_room, tasks = Wire(port), set()
    made = [lines_of(household, draw) for household in range(rate * seconds)]
    start = loop.time() + 0.5
    told = asyncio.create_task(asyncio.sleep(0))
    for household, lines in enumerate(made):
        due = start + household / rate
        await asyncio.sleep(max(0.0, due - loop.time()))
        task = asyncio.create_task(basket(wires, household, lines, due, seen))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        if household % rate == rate - 1:
            await told
            told = asyncio.create_task(tell(back_room, seen))
    await asyncio.gather(*tasks)
    await told
    while seen.log:
        await tell(back_room, seen)
    return seen


def percentile_ms(values: list[float], share: float) -> float:
    return round(1000 * sorted(values)[min(len(values) - 1, int(share * len(values)))], 1)


def tenths(values: list[float]) -> list[tuple[float, float]]:
    """Half and 99 of 100, in ms, of each tenth of a run, in the order answered: what grows with the run shows here."""
    cuts = [len(values) * tenth // 10 for tenth in range(11)]
    parts = [values[begin:end] for begin, end in pairwise(cuts)]
    return [(percentile_ms(part, 0.5), percentile_ms(part, 0.99)) for part in parts]


@contextmanager
def store_url(store: str, folder: Path):  # type: ignore[no-untyped-def]
    if store == "sqlite":
        yield f"sqlite:///{folder}/ledger.db"
        return
    sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "stores"))
    from postgres_server import make_database, running_server

    with running_server(durable=True) as server:
        yield make_database(server, "bench")


@contextmanager
def served(url: str, households: int):  # type: ignore[no-untyped-def]
    """The service on a new ledger with so many lists, until the end of the block: its process id and its port."""
    command = [sys.executable, "-m", "benchmarks.checkout.service", url, f"{households}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        port = int(process.stdout.readline())
        httpx.get(f"http://127.0.0.1:{port}/health", timeout=60)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


def books_of(url: str) -> tuple[int, int]:
    """What `verify` finds, and the cents that vendors' budgets were used for."""
    ledger = open_ledger(url, folder=Path())
    findings = len(ledger.verify())
    booked = sum(total.used_cents for total in ledger.budget_totals(under.PLAN) if total.scope == "vendor")
    ledger.close()
    return findings, booked


def measure(seconds: int, store: str, rate: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder, store_url(store, Path(folder)) as url:
        with served(url, rate * seconds) as (pid, port):
            server = Server(url)
            before, begun = time.process_time(), _cpu_of(pid)
            seen = uvloop.run(drive(port, rate, seconds))
            generator_cpu, ended = time.process_time() - before, _cpu_of(pid)
            server_ms = {kind: round(1000 * cpu / (rate * seconds), 2) for kind, cpu in server.used().items()}
            used = {name: [after - at_first for at_first, after in zip(begun[name], times, strict=True)]
                    for name, times in ended.items()}  # fmt: skip
            commits, messages = _written(port)
        findings, booked = books_of(url)
    baskets = rate * seconds
    return {
        "store": store,
        "baskets": baskets,
        "rate": rate,
        "seconds": seconds,
        "hold_ms": {f"p{p}": percentile_ms(seen.holds, p / 100) for p in (50, 99, 99.9)},
        "hold_ms_by_tenth": tenths(seen.holds),
        "arm_ms": {f"p{p}": percentile_ms(seen.arms, p / 100) for p in (50, 99, 99.9)},
        "facts_ms_p99": percentile_ms(seen.facts, 0.99),
        "offers_given": seen.armed,
        "given_cents": seen.armed_cents,
        "vendors_cents": booked,
        "refused": seen.refused,
        "errors": seen.errors,
        "findings": findings,
        "service_cpu_ms_per_basket": round(1000 * sum(map(sum, used.values())) / baskets, 2),
        "of_that_writing_ms": round(1000 * sum(used["writing"]) / baskets, 2),
        "of_that_system_ms": round(1000 * sum(system for _, system in used.values()) / baskets, 2),
        "server_cpu_ms_per_basket": round(sum(server_ms.values()), 2),
        "of_that_ms": server_ms,
        "messages_per_commit": round(messages / commits, 2),
        "generator_cpu_ms_per_basket": round(1000 * generator_cpu / baskets, 2),
        "load_average": os.getloadavg()[0],
    }


class Server:
    """What the processes of a PostgreSQL server use from now on; nothing for SQLite, which has none."""

    def __init__(self, url: str) -> None:
        self._url = url if url.startswith("postgresql") else ""
        self._begun = self._read()

    def used(self) -> dict[str, float]:
        """Seconds by kind of process; of those that ended meanwhile, together."""
        return {kind: after - self._begun.get(kind, 0.0) for kind, after in self._read().items()}

    def _read(self) -> dict[str, float]:
        if not self._url:
            return {}
        with psycopg.connect(self._url) as connection:
            kinds = dict(connection.execute("SELECT pid, backend_type FROM pg_stat_activity").fetchall())
            kinds.pop(connection.info.backend_pid)
        used: Counter[str] = Counter()
        for pid, kind in kinds.items():
            used[kind] += sum(_seconds_of(pid))
        used["ended"] = sum(_seconds_of(_parent_of(next(iter(kinds))), ended=True))
        return used


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])


def _cpu_of(pid: int) -> dict[str, tuple[float, float]]:
    """Seconds the service's processes used, its writer's apart: their own, and the kernel's for them."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(children) == 1, f"the service has one writer, not {len(children)}"
    return {"answering": _seconds_of(pid), "writing": _seconds_of(int(children[0]))}


def _seconds_of(pid: int, *, ended: bool = False) -> tuple[float, float]:
    """A process's own seconds and the kernel's for it; or those of its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    tick, place = os.sysconf("SC_CLK_TCK"), 13 if ended else 11
    return int(fields[place]) / tick, int(fields[place + 1]) / tick


def _written(port: int) -> tuple[float, float]:
    """Commits and messages, as the service counts them."""
    lines = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=20).text.splitlines()
    found = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return float(found["regulars_writer_commits"]), float(found["regulars_writer_messages"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SECONDS, default="small")
    parser.add_argument("--store", choices=RATES, help="one after the other if not given")
    parser.add_argument("--rate", type=int)
    parser.add_argument("--seconds", type=int, help="instead of the size's")
    chosen = parser.parse_args()
    stores = [chosen.store] if chosen.store else list(RATES)
    return max(_measured(chosen.seconds or SECONDS[chosen.size], store, chosen.rate) for store in stores)


def _measured(seconds: int, store: str, rate: int | None) -> int:
    """Measure one store and print it; 1 below a bar."""
    result = measure(seconds, store, rate or RATES[store])
    result |= {"machine": platform.platform(), "cpus": os.cpu_count(), "peak_mb": _peak_mb()}
    print(json.dumps(result, indent=1))
    slow = any(
        result[name]["p50"] > P50_MS_MAX or result[name]["p99"] > P99_MS_MAX  # type: ignore[index]
        for name in ("hold_ms", "arm_ms")
    )
    return int(slow or result["errors"] != 0 or result["findings"] != 0 or result["refused"] != 0)


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


if __name__ == "__main__":
    sys.exit(main())
