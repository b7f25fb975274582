from ._app import create_app, till_description
from ._auth import LaneGate
from ._http import web_server
from ._serve import bound_port, controller_app, run_app, serve_controller, serve_workspace, workspace_app
from ._signed import TillService
from ._writer import GroupWriter
from ._writing import WriterProcess, WritingPlace

__all__ = [
    "GroupWriter",
    "LaneGate",
    "TillService",
    "WriterProcess",
    "WritingPlace",
    "bound_port",
    "controller_app",
    "create_app",
    "run_app",
    "serve_controller",
    "serve_workspace",
    "till_description",
    "web_server",
    "workspace_app",
]
