"""Run as a program: fork lanes that hold, arm and tell, kill them with SIGKILL, look what is left; prints JSON.

Each lane reports over a pipe: a byte when it begins a call, another when the call was answered. So the parent knows
which discounts were promised for certain, and which were in the commit window.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from ledger_samples import AT, WHO, plan_content
from till_samples import NOON, PLAN, TODAY, lane

from regulars.adapters.ledger import create_ledger, open_ledger
from regulars.kernel import GrantId
from regulars.redeem import ArmAnswer, Armed, ArmLine, ArmRequest, GrantKey, Held, HoldAnswer, HoldRequest, Share

BEGUN, ANSWERED = b"b", b"a"
FOLDER = Path()


def _work(url: str, pipe: int, number: int) -> None:
    """One basket of household `number`: hold its coffee, arm it, and say so."""
    ledger = open_ledger(url, folder=FOLDER)
    transaction, coffee = lane(1, number), GrantKey(PLAN, GrantId(f"{number}-1"))
    [held] = ledger.handle_till([HoldRequest(transaction, 0, (Share(coffee, 100),))], at=NOON, today=TODAY)
    assert isinstance(held, HoldAnswer)
    [outcome] = held.outcomes
    assert isinstance(outcome, Held)
    os.write(pipe, BEGUN)
    arm = ArmRequest(transaction, (ArmLine(coffee, outcome.epoch, 100),))
    [armed] = ledger.handle_till([arm], at=NOON, today=TODAY)
    assert isinstance(armed, ArmAnswer)
    assert isinstance(armed.outcomes[0], Armed)
    os.write(pipe, ANSWERED)
    time.sleep(60)


def _kill_one(url: str, number: int, draw: random.Random, longest: float) -> bytes:
    """Kill a lane at most `longest` seconds after it began to arm, one in five long after it was answered."""
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        try:
            _work(url, tell, number)
        finally:
            os._exit(1)
    os.close(tell)
    said = os.read(told, 1)
    time.sleep(draw.uniform(0.0, longest) if draw.random() < 0.8 else 0.1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    said += os.read(told, 1)
    os.close(told)
    return said


def main(url: str, kills: int, seed: int) -> Counter[str]:
    """Kill `kills` lanes around the commit of their arm; every arm again afterwards must say the same as before."""
    draw = random.Random(seed)
    ledger = create_ledger(url, folder=FOLDER)
    ledger.apply_plan(plan_content(households=kills), at=AT, actor=WHO)
    ledger.close()
    seen: Counter[str] = Counter()
    promised: list[int] = []
    longest = 0.012
    for number in range(1, kills + 1):
        said = _kill_one(url, number, draw, longest)
        longest *= (
            0.8 if ANSWERED in said else 1.25
        )  # follows the machine, so that about half fall before the answer
        ledger = open_ledger(url, folder=FOLDER)
        coffee = GrantKey(PLAN, GrantId(f"{number}-1"))
        grant = next(g for g in ledger.till_grants(PLAN, plan_household(number)) if g.key == coffee)
        stands = grant.spends.get(lane(1, number)) is not None
        seen["killed"] += 1
        seen["in the commit window"] += ANSWERED not in said
        seen["committed, not answered"] += ANSWERED not in said and stands
        seen["answered"] += ANSWERED in said
        seen["answered and lost"] += ANSWERED in said and not stands
        arm = ArmRequest(lane(1, number), (ArmLine(coffee, grant.epoch, 100),))
        [again] = ledger.handle_till([arm], at=NOON, today=TODAY)
        assert isinstance(again, ArmAnswer)
        seen["second try armed"] += isinstance(again.outcomes[0], Armed)
        promised.append(number)
        ledger.close()
    ledger = open_ledger(url, folder=FOLDER)
    seen["findings"] = len(ledger.verify())
    [vendor] = [total.used_cents for total in ledger.budget_totals(PLAN) if total.scope == "vendor"]
    seen["vendor's cents"] = vendor
    ledger.close()
    return seen


def plan_household(number: int):  # type: ignore[no-untyped-def]
    return f"household-{number}"


if __name__ == "__main__":
    json.dump(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), sys.stdout)
