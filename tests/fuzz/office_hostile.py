"""Hostile use of the back office: every route as every role, with odd paths, queries, forms, cookies and tokens.

Run: ``python -m fuzz.office_hostile --workspace DEMO --seconds 600`` in `tests`. Requests are drawn from a seed; half
of their values are real, so that they get behind the first check. Among them are exports of every table and sign-ins by
a provider that is tampered with on the way. Exit 1 when an answer is a 5xx, tells of the program's insides, lets
somebody in or do what they may not, or shows a store manager a household of another store; when work that was asked for
breaks rather than saying what is wrong; or when the books are not whole afterwards.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "stores"))

from office_desk import OfficeTrial, TestClient, csrf_of  # noqa: E402
from oidc_provider import CLIENT, SECRET, Provider, running_provider  # noqa: E402

from regulars.api.office import OFFICE_ROUTERS, RIGHTS  # noqa: E402
from regulars.api.office._route import COOKIE  # noqa: E402
from regulars.bootstrap import Workspace, create_workspace, newest_plan  # noqa: E402
from regulars.bootstrap.office import JOB_KINDS, print_files, work  # noqa: E402
from regulars.contracts import CampaignAim, DealState  # noqa: E402
from regulars.flows import JobState, Role, read_deal_rows, read_plan  # noqa: E402

TEMPLATES = Path(sys.modules["regulars"].__file__ or "").parent / "adapters/pages/office/templates"
FIELDS = sorted(
    {name for file in TEMPLATES.glob("*.html") for name in re.findall(r'name="([a-z_]+)"', file.read_text())}
    | set(re.findall(r'field\([^"]*"([a-z_]+)"', "".join(file.read_text() for file in TEMPLATES.glob("*.html"))))
)
TABLES_OF = {
    file.stem: [
        name
        for pair in re.findall(r'id="([a-z-]+)", exports=true|export_links\("([a-z-]+)"\)', file.read_text())
        for name in pair
        if name
    ]
    for file in TEMPLATES.glob("*.html")
} | {"household_beside": ["mine", "theirs"], "data_findings": [""], "households": [""]}
"""What can be taken along from the page of a route, as far as its template has the same name."""
TABLES = sorted({name for names in TABLES_OF.values() for name in names if name})
FORMATS = ("csv", "xlsx", "parquet")
SETTINGS = """
[office]
password_memory_kib = 8192

