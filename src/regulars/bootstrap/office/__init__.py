"""What the back office is made of, from a workspace: staff, pages, and a reading of each screen.

In: an opened workspace. Out: an `Office`, and one function a screen.
Rules: a reading never writes; a change names who makes it.
Not here: what a screen shows (flows), how it looks (adapters.pages.office), who may see it (api.office).
"""

from ._jobs import JOB_KINDS
from ._office import Office, open_office, open_staff_desk
from ._today import ask_for, cancel, newest_cycle, printed_pages, read_today, silent
from ._worker import WorkerKeeper, run_worker, work

__all__ = [
    "JOB_KINDS",
    "Office",
    "WorkerKeeper",
    "ask_for",
    "cancel",
    "newest_cycle",
    "open_office",
    "open_staff_desk",
    "printed_pages",
    "read_today",
    "run_worker",
    "silent",
    "work",
]
