"""A back office on a workspace, and people of every role who sign in to it."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from regulars.api import workspace_app
from regulars.bootstrap import Workspace, create_workspace
from regulars.flows import Role

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have the next httpx
    from starlette.testclient import TestClient

PASSWORD = "three quiet words"
SETTINGS = '[office]\npassword_memory_kib = 8192\n\n[ledger]\nurl = "{url}"\n'
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


class MovableClock:
    """The machine's clock, some time off."""

    def __init__(self, workspace: Workspace) -> None:
        self._clock, self.off = workspace.clock, timedelta()

    def now_at(self):
        return self._clock.now_at() + self.off


class OfficeTrial:
    """An office whose people can be had by role."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.clock = MovableClock(workspace)
        workspace.clock = self.clock
        self.app = workspace_app(workspace)
        self.staff = self.app.state.office.staff
        self._made: set[str] = set()

    def client(self) -> TestClient:
        """A browser that nobody has signed in with."""
        return TestClient(self.app, base_url="http://testserver", follow_redirects=False)

    def person(self, login: str, *roles: Role, stores: frozenset[str] = frozenset()) -> None:
        """Somebody with a password, made once."""
        if login in self._made:
            return
        self._made.add(login)
        _, token = self.staff.invite(login, login.title(), frozenset(roles), stores, "en", actor="test")
        self.staff.choose_password(token, PASSWORD)

    def signed_in(self, role: Role, *, stores: frozenset[str] = frozenset()) -> TestClient:
        """A browser in which somebody of a role is signed in."""
        self.person(role.value, role, stores=stores or frozenset({"1"}))
        return self.sign_in(role.value)

    def sign_in(self, login: str) -> TestClient:
        client = self.client()
        answer = client.post("/office/sign-in", data={"login": login, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client


def csrf_of(client: TestClient, path: str = "/office/account") -> str:
    """What the forms of this session send along."""
    found = _CSRF.search(client.get(path).text)
    assert found is not None
    return found[1]


@contextmanager
def office_trial(root: Path, url: str = "sqlite:///ledger.db") -> Iterator[OfficeTrial]:
    """An office on a new workspace, or on one that is there."""
    create_workspace(root, files={"regulars.toml": SETTINGS.format(url=url)})
    with Workspace.open(root) as workspace:
        yield OfficeTrial(workspace)
