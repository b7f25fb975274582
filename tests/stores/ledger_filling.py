"""Run as a program in a folder with little room: a plan that does not fit, then one that does; prints JSON.

The room is a real one: either the folder's own disk is small, or the kernel refuses this process larger files.
"""

import json
import resource
import sys
from pathlib import Path

from ledger_samples import AT, WHO, plan_content

from regulars.adapters.ledger import create_ledger
from regulars.kernel import PlanId, StoreError


def _largest_bytes(folder: Path) -> int:
    return max(path.stat().st_size for path in folder.iterdir())


def main(folder: Path, *, limited: bool) -> dict[str, object]:
    """Apply a small plan, then one too large, then a small one again.

    Where the room is limited it is twice what the first small plan took: at least a page of every table and index.
    """
    ledger = create_ledger("sqlite:///ledger.db", folder=folder)
    empty = _largest_bytes(folder)
    ledger.apply_plan(plan_content(), at=AT, actor=WHO)
    before = ledger.plans()
    if limited:
        largest = _largest_bytes(folder)
        room = 2 * (largest - empty)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + room, resource.RLIM_INFINITY))
    seen: dict[str, object] = {}
    try:
        ledger.apply_plan(plan_content("plan-b", households=5_000, cycle_number=25), at=AT, actor=WHO)
    except StoreError as error:
        seen["message"], seen["hint"] = error.message, error.hint
    seen["untouched"] = ledger.plans() == before and not any(ledger.grants_of(PlanId("plan-b")))
    seen["findings"] = len(ledger.verify())
    smaller = ledger.apply_plan(plan_content("plan-b", households=5, cycle_number=25), at=AT, actor=WHO)
    seen["smaller"] = getattr(smaller, "now", None)
    return seen


if __name__ == "__main__":
    json.dump(main(Path(sys.argv[1]), limited=sys.argv[2] == "limited"), sys.stdout)
