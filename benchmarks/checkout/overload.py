"""Checkout at three times the rate the service holds: what is shed, what is lost, and when the usual times are back.

Three phases, open-loop: the rate of `run`, three times it, the rate again. Every basket has a line of its own, as
lanes do, so nothing but the service keeps calls waiting. A HOLD that is shed (429) is not repeated: its shopper pays
without the specials, and the lane asks for the credit afterwards. An ARM that is shed is repeated, word for word, for
two seconds; then the lane gives nothing and tells a void. Afterwards the books must be whole, and hold what shoppers
were given, to the cent.

Run: ``python -m benchmarks.checkout.overload [--store sqlite|postgres] [--seconds 30]``. Exit 1 below a bar.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import uvloop
from benchmarks.checkout import run as usual
from benchmarks.checkout import service as under

from regulars.kernel import ANY_LANE

TIMES = (1, 3, 1)
RECOVERY_SECONDS_MAX = 30
_WINDOW_SECONDS = 5
_BARS = ((0.5, usual.P50_MS_MAX), (0.99, usual.P99_MS_MAX))
_ARM_SECONDS = 2.0
_AGAIN_SECONDS = 0.25
_CREDITS_MAX = 500
_VOIDS_FROM = 10_000_000
LANES = 600
"""Lines that are open when it begins; more are opened as they are needed."""


@dataclass
class Basket:
    """One basket: when it was due, and what became of it."""

    household: int
    lines: list[dict[str, object]]
    due: float
    hold: tuple[int, float] = (0, 0.0)
    arm: tuple[int, float] = (0, 0.0)
    given_cents: int = 0

    @property
    def seconds(self) -> float:
        """The slower of its two calls."""
        return max(self.hold[1], self.arm[1])

    @property
    def transaction(self) -> dict[str, object]:
        """The lane's number of it; a lane of its own."""
        day = under.today().isoformat()
        return {
            "store_id": usual.STORE,
            "lane_id": f"{self.household}",
            "business_on": day,
            "sequence": self.household,
        }


@dataclass
class Shop:
    """The lanes' lines to the service, and what its back room has to tell."""

    port: int
    wires: list[usual.Wire] = field(default_factory=list)
    lines_opened: int = 0
    log: list[dict[str, object]] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    refused: int = 0

    @contextmanager
    def line(self):  # type: ignore[no-untyped-def]
        """A line nobody else uses meanwhile."""
        wire = self.wires.pop() if self.wires else usual.Wire(self.port)
        self.lines_opened += not self.wires
        try:
            yield wire
        finally:
            self.wires.append(wire)

    async def post(
        self, wire: usual.Wire, call: str, body: dict[str, object], lane: str, key: str = ""
    ) -> tuple[int, dict[str, object]]:
        """Status and answer of a call, counted."""
        status, answer = await wire.post(f"/till/v1/{call}", body, lane, key)
        self.statuses[f"{call} {status}"] += 1
        return status, answer


async def ring(shop: Shop, basket: Basket) -> None:
    """Hold and arm one basket, and note what its log will show."""
    loop, transaction = asyncio.get_running_loop(), basket.transaction
    lane, number = f"{transaction['lane_id']}", f"{basket.household}"
    key = f"{transaction['business_on']}/{usual.STORE}/{lane}/{number}"
    with shop.line() as wire:
        code = under.list_code_of(basket.household)
        body = {"transaction": transaction, "list_code": code, "lines": basket.lines, "revision": 0}
        status, quote = await shop.post(wire, "hold", body, lane, f"{key}/0")
        basket.hold = status, loop.time() - basket.due
        if status != 200:
            return
        wanted = [
            {"grant": one["grant"], "epoch": one["epoch"], "discount_cents": one["saving_cents"]}
            for one in quote["offers"]  # type: ignore[attr-defined]
            if not one["reason"]
        ]
        asked = loop.time()
        while True:
            body = {"transaction": transaction, "lines": wanted}
            status, arms = await shop.post(wire, "arm", body, lane, f"{key}/arm")
            if status != 429 or loop.time() - asked > _ARM_SECONDS:
                break
            await asyncio.sleep(_AGAIN_SECONDS)
        basket.arm = status, loop.time() - asked
    if status != 200:
        void = transaction | {"sequence": basket.household + _VOIDS_FROM}
        shop.log += [
            {
                "kind": "void",
                "transaction": void,
                "original": transaction,
                "grant": one["grant"],
                "amount_cents": 0,
            }
            for one in wanted
        ]
        return
    given = [one for one in arms["lines"] if one["armed"]]  # type: ignore[attr-defined]
    shop.refused += len(wanted) - len(given)
    basket.given_cents = sum(one["discount_cents"] for one in given)
    shares = [{"grant": one["grant"], "discount_cents": one["discount_cents"]} for one in given]
    shop.log.append({"kind": "logged", "transaction": transaction, "shares": shares})


