"""Run as a program: fork writers, kill them with SIGKILL, look what is left; prints what was seen as JSON.

A program of its own, because forking is safe only where no other thread runs. Each writer applies one plan and
reports over a pipe: a byte as soon as it is inside the transaction, another when the ledger answered.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ledger_samples import AT, WHO, grant_records, plan_content

from regulars.adapters.ledger import create_ledger, open_ledger
from regulars.flows import GrantRecord, PlanState
from regulars.kernel import PlanId

HOUSEHOLDS = 150
INSIDE, ANSWERED = b"i", b"a"
FOLDER = Path()


def _telling(pipe: int, until: int) -> Iterator[GrantRecord]:
    """The grants; after `until` of them, word that the transaction is open and rows of it are written."""
    for place, grant in enumerate(grant_records(HOUSEHOLDS)):
        if place == until:
            os.write(pipe, INSIDE)
        yield grant


def _write(url: str, pipe: int, plan_id: str, cycle_number: int, until: int) -> None:
    ledger = open_ledger(url, folder=FOLDER)
    content = plan_content(plan_id, households=HOUSEHOLDS, cycle_number=cycle_number, grants=_telling(pipe, until))
    ledger.apply_plan(content, at=AT, actor=WHO)
    os.write(pipe, ANSWERED)
    time.sleep(60)


def _kill_one(url: str, plan_id: str, cycle_number: int, draw: random.Random, *, inside: bool) -> bytes:
    """What the writer had said when it was killed: at once inside the transaction, or at a random moment after."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        try:
            _write(url, tell, plan_id, cycle_number, draw.randrange(2 * HOUSEHOLDS))
        finally:
            os._exit(1)
    os.close(tell)
    said = os.read(told, 1)
    if not inside:
        time.sleep(draw.uniform(0.0, 0.12))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said += os.read(told, 1)
    os.close(told)
    return said


def main(url: str, kills: int, seed: int) -> Counter[str]:
    """Kill `kills` writers; every second one at a moment that certainly lies inside its transaction."""
    draw = random.Random(seed)
    create_ledger(url, folder=FOLDER).close()
    seen: Counter[str] = Counter()
    for number in range(1, kills + 1):
        plan_id = f"plan-{number}"
        said = _kill_one(url, plan_id, number, draw, inside=number % 2 == 1)
        ledger = open_ledger(url, folder=FOLDER)
        applied = ledger.plan_state(PlanId(plan_id)) is PlanState.APPLIED
        seen["killed"] += 1
        seen["inside the transaction"] += INSIDE in said and not applied
        seen["committed, not answered"] += ANSWERED not in said and applied
        seen["answered"] += ANSWERED in said
        seen["answered and lost"] += ANSWERED in said and not applied
        seen["half written"] += not applied and (
            ledger.plan_state(PlanId(plan_id)) is not None or any(ledger.grants_of(PlanId(plan_id)))
        )
        seen["findings"] += len(ledger.verify())
        again = ledger.apply_plan(
            plan_content(plan_id, households=HOUSEHOLDS, cycle_number=number), at=AT, actor=WHO
        )
        seen["second try wrote"] += getattr(again, "now", False)
        seen["second try found it"] += not getattr(again, "now", True)
        ledger.close()
    return seen


if __name__ == "__main__":
    json.dump(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), sys.stdout)
