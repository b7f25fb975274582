"""Hostile use of the back office: every route as every role, with odd paths, queries, forms, cookies and tokens.

Run: ``python -m fuzz.office_hostile --workspace DEMO --seconds 600`` in `tests`. Requests are drawn from a seed. Exit 1
when an answer is a 5xx, tells of the program's insides, lets somebody do what their role may not, or shows a store
manager a household of another store; or when the books are not whole afterwards.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import quote

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "stores"))

from office_desk import OfficeTrial, TestClient, csrf_of  # noqa: E402

from regulars.api.office import OFFICE_ROUTERS, RIGHTS  # noqa: E402
from regulars.api.office._route import COOKIE  # noqa: E402
from regulars.bootstrap import Workspace, newest_plan  # noqa: E402
from regulars.flows import Role, read_plan  # noqa: E402

TEMPLATES = Path(sys.modules["regulars"].__file__ or "").parent / "adapters/pages/office/templates"
FIELDS = sorted(
    {name for file in TEMPLATES.glob("*.html") for name in re.findall(r'name="([a-z_]+)"', file.read_text())}
    | set(re.findall(r'field\([^"]*"([a-z_]+)"', "".join(file.read_text() for file in TEMPLATES.glob("*.html"))))
)
QUERIES = (
    *("q", "before", "after", "page", "id", "store", "pick", "format", "table", "kind", "rule", "name", "number"),
    *("other", "actor", "about", "state", "said", "next", "category", "need", "aim", "from_on", "until_on"),
    *("budget", "vendor", "depths", "control", "paid_by_vendor"),
)
ODD = (
    "", " ", "0", "-1", "1", "99999999999999999999", "1e309", "NaN", "٣", "²", "none", "null", "' OR 1=1 --",
    '"><script>alert(1)</script>', "{{ 7*7 }}", "${7*7}", "../../../etc/passwd", "..%2f..%2fkeys.toml", "\x00", "\x01",
    "\r\nSet-Cookie: x=1", "\ud7ff", "\ufffe", "é" * 300, "a" * 5_000, "💥", "\u202e", "=1+1", "2017-02-30",
    "9999-12-31", "0001-01-01", "csv", "xlsx", "parquet", "running", "approve", "yes", "ANALGESICS", "10, 20", "30",
    "en", "xx",
)  # fmt: skip
INSIDES = ("Traceback", "$argon2", "sqlalchemy", "sqlite3.", 'File "', "duckdb.")


class Hostile:
    """Draws requests, sends them, judges the answers.

    Args:
        trial: The office.
        seed: Which requests.
    """

    def __init__(self, trial: OfficeTrial, seed: int) -> None:
        self.trial, self.draw = trial, Random(seed)
        self.answers, self.faults, self._people = Counter[int](), list[str](), 0
        workspace = trial.workspace
        self.plan_id = newest_plan(workspace, None)
        rows = read_plan(workspace.warehouse, self.plan_id, "plan_lists").to_pylist()
        self.stores = {row["household_id"]: row["store_id"] for row in rows}
        self.own = min(self.stores.values())
        self.insides = (*INSIDES, str(workspace.root), workspace.keys.code.hex(), workspace.keys.phone.hex())
        self.routes = [route for router in OFFICE_ROUTERS for route in router.routes]
        self.clients: dict[Role, TestClient] = {}

    def step(self) -> None:
        """One request as somebody."""
        route = self.draw.choice(self.routes)
        name = route.name.removeprefix("office.")
        may = sorted(RIGHTS[name] or Role)
        role = self.draw.choice(may if self.draw.random() < 0.8 else list(Role))
        method = self.draw.choice(sorted(route.methods - {"HEAD"}))
        path = re.sub(r"{([^}]+)}", lambda found: quote(self._part(found[1]), safe=""), route.path)
        client, stranger = self._client(role), self.draw.random() < 0.15
        if stranger:
            client = self.trial.client()
            client.cookies.set(COOKIE, self._forged(self._client(role)))
        query = {self.draw.choice(QUERIES): self._value() for _ in range(self.draw.choice((0, 0, 1, 2, 4)))}
        more = self._body(client, stranger) if method == "POST" else {}
        answer = client.request(method, path, params=query, **more)
        self._judge(name, role, f"{method} {answer.request.url} as {role}", answer, stranger)
        if name.startswith("sign_out") or name in {"person_change", "person_link"}:
            self.clients.clear()

    def _part(self, name: str) -> str:
        real = {
            "household_id": sorted(self.stores),
            "plan_id": [self.plan_id],
            "name": ["office.css", "office.js"],
        }
        known = real.get(name, ["1", "2"])
        return self.draw.choice(known) if self.draw.random() < 0.7 else self.draw.choice(ODD[2:])

    def _value(self) -> str:
        known = (self.plan_id, self.own, *sorted(self.stores)[:20])
        return self.draw.choice(known) if self.draw.random() < 0.3 else self.draw.choice(ODD)

    def _body(self, client: TestClient, stranger: bool) -> dict[str, object]:
        fields = {
            name: self._value() for name in self.draw.sample(FIELDS, self.draw.choice((0, 2, 6, len(FIELDS))))
        }
        if self.draw.random() < 0.9 and not stranger:
            fields["csrf"] = self._csrf(client)
        kind = self.draw.random()
        if kind < 0.75:
            return {"data": fields}
        if kind < 0.9:
            files = {"files": (self._value() or "x.csv", self._value().encode("utf-8", "replace") * 9, "text/csv")}
            return {"data": fields, "files": files}
        raw = bytes(self.draw.randrange(256) for _ in range(60))
        kinds = ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json", "")
        return {"content": raw, "headers": {"content-type": self.draw.choice(kinds)}}

    def _csrf(self, client: TestClient) -> str:
        if not hasattr(client, "known_csrf"):
            client.known_csrf = csrf_of(client)  # type: ignore[attr-defined]
        return client.known_csrf  # type: ignore[attr-defined,no-any-return]

    def _client(self, role: Role) -> TestClient:
        if role not in self.clients:
            self._people += 1
            login = f"{role.value}-{self._people}"
            self.trial.person(login, role, stores=frozenset({self.own}))
            self.clients[role] = self.trial.sign_in(login)
        return self.clients[role]

    def _forged(self, client: TestClient) -> str:
        real = next(iter(client.cookies.values()))
        place = self.draw.randrange(len(real))
        other = "A" if real[place] != "A" else "B"
        return self.draw.choice(
            (real[:place] + other + real[place + 1 :], real[:-1], real + "A", "A" * len(real), "x")
        )

    def _judge(self, name: str, role: Role, asked: str, answer: object, stranger: bool) -> None:
        status, text = answer.status_code, answer.text  # type: ignore[attr-defined]
        self.answers[status] += 1
        if status >= 500:
            self.faults.append(f"{asked}: {status} {text[-300:]}")
        self.faults += [f"{asked}: tells {one!r}" for one in self.insides if one in text]
        allowed = RIGHTS[name] is None or (not stranger and role in (RIGHTS[name] or ()))
        if not allowed and status not in {303, 400, 401, 403, 404, 413}:
            self.faults.append(f"{asked}: {status} though it may not")
        if not allowed and status == 303 and "/office/sign-in" not in answer.headers["location"]:  # type: ignore[attr-defined]
            self.faults.append(f"{asked}: led to {answer.headers['location']}")  # type: ignore[attr-defined]
        if role is Role.STORE_MANAGER:
            seen = set(re.findall(r'href="/office/households/([^"/?]+)', text)) | self._taken(text)
            foreign = {one for one in seen if self.stores.get(one, self.own) != self.own}
            if foreign:
                self.faults.append(f"{asked}: shows {sorted(foreign)[:3]} of other stores")

    @staticmethod
    def _taken(text: str) -> set[str]:
        if not text.startswith("\ufeff") or "household_id" not in text[:400]:
            return set()
        return {row["household_id"] for row in csv.DictReader(io.StringIO(text[1:]))}


def use_hostilely(trial: OfficeTrial, *, seed: int, requests: int = 0, seconds: float = 0) -> Hostile:
    """Send so many requests, or for so long; see `Hostile`."""
    hostile, until = Hostile(trial, seed), time.monotonic() + seconds
    while sum(hostile.answers.values()) < requests or time.monotonic() < until:
        hostile.step()
    return hostile


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True, help="a finished demonstration; it is copied")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        root = Path(folder) / "w"
        shutil.copytree(asked.workspace, root)
        with (root / "regulars.toml").open("a", encoding="utf-8") as settings:
            settings.write("\n[office]\npassword_memory_kib = 8192\n")
        with Workspace.open(root) as workspace:
            hostile = use_hostilely(OfficeTrial(workspace), seed=asked.seed, seconds=asked.seconds)
            findings = workspace.ledger.verify()
    for fault in hostile.faults[:50]:
        print(fault[:600])  # noqa: T201
    told = ", ".join(f"{count:,} x {status}" for status, count in sorted(hostile.answers.items()))
    print(f"{told}; faults: {len(hostile.faults)}; findings in the books: {len(findings)}")  # noqa: T201
    return 1 if hostile.faults or findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
