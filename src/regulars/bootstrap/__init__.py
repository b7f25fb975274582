"""Loads settings, picks adapters, hands out flows.

In: regulars.toml, REGULARS_A__B, flags. Out: a workspace, and every flow bound to its ports.
Rules: settings are frozen and unread at import.
Not here: what a flow does.
"""

from regulars.flows import FindingsWanted, cards_report, data_findings, data_gaps, data_status, export_findings

from ._bound import (
    apply_plan,
    build_plan,
    build_profiles,
    compact_data,
    compare_forecasts,
    evaluate_forecast,
    explain_forecast,
    goods_classes,
    list_of,
    load_files,
    newest_plan,
    plan_documents,
    recall_plan,
    render_lists,
    retry_findings,
    run_forecast,
    sniff_file,
    solve_files,
    write_phone_pages,
)
from ._cells import cell_moves, show_cells, tier_habits
from ._cycle import CycleReport, StepDone, run_cycle
from ._demo import create_demo, load_demo, run_demo
from ._desk import (
    deal_history,
    decide_deal,
    import_promotions,
    list_campaigns,
    list_deals,
    new_campaign,
    show_campaign,
    stop_campaign,
)
from ._doctor import Check, examine
from ._mailing import load_contacts, mail_status, send_lists, suppress_household, take_returned, write_messages
from ._plans_read import budget_curves, diff_plans, explain_list, guarantees_missed, show_plan
from ._settings import Settings, load_settings
from ._settlement import (
    bill_vendors,
    copy_ledger,
    dispute_line,
    find_invoice,
    list_invoices,
    put_back_ledger,
    verify_ledger,
    write_invoice_files,
)
from ._tills import (
    LaneCredential,
    ShiftedClock,
    lane_credential,
    replay_tills,
    simulate_tills,
    till_clock,
    till_desk,
)
from ._workspace import Workspace, create_workspace

__all__ = [
    "Check",
    "CycleReport",
    "FindingsWanted",
    "LaneCredential",
    "Settings",
    "ShiftedClock",
    "StepDone",
    "Workspace",
    "apply_plan",
    "bill_vendors",
    "budget_curves",
    "build_plan",
    "build_profiles",
    "cards_report",
    "cell_moves",
    "compact_data",
    "compare_forecasts",
    "copy_ledger",
    "create_demo",
    "create_workspace",
    "data_findings",
    "data_gaps",
    "data_status",
    "deal_history",
    "decide_deal",
    "diff_plans",
    "dispute_line",
    "evaluate_forecast",
    "examine",
    "explain_forecast",
    "explain_list",
    "export_findings",
    "find_invoice",
    "goods_classes",
    "guarantees_missed",
    "import_promotions",
    "lane_credential",
    "list_campaigns",
    "list_deals",
    "list_invoices",
    "list_of",
    "load_contacts",
    "load_demo",
    "load_files",
    "load_settings",
    "mail_status",
    "new_campaign",
    "newest_plan",
    "plan_documents",
    "put_back_ledger",
    "recall_plan",
    "render_lists",
    "replay_tills",
    "retry_findings",
    "run_cycle",
    "run_demo",
    "run_forecast",
    "send_lists",
    "show_campaign",
    "show_cells",
    "show_plan",
    "simulate_tills",
    "sniff_file",
    "solve_files",
    "stop_campaign",
    "suppress_household",
    "take_returned",
    "tier_habits",
    "till_clock",
    "till_desk",
    "verify_ledger",
    "write_invoice_files",
    "write_messages",
    "write_phone_pages",
]
