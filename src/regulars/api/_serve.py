"""Run the service on a workspace: one writer, until it is told to stop."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from datetime import date
from functools import partial

from fastapi import FastAPI

from regulars.bootstrap import (
    Controller,
    PhoneDesk,
    Workspace,
    shift_of,
    till_clock,
    till_desk,
    unsubscribe_page,
    unsubscribe_token_holder,
)
from regulars.bootstrap.office import WorkerKeeper, open_office
from regulars.kernel import ConfigError, SystemClock

from ._app import create_app
from ._auth import LaneGate
from ._desk import router as desk_router
from ._household import mistyped_router
from ._household import router as household_router
from ._http import web_server
from ._lost import lost_page
from ._mail import MailDoor
from ._mail import router as mail_router
from ._signed import TillService
from ._writer import GroupWriter, Writer, work_alone
from ._writing import WriterProcess, WritingPlace
from .office import OFFICE_ROUTERS, OFFICE_UPLOADS

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


_PATIENCE_SECONDS = 3.0
"""A page of the back office that takes longer to be added up says so, and shows itself when it is ready."""


def workspace_app(workspace: Workspace, *, today: date | None = None, apart: bool = False) -> FastAPI:
    """The application of a workspace.

    Args:
        workspace: Opened, and locked for writing by whoever serves it.
        today: In the demonstration, the day to pretend it is.
        apart: Write in a process of its own.

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
    writer: Writer = GroupWriter(workspace.ledger, desk.now)
    if apart:
        url = workspace.settings.ledger.url
        writer = WriterProcess(WritingPlace(url, workspace.root, workspace.zone, shift_of(clock)))
    till = TillService(desk, writer, gate)
    office = open_office(workspace, clock, patience_seconds=_PATIENCE_SECONDS if apart else None)
    state = {"mail_door": door, "phone_desk": PhoneDesk(workspace, clock), "office": office}
    routers = (mail_router, household_router, desk_router, *OFFICE_ROUTERS, mistyped_router)
    return create_app(till, routers=routers, state=state, uploads=OFFICE_UPLOADS, lost=lost_page)


def controller_app(controller: Controller) -> FastAPI:
    """The application of a store's controller: the same till calls, for what was lent to the store."""
    gate = LaneGate.of_secrets(controller.secrets, SystemClock())
    return create_app(TillService(controller.desk, GroupWriter(controller.ledger, controller.desk.now), gate))


def serve_controller(controller: Controller, *, host: str, port: int, say: Callable[[str], None]) -> None:
    """Answer a store's lanes until interrupted.

    Args:
        controller: Opened.
        host: Address to listen on.
        port: Port.
        say: Told where it listens.

    Raises:
        ConfigError: The port is taken.
    """
    with bound_port(host, port) as bound:
        app = controller_app(controller)
        _, day = controller.desk.now()
        bound.listen()
        say(f"The controller of store {controller.store_id} listens on http://{host}:{port}; here it is {day}.")
        run_app(app, bound)


def bound_port(host: str, port: int) -> socket.socket:
    """A socket that has the port, and does not listen yet.

    Raises:
        ConfigError: The port is taken, or the address is none of this machine's.
    """
    bound = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        if bound is not None:
            bound.close()
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror}",
            hint="another `regulars serve` or another program has the port; --port takes another one",
        ) from error
    return bound


def run_app(app: FastAPI, bound: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Answer calls on a port until interrupted, as a process that does nothing else.

    Args:
        app: The application, all loaded.
        bound: Has the port.
        ready: Called once calls are answered.
    """
    work_alone()
    try:
        web_server(app, ready).run(sockets=[bound])
    finally:
        gc.unfreeze()  # so that the interpreter may tidy up when it ends


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
        ConfigError: The demonstration is to listen elsewhere, or the port is taken.
        LockedError: Another process writes in the workspace.
    """
    if workspace.settings.demo and host not in _LOOPBACK:
        raise ConfigError(
            f"the demonstration does not listen on {host}: its keys are published",
            hint="leave --host out; make a workspace of your own with `regulars init` to serve others",
        )
    here = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - where it listens is the caller's
    address = f"http://{f'[{here}]' if ':' in here else here}:{port}"
    with bound_port(host, port) as bound, workspace.serving(address):
        app = workspace_app(workspace, today=today, apart=True)
        _, day = app.state.till.desk.now()
        first = app.state.office.staff.first_link("serve")

        def announce() -> None:
            say(
                f"Listening on http://{host}:{port} (till calls under /till/v1; /health, /metrics, /openapi.json)."
            )
            say(f"Lists open under the address of their square code: http://{host}:{port}/SECRET.")
            if first is None:
                say(f"The back office is at http://{host}:{port}/office.")
            else:
                say(
                    f"Open the back office for the first time, once, at http://{host}:{port}/office/welcome/{first}"
                )
            if workspace.settings.demo:
                say(f"A demonstration on loopback, with published keys; here it is {day}.")

        keeper = WorkerKeeper(workspace, workspace.warehouse.refresh)
        keeper.start()
        try:
            run_app(app, bound, announce)
        finally:
            keeper.stop()
