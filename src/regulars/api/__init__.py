"""The service over HTTP: the till's calls, health and metrics.

In: requests of lanes, signed with their own credential. Out: answers, or problem details that say what and why.
Rules: parse, call one flow, render; every writing call is durable when it is answered.
Not here: any decision (redeem, flows); pages for people (backoffice), but the one that unsubscribes from mail.

A name is read from its module when it is first asked for: the process that writes needs no web framework.
"""

from typing import TYPE_CHECKING

from regulars.kernel import names_when_asked

if TYPE_CHECKING:
    from ._app import create_app as create_app
    from ._app import till_description as till_description
    from ._auth import LaneGate as LaneGate
    from ._http import web_server as web_server
    from ._serve import bound_port as bound_port
    from ._serve import controller_app as controller_app
    from ._serve import run_app as run_app
    from ._serve import serve_controller as serve_controller
    from ._serve import serve_workspace as serve_workspace
    from ._serve import workspace_app as workspace_app
    from ._signed import TillService as TillService
    from ._writer import GroupWriter as GroupWriter
    from ._writing import WriterProcess as WriterProcess
    from ._writing import WritingPlace as WritingPlace

_HOMES = {
    "GroupWriter": "_writer",
    "LaneGate": "_auth",
    "TillService": "_signed",
    "WriterProcess": "_writing",
    "WritingPlace": "_writing",
    "bound_port": "_serve",
    "controller_app": "_serve",
    "create_app": "_app",
    "run_app": "_serve",
    "serve_controller": "_serve",
    "serve_workspace": "_serve",
    "till_description": "_app",
    "web_server": "_http",
    "workspace_app": "_serve",
}

__all__ = list(_HOMES)

__getattr__ = names_when_asked(__name__, _HOMES)