async def tell(shop: Shop, wire: usual.Wire) -> None:
    """Part of the log; told again later if the service is busy."""
    facts, shop.log = shop.log[:500], shop.log[500:]
    if facts:
        status, _ = await shop.post(wire, "facts", {"facts": facts}, ANY_LANE)
        if status == 429:
            shop.log += facts


async def tell_log(shop: Shop, ended: asyncio.Event) -> None:
    """The log, once a second until all of it is told."""
    wire = usual.Wire(shop.port)
    while shop.log or not ended.is_set():
        await tell(shop, wire)
        await asyncio.sleep(0.0 if ended.is_set() else 1.0)


async def drive(shop: Shop, rate: int, seconds: int) -> list[list[Basket]]:
    """Baskets of each phase, all started by the clock; then the log is told, and what was shed is credited."""
    loop, draw, ended = asyncio.get_running_loop(), Random(20_261_127), asyncio.Event()
    counts = [rate * times * seconds for times in TIMES]
    lines = [usual.lines_of(household, draw) for household in range(sum(counts))]
    phases: list[list[Basket]] = [[] for _ in TIMES]
    start, households = loop.time() + 0.5, iter(range(sum(counts)))
    shop.wires += [usual.Wire(shop.port) for _ in range(LANES)]
    await asyncio.gather(*[wire.post("/till/v1/facts", {"facts": []}, "1") for wire in shop.wires])
    told, tasks = asyncio.create_task(tell_log(shop, ended)), []
    for phase, times in enumerate(TIMES):
        for place in range(counts[phase]):
            household = next(households)
            due = start + phase * seconds + place / (rate * times)
            await asyncio.sleep(max(0.0, due - loop.time()))
            phases[phase].append(Basket(household, lines[household], due))
            tasks.append(asyncio.create_task(ring(shop, phases[phase][-1])))
    await asyncio.gather(*tasks)
    ended.set()
    await told
    return phases


async def credit(shop: Shop, baskets: list[Basket]) -> int:
    """Ask for the credits of some baskets that were shed; returns how many got one."""
    credited, wire = 0, usual.Wire(shop.port)
    for basket in baskets:
        body = {
            "transaction": basket.transaction,
            "list_code": under.list_code_of(basket.household),
            "lines": basket.lines,
        }
        status, answer = await shop.post(wire, "make-good", body, f"{basket.transaction['lane_id']}")
        made_good = [one for one in answer["lines"] if one["armed"]] if status == 200 else []  # type: ignore[attr-defined]
        basket.given_cents = sum(one["discount_cents"] for one in made_good)
        credited += bool(made_good)
    return credited


