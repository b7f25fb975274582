"""What the back office is made of, from a workspace: staff, pages, and a reading of each screen.

In: an opened workspace. Out: an `Office`, and one function a screen.
Rules: a reading never writes; a change names who makes it.
Not here: what a screen shows (flows), how it looks (adapters.pages.office), who may see it (api.office).
"""

from ._data import load_upload, read_data, read_findings, take_files, upload_job
from ._households import household_shown, households_beside, households_found, list_reissued
from ._jobs import JOB_KINDS
from ._lists import (
    ListLeaf,
    PrintFile,
    SendingState,
    leaf_shown,
    list_picture,
    lists_approved,
    lists_shown,
    print_file,
    print_files,
    sending_state,
)
from ._office import Office, open_office, open_staff_desk
from ._reading import (
    categories_view,
    files_digest,
    forecast_shown,
    kept,
    lane_sales,
    nine_cells,
    one_category,
    plan_money_now,
    plan_shown,
    plans_beside,
    plans_to_show,
    profiles_on,
    shown_plan,
    statements_shown,
    tills_shown,
    uses_now,
)
from ._today import ask_for, cancel, newest_cycle, printed_pages, read_today, silent
from ._worker import WorkerKeeper, run_worker, work

__all__ = [
    "JOB_KINDS",
    "ListLeaf",
    "Office",
    "PrintFile",
    "SendingState",
    "WorkerKeeper",
    "ask_for",
    "cancel",
    "categories_view",
    "files_digest",
    "forecast_shown",
    "household_shown",
    "households_beside",
    "households_found",
    "kept",
    "lane_sales",
    "leaf_shown",
    "list_picture",
    "list_reissued",
    "lists_approved",
    "lists_shown",
    "load_upload",
    "newest_cycle",
    "nine_cells",
    "one_category",
    "open_office",
    "open_staff_desk",
    "plan_money_now",
    "plan_shown",
    "plans_beside",
    "plans_to_show",
    "print_file",
    "print_files",
    "printed_pages",
    "profiles_on",
    "read_data",
    "read_findings",
    "read_today",
    "run_worker",
    "sending_state",
    "shown_plan",
    "silent",
    "statements_shown",
    "take_files",
    "tills_shown",
    "upload_job",
    "uses_now",
    "work",
]
