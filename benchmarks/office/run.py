"""How long the screens of the back office take, on the demonstration and on 100,000 households made up from it.

``python -m benchmarks.office.run --workspace demo``: each page is asked for in turn, every time for another household
or list; the first answer after a start is told apart. Exit 1 if a page's median is over the bar.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.office.multiply import multiply

from regulars.api import workspace_app
from regulars.bootstrap import Workspace
from regulars.flows import Role, plans_of, read_plan

BAR_MS = 300
TIMES = 15
PASSWORD = "three quiet words"


def pages(plan_id: str, ids: list[str]) -> dict[str, Callable[[int], str]]:
    """Addresses by page; the number picks the household."""

    def one(number: int) -> str:
        return ids[(number * 7_919) % len(ids)]

    return {
        "households, found": lambda n: f"/office/households?q={one(n)}",
        "household": lambda n: f"/office/households/{one(n)}",
        "two households": lambda n: f"/office/households/{one(n)}/beside?other={one(n + 1)}",
        "categories": lambda n: f"/office/categories?page={1 + n % 3}",
        "category": lambda _: "/office/categories/one?id=SOFT+DRINKS",
        "plan": lambda _: f"/office/plan?id={plan_id}",
        "lists": lambda n: f"/office/lists?id={plan_id}&after={n * 50}",
        "list": lambda n: f"/office/lists/{plan_id}/{one(n)}",
        "tills": lambda _: "/office/tills",
        "tills, one store": lambda _: "/office/tills?store=367",
        "tills, latest": lambda _: "/office/tills/latest",
        "statements": lambda _: "/office/tills/statements",
        "forecast": lambda _: "/office/forecast",
        "today": lambda _: "/office/today",
        "campaigns": lambda _: "/office/campaigns",
        "campaign, estimated": lambda n: f"/office/campaigns/new?category=SOFT+DRINKS&budget={500 + n}",
        "deals": lambda n: f"/office/deals?page={1 + n % 2}",
        "people": lambda _: "/office/people",
        "audit": lambda _: "/office/audit",
        "work": lambda _: "/office/jobs",
        "data": lambda _: "/office/data",
    }


def measured(root: Path) -> Iterator[tuple[str, float, float, float]]:
    """Page, first answer, median and median of CPU time, milliseconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient
    with Workspace.open(root) as workspace:
        app = workspace_app(workspace)
        staff = app.state.office.staff
        login = f"bench-{secrets.token_hex(4)}"  # a workspace that is kept knows those of earlier runs
        _, token = staff.invite(login, "Bench", frozenset({Role.ADMIN}), frozenset(), "en", actor="benchmark")
        staff.choose_password(token, PASSWORD)
        client = TestClient(app, base_url="http://testserver", follow_redirects=True)
        client.post("/office/sign-in", data={"login": login, "password": PASSWORD})
        plan_id = plans_of(workspace.warehouse)[-1]
        ids = read_plan(workspace.warehouse, plan_id, "plan_lists")["household_id"].to_pylist()
        for name, address in pages(plan_id, ids).items():
            walls, cpus = [], []
            for number in range(TIMES + 1):
                wall, cpu = time.perf_counter(), time.process_time()
                answer = client.get(address(number))
                walls.append(1_000 * (time.perf_counter() - wall))
                cpus.append(1_000 * (time.process_time() - cpu))
                assert answer.status_code == 200, f"{address(number)}: {answer.status_code}"
            yield name, walls[0], statistics.median(walls[1:]), statistics.median(cpus[1:])


def main() -> int:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True, help="a finished demonstration")
    parser.add_argument("--households", type=int, default=100_000)
    parser.add_argument(
        "--keep", type=Path, help="make the larger workspace here and keep it; used if it is there"
    )
    asked = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        large = asked.keep or Path(folder) / "large"
        small = Path(folder) / "demo"
        shutil.copytree(asked.workspace, small)
        if not large.exists():
            plan_id, households, lists = multiply(asked.workspace, large, asked.households)
            print(f"{households:,} households, {lists:,} lists, plan {plan_id}")
        for title, root in (("the demonstration", small), (f"{asked.households:,} households", large)):
            print(f"{title}: page, first ms, median ms, median CPU ms")
            for name, first, median, cpu in measured(root):
                over = median > BAR_MS
                failed |= over
                print(
                    f"  {name:20} {first:8.0f} {median:8.0f} {cpu:8.0f}{'  over the bar' if over else ''}",
                    flush=True,
                )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