def recovered_after(baskets: list[Basket], rate: int, before: list[Basket]) -> float:
    """Seconds from the overload's end until five seconds in which nothing is shed and the usual times are kept.

    The usual times are the bars of `run`, or half as much again as before the overload, whichever is more: what else
    the machine does is no part of the question.
    """
    begun, size = baskets[0].due, rate * _WINDOW_SECONDS
    most = [
        [max(bar, 1.5 * usual.percentile_ms(times, share)) for share, bar in _BARS]
        for times in _times(before).values()
    ]
    for first in range(0, len(baskets) - size + 1, max(1, rate // 4)):
        window = baskets[first : first + size]
        if all(basket.arm[0] == 200 for basket in window) and all(
            usual.percentile_ms(times, share) <= bar
            for times, bars in zip(_times(window).values(), most, strict=True)
            for (share, _), bar in zip(_BARS, bars, strict=True)
        ):
            return round(window[0].due - begun, 2)
    return float("inf")


def _times(baskets: list[Basket]) -> dict[str, list[float]]:
    return {
        "hold": [basket.hold[1] for basket in baskets if basket.hold[0] == 200],
        "arm": [basket.arm[1] for basket in baskets if basket.arm[0] == 200],
    }


def phase_told(baskets: list[Basket]) -> dict[str, object]:
    """What became of a phase's baskets."""
    shed = [basket.hold[1] for basket in baskets if basket.hold[0] == 429]
    told: dict[str, object] = {"baskets": len(baskets), "shed_share": round(len(shed) / len(baskets), 3)}
    for name, times in _times(baskets).items():
        told[f"{name}_ms"] = {f"p{p}": usual.percentile_ms(times, p / 100) for p in (50, 99)} if times else {}
    if shed:
        told["shed_ms"] = {f"p{p}": usual.percentile_ms(shed, p / 100) for p in (50, 99)}
    told["hold_ms_by_tenth"] = usual.tenths([basket.hold[1] for basket in baskets])
    told["arms_given_up"] = sum(basket.arm[0] == 429 for basket in baskets)
    return told


def measure(store: str, rate: int, seconds: int) -> dict[str, object]:
    """One store through the three phases."""
    households = rate * seconds * sum(TIMES)
    with (
        tempfile.TemporaryDirectory(dir=Path(__file__).parent) as folder,
        usual.store_url(store, Path(folder)) as url,
    ):
        with usual.served(url, households) as (_, port):
            shop = Shop(port)
            phases = uvloop.run(drive(shop, rate, seconds))
            shed = [basket for phase in phases for basket in phase if basket.hold[0] == 429]
            some = Random(1).sample(shed, min(len(shed), _CREDITS_MAX))
            shop.wires.clear()
            credited = uvloop.run(credit(shop, some))
        findings, booked = usual.books_of(url)
    return {
        "store": store,
        "rate": rate,
        "seconds_each": seconds,
        "phases": dict(zip(("normal", "overload", "after"), map(phase_told, phases), strict=True)),
        "recovery_seconds": recovered_after(phases[-1], rate, phases[0]),
        "lanes_most": shop.lines_opened,
        "answers": dict(sorted(shop.statuses.items())),
        "arms_refused": shop.refused,
        "credits_asked": len(some),
        "credited": credited,
        "given_cents": sum(basket.given_cents for phase in phases for basket in phase),
        "vendors_cents": booked,
        "findings": findings,
        "load_average": os.getloadavg()[0],
        "machine": platform.platform(),
        "cpus": os.cpu_count(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", choices=usual.RATES, help="one after the other if not given")
    parser.add_argument("--seconds", type=int, default=30, help="of each phase")
    parser.add_argument("--rate", type=int, help="baskets a second of the first and the last phase")
    chosen, bad = parser.parse_args(), False
    for store in [chosen.store] if chosen.store else list(usual.RATES):
        result = measure(store, chosen.rate or usual.RATES[store], chosen.seconds)
        print(json.dumps(result, indent=1))
        statuses = {name.split()[1] for name in result["answers"]}  # type: ignore[attr-defined]
        bad |= not statuses <= {"200", "429"}
        bad |= result["recovery_seconds"] > RECOVERY_SECONDS_MAX  # type: ignore[operator]
        bad |= any(result[name] != 0 for name in ("findings", "arms_refused"))
        bad |= result["credited"] != result["credits_asked"]
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