[oidc]
issuer = "{issuer}"
client_id = "{client}"
client_secret = "{secret}"
base_url = "http://testserver"
roles = {{ shop-marketing = "marketing", shop-stores = "store_manager" }}
stores = {{ store-1 = "1" }}
"""
QUIET_KINDS = frozenset({"sniff", "load", "proofs"})
"""Work that is done afterwards whatever it is about; of the rest, what names a plan that is there takes too long."""
WORK_MAX = 60
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
        provider: Vouches for people of the company.
        seed: Which requests.
    """

    def __init__(self, trial: OfficeTrial, provider: Provider, seed: int) -> None:
        self.trial, self.provider, self.draw = trial, provider, Random(seed)
        self.answers, self.faults, self._people = Counter[int](), list[str](), 0
        self.reached, self.tables, self.signed_on = Counter[str](), Counter[str](), 0
        workspace = trial.workspace
        self.plan_id = newest_plan(workspace, None)
        rows = read_plan(workspace.warehouse, self.plan_id, "plan_lists").to_pylist()
        self.stores = {row["household_id"]: row["store_id"] for row in rows}
        self.own = min(self.stores.values())
        self.insides = (*INSIDES, str(workspace.root), workspace.keys.code.hex(), workspace.keys.phone.hex())
        self.routes = [route for router in OFFICE_ROUTERS for route in router.routes]
        self.clients: dict[Role, TestClient] = {}
        self.known = self._known()

    def _known(self) -> dict[str, Callable[[], Sequence[str]]]:
        """Values that mean something, by the name of a part, a field or a parameter."""
        workspace = self.trial.workspace
        ledger, warehouse = workspace.ledger, workspace.warehouse
        terms = read_plan(warehouse, self.plan_id, "plan_terms").to_pylist()
        deals = [row["deal_id"] for row in read_deal_rows(warehouse)]
        days = sorted({day for name in warehouse.datasets() for day in re.findall(r"\d{4}-\d\d-\d\d", name)})
        fixed: dict[str, Sequence[str]] = {
            "household_id": sorted(self.stores), "other": sorted(self.stores), "q": sorted(self.stores),
            "plan_id": [self.plan_id], "before": [self.plan_id], "after": [self.plan_id], "deal_id": deals,
            "name": ["office.css", "office.js", "A name"], "offer_id": sorted({row["offer_id"] for row in terms}),
            "category": sorted({row["category_id"] for row in terms}), "kind": sorted(JOB_KINDS), "as_of_on": days,
            "from_on": days, "until_on": ["2030-01-01"], "decision": ["approve", "refuse"], "seen": ["0", "1"],
            "state": [*DealState, "active", "blocked"], "version": ["1", "2", "3"], "roles": list(Role),
            "aim": list(CampaignAim), "usage": ["all", "heavy"], "depths": ["10, 20"], "control": ["10"],
            "budget": ["100", "5000"], "language": ["en", "es"], "reason": ["a word"], "format": FORMATS,
            "table": TABLES, "login": ["rosa"], "stores": [self.own], "store": [self.own], "households": [self.own],
        }  # fmt: skip
        moving: dict[str, Callable[[], Sequence[str]]] = {
            "campaign_id": lambda: [one.plan.campaign_id for one in ledger.campaigns()],
            "staff_id": lambda: [one.staff_id for one in ledger.staff()],
            "job_id": lambda: [f"{one.job_id}" for one in ledger.newest_jobs(20)],
            "upload": lambda: [one.name for one in (workspace.root / "inbox").glob("*")],
            "file": lambda: [one.name for one in print_files(self.trial.app.state.office, self.plan_id)],
        }
        return {name: lambda values=values: values for name, values in fixed.items()} | {  # type: ignore[misc]
            **moving, "id": lambda: [self.plan_id, *fixed["category"]],
        }  # fmt: skip

    def step(self) -> None:
        """One request as somebody."""
        if self.draw.random() < 0.04:
            self._sign_on()
            return
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
        names = [self.draw.choice(QUERIES) for _ in range(self.draw.choice((0, 0, 1, 2, 4)))]
        query = {one: self._value(one) for one in names}
        if method == "GET" and self.draw.random() < 0.2:
            own = TABLES_OF.get(name) or [""]
            query["format"] = self.draw.choice(FORMATS)
            query["table"] = self.draw.choice(own if self.draw.random() < 0.8 else TABLES)
        if name in {"category", "plan", "lists"} and self.draw.random() < 0.7:
            query["id"] = self._value("id")
        more = self._body(client, stranger) if method == "POST" else {}
        answer = client.request(method, path, params=query, **more)
        self._judge(name, role, f"{method} {answer.request.url} as {role}", answer, stranger)
        if answer.status_code < 400 and not stranger:
            self.reached[name] += 1
            if "attachment" in answer.headers.get("content-disposition", ""):
                self.tables[query.get("table", "")] += 1
        if name.startswith("sign_out") or name in {"person_change", "person_link"}:
            self.clients.clear()

    def _part(self, name: str) -> str:
        known = self.known[name]() if name in self.known else ()
        return self.draw.choice(known or ["1", "2"]) if self.draw.random() < 0.7 else self.draw.choice(ODD[2:])

    def _value(self, name: str = "") -> str:
        mine = self.known[name]() if name in self.known else ()
        known = mine or (self.plan_id, self.own, *sorted(self.stores)[:20])
        return self.draw.choice(known) if self.draw.random() < (0.6 if mine else 0.3) else self.draw.choice(ODD)

    def _sign_on(self) -> None:
        """Sign in by the provider, honestly or tampered with on the way; only an honest one lets anybody in."""
        client, draw = self.trial.client(), self.draw
        fields = {name: self._value(name) for name in ("next", "kept", "seal")}
        begun = client.post("/office/oidc", data=fields)
        self._judge("oidc_begin", Role.VENDOR, f"POST /office/oidc {fields}", begun, True)
        found = re.search(r'url=([^"]+)"', begun.text)
        if begun.status_code != 200 or found is None:
            return
        self.reached["oidc_begin"] += 1
        person = {"sub": f"{draw.randrange(4)}", "preferred_username": self._value(), "name": self._value()}
        self.provider.person = {**person, "groups": ["shop-marketing"]}
        spoilt = draw.choice(("", "", "claim", "state", "code", "browser"))
        claim, odd = draw.choice(("iss", "aud", "nonce")), self._value()
        self.provider.spoil = lambda claims: claims | ({claim: odd} if spoilt == "claim" else {})
        back = urlsplit(self.provider.authorize(dict(parse_qsl(urlsplit(found[1].replace("&amp;", "&")).query))))
        query = dict(parse_qsl(back.query)) | ({spoilt: odd} if spoilt in {"state", "code"} else {})
        browser = self.trial.client() if spoilt == "browser" else client
        answer = browser.get(back.path, params=query)
        self._judge(
            "oidc_back", Role.VENDOR, f"GET {answer.request.url} of {person}, {spoilt} spoilt", answer, True
        )
        let_in = COOKIE in browser.cookies
        self.signed_on += let_in
        self.reached["oidc_back"] += let_in
        if let_in and spoilt:
            self.faults.append(f"GET {answer.request.url}: let in, though its {spoilt} was spoilt with {odd!r}")

    def _body(self, client: TestClient, stranger: bool) -> dict[str, object]:
        fields = {
            name: self._value(name) for name in self.draw.sample(FIELDS, self.draw.choice((0, 2, 6, len(FIELDS))))
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

    def _judge(self, name: str, role: Role, asked: str, answer: Any, stranger: bool) -> None:
        status, text = answer.status_code, answer.text
        self.answers[status] += 1
        if status >= 500:
            self.faults.append(f"{asked}: {status} {text[-300:]}")
        self.faults += [f"{asked}: tells {one!r}" for one in self.insides if one in text]
        allowed = RIGHTS[name] is None or (not stranger and role in (RIGHTS[name] or ()))
        if not allowed and status not in {303, 400, 401, 403, 404, 413}:
            self.faults.append(f"{asked}: {status} though it may not")
        if not allowed and status == 303 and "/office/sign-in" not in answer.headers["location"]:
            self.faults.append(f"{asked}: led to {answer.headers['location']}")
        if role is Role.STORE_MANAGER:
            seen = set(re.findall(r'href="/office/households/([^"/?]+)', text)) | self._taken(answer.content)
            foreign = {one for one in seen if self.stores.get(one, self.own) != self.own}
            if foreign:
                self.faults.append(f"{asked}: shows {sorted(foreign)[:3]} of other stores")

    @staticmethod
    def _taken(content: bytes) -> set[str]:
        """Households of a table that was taken along."""
        if content.startswith(b"PAR1"):
            table = pq.read_table(io.BytesIO(content))
            return set(table["household_id"].to_pylist()) if "household_id" in table.column_names else set()
        if not content.startswith(b"\xef\xbb\xbf") or b"household_id" not in content[:400]:
            return set()
        return {row["household_id"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")))}

    def do_work(self) -> None:
        """Have the worker do what was asked for, but for what is honest and long; it must say what is wrong."""
        workspace = self.trial.workspace
        ledger, quick = workspace.ledger, 0
        for job in ledger.newest_jobs(100_000):
            real = job.arguments.get("plan_id") == self.plan_id or "as_of_on" in job.arguments
            quick += job.state is JobState.WAITING and (job.kind in QUIET_KINDS or not real)
            if job.state is JobState.WAITING and ((job.kind not in QUIET_KINDS and real) or quick > WORK_MAX):
                ledger.cancel_job(job.job_id, at=workspace.clock.now_at(), actor="hostile")
        work(workspace.root, once=True)
        broken = [one for one in ledger.newest_jobs(100_000) if re.match(r"[A-Z]\w+: ", one.stage)]
        self.faults += [f"work {one.kind} {one.arguments}: {one.stage}" for one in broken]


@contextmanager
def hostile_office(root: Path) -> Iterator[tuple[OfficeTrial, Provider]]:
    """An office on a finished workspace, which is changed, with a provider of the company's accounts."""
    with running_provider() as provider:
        with (root / "regulars.toml").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS.format(issuer=provider.issuer, client=CLIENT, secret=SECRET))
        create_workspace(root)
        with Workspace.open(root) as workspace:
            yield OfficeTrial(workspace), provider


def use_hostilely(
    trial: OfficeTrial, provider: Provider, *, seed: int, requests: int = 0, seconds: float = 0
) -> Hostile:
    """Send so many requests, or for so long; see `Hostile`."""
    hostile, until = Hostile(trial, provider, seed), time.monotonic() + seconds
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
        with hostile_office(root) as (trial, provider):
            hostile = use_hostilely(trial, provider, seed=asked.seed, seconds=asked.seconds)
            hostile.do_work()
            findings = trial.workspace.ledger.verify()
    for fault in hostile.faults[:50]:
        print(fault[:600])  # noqa: T201
    told = ", ".join(f"{count:,} x {status}" for status, count in sorted(hostile.answers.items()))
    print(f"{told}; faults: {len(hostile.faults)}; findings in the books: {len(findings)}")  # noqa: T201
    missed = sorted({route.name.removeprefix("office.") for route in hostile.routes} - set(hostile.reached))
    taken = f"{len(hostile.tables)} of {len(TABLES)} tables taken along"
    print(f"{hostile.signed_on} let in by the provider, {taken}; routes that only refused: {missed}")  # noqa: T201
    return 1 if hostile.faults or findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
