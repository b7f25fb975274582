"""Run the service on a workspace: one writer, until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import uvicorn
from fastapi import FastAPI

from regulars.bootstrap import (
    PhoneDesk,
    Workspace,
    till_clock,
    till_desk,
    unsubscribe_page,
    unsubscribe_token_holder,
)
from regulars.kernel import ConfigError

from ._app import create_app
from ._auth import LaneGate
from ._household import router as household_router
from ._mail import MailDoor
from ._mail import router as mail_router
from ._till import TillService
from ._writer import GroupWriter

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def workspace_app(workspace: Workspace, *, today: date | None = None) -> FastAPI:
    """The application of a workspace.

    Args:
        workspace: Opened, and locked for writing by whoever serves it.
        today: In the demonstration, the day to pretend it is.

    Raises:
        ConfigError: A day is given outside the demonstration.
    """
    clock = till_clock(workspace, today)
    desk = till_desk(workspace, clock)
    settings = workspace.settings.till
    gate = LaneGate(
        workspace.keys,
        workspace.clock,
        generation=settings.credential_generation,
        revoked=frozenset(settings.revoked),
    )
    door = MailDoor(
        partial(unsubscribe_token_holder, workspace), lambda done: unsubscribe_page(workspace, done=done)
    )
    till = TillService(desk, GroupWriter(workspace.ledger, desk), gate)
    state = {"mail_door": door, "phone_desk": PhoneDesk(workspace, clock)}
    return create_app(till, routers=(mail_router, household_router), state=state)


def serve_workspace(
    workspace: Workspace, *, host: str, port: int, today: date | None, say: Callable[[str], None]
) -> None:
    """Answer calls until interrupted; the workspace stays locked meanwhile.

    Args:
        workspace: Opened.
        host: Address to listen on; the demonstration listens on loopback only.
        port: Port.
        today: In the demonstration, the day to pretend it is.
        say: Told where it listens.

    Raises:
        ConfigError: The demonstration is to listen elsewhere.
        LockedError: Another process writes in the workspace.
    """
    if workspace.settings.demo and host not in _LOOPBACK:
        raise ConfigError(
            f"the demonstration does not listen on {host}: its keys are published",
            hint="leave --host out; make a workspace of your own with `regulars init` to serve others",
        )
    with workspace.writing("serve"):
        app = workspace_app(workspace, today=today)
        _, day = app.state.till.desk.now()
        say(f"Listening on http://{host}:{port} (till calls under /till/v1; /health, /metrics, /openapi.json).")
        say(f"Lists open under the address of their square code: http://{host}:{port}/SECRET.")
        if workspace.settings.demo:
            say(f"A demonstration on loopback, with published keys; here it is {day}.")
        config = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False)
        uvicorn.Server(config).run()
