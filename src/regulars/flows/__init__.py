"""One function per thing a user can ask, and the ports it needs.

In: requests as plain values. Out: reports as plain values; published tables, ledger rows, files.
Rules: what costs money or sends mail goes plan, then apply; every flow runs again without harm.
Not here: drivers (adapters), settings (bootstrap), printing to a screen (cli).
"""

from ._answer_ports import AnswerBook, AnsweredItem, AnswerKind, HouseholdAnswer
from ._answers import declined_items
from ._apply import apply_plan, recall_plan
from ._approval_ports import Approval, ApprovalBook, ApprovalState
from ._campaign_desk import (
    CampaignCell,
    CampaignShown,
    find_campaign,
    new_campaign,
    show_campaign,
    stop_campaign,
)
from ._campaign_estimate import CampaignEstimate, CellEstimate, estimate_campaign
from ._campaign_preview import OfferPreview, preview_offer
from ._campaign_result import CampaignResult, CellResult, campaign_result
from ._category_counts import count_categories
from ._cells import NO_CELL, CellMoves, CellRow, NineCells, cell_moves, show_cells
from ._coupons import CouponReport, coupon_answers, coupon_model_dataset, learn_coupons, read_coupon_model
from ._data import DatasetStatus, data_status, find_mapping, load_data, refresh_class_tiers
from ._data_cards import CardsReport, SharedCard, card_holders, cards_report
from ._data_choice import PassedOver
from ._data_classes import GoodsClass, goods_classes
from ._data_compact import CompactReport, compact_data
from ._data_findings import FindingsReport, FindingsWanted, RuleCount, data_findings, export_findings
from ._data_gaps import GapsReport, data_gaps
from ._data_loaded import LoadedNote
from ._data_parts import read_parts, write_part
from ._data_ports import LineCounts, SourceReader, StagedFile, TransactionCounts
from ._data_retry import retry_findings
from ._data_sniff import SniffReport, sniff_file
from ._deal_desk import DealStanding, decide_deal, desk_plan, list_deals, read_deal_rows
from ._deal_ground import deal_ground, known_product_ids, read_catalogue
from ._desk_ports import CampaignRecord, DealMoney, DealRevision, Desk, DeskPlan, OfferDeal
from ._documents import DocumentSettings, plan_documents
from ._features import ensure_features, feature_dataset
from ._files import sync_folder, whole_file, write_whole
from ._forecast import ForecastReport, forecast_dataset, run_forecast
from ._forecast_comparison import ForecastComparison, LevelComparison, compare_forecasts
from ._forecast_explain import ExplainedForecast, ExplainedNeed, explain_forecast
from ._forecast_quality import evaluate_closed, judged_closed
from ._household_habits import TierHabits, tier_habits
from ._job_ports import Job, JobBook, JobState
from ._lane import Reconciled, ReferenceLane, TillCaller
from ._ledger_ports import (
    STORE_PAYER,
    ApplyOutcome,
    AuditHead,
    BudgetRecord,
    BudgetScope,
    BudgetTotal,
    GrantRecord,
    Ledger,
    LedgerFinding,
    ListRecord,
    PlanApplied,
    PlanContent,
    PlanRecalled,
    PlanRecord,
    PlanRefusal,
    PlanRefused,
    PlanStanding,
    PlanState,
    Programme,
    RecallOutcome,
)
from ._list_changes import change_list, edition_digests, newest_editions
from ._list_ports import ListApproval, ListBook, ListEdition
from ._mail import (
    Contact,
    Delivery,
    MailBook,
    MailCarrier,
    MailReport,
    MailState,
    MailWriter,
    Pace,
    ReturnedMail,
    SentMessage,
    Suppression,
    SuppressionReason,
    read_contacts,
    send_lists,
    take_returned,
    unknown_of,
)
from ._models import ModelChoice, ModelRecord, model_dataset, model_records
from ._names import plan_dataset, snapshot
from ._need_days import need_days_dataset
from ._new_needs import ensure_new_needs, new_needs_dataset
from ._plan import (
    PLAN_TABLES,
    PlanSummary,
    build_plan,
    check_plan,
    newest_plan_of,
    plan_programme,
    plan_record,
    plan_rows_of,
    plan_summary,
    plans_of,
    read_plan,
)
from ._plan_content import plan_content
from ._plan_diff import PlanDiff, diff_plans
from ._plan_explain import ExplainedList, explain_list
from ._plan_limits import limit_amount
from ._plan_missed import MissedGuarantees, guarantees_missed
from ._plan_settings import PlanSettings
from ._plan_show import PlanShown, show_plan
from ._plan_worth import BudgetCurve, budget_curves
from ._ports import DataFile, Engine, NewFile, Printer, Progress, ProgressStep, Publication, Source, Warehouse
from ._posted_prices import PriceChange
from ._profiles import BUCKET_TABLES, PROFILE_TABLES, ProfileReport, build_profiles
from ._proofs import proof_households
from ._render import MANIFEST_FILE, RenderReport, render_lists
from ._report import ReportPage, ReportWritten, write_report
from ._report_rows import ReportSettings
from ._screens import PagesReport, Screens, phone_secret, write_phone_pages
from ._settlement import InvoiceFiles, InvoiceOffer, InvoicePrinter, write_invoice
from ._settlement_ports import Invoice, InvoiceLine, InvoiceLineKind, SettlementLedger
from ._shopping import household_chances_dataset
from ._solve import SolvedPlan, judge_files, read_problem, solve_files, solve_report, solve_tables
from ._staff import (
    LINK_HOURS,
    PASSWORD_LENGTH_MIN,
    Passwords,
    SecondFactors,
    SignedIn,
    SignInRefusal,
    SignInRules,
    StaffDesk,
    check_member,
    check_password,
)
from ._staff_ports import AuditRow, Role, StaffBook, StaffMember, StaffSecrets, StaffSession, StaffState
from ._staff_single import Identity, IdentityProvider, SingleSignOn
from ._till_desk import (
    PlanTerms,
    TillBasket,
    TillDesk,
    TillIdentity,
    TillOffer,
    TillQuote,
    plan_offer_names,
    till_terms,
)
from ._till_pack import LaneJournal, build_pack, lend_rights
from ._till_ports import (
    FoundList,
    LogLedger,
    OpenCredit,
    OpenedList,
    PackableList,
    PackLedger,
    TillLedger,
    TillTeller,
)
from ._till_replay import NEVER_SHOWN, DayClock, Receipt, ReplayedReceipts, logged_receipts, replay_receipts
from ._till_settle import SettledLogs, SettleRules, settle_logs
from ._till_sim import CRASH_POINTS, LaneDied, SampleBasket, SimulatedLane, TillDay, sample_baskets, simulate_day

__all__ = [
    "BUCKET_TABLES",
    "CRASH_POINTS",
    "LINK_HOURS",
    "MANIFEST_FILE",
    "NEVER_SHOWN",
    "NO_CELL",
    "PASSWORD_LENGTH_MIN",
    "PLAN_TABLES",
    "PROFILE_TABLES",
    "STORE_PAYER",
    "AnswerBook",
    "AnswerKind",
    "AnsweredItem",
    "ApplyOutcome",
    "Approval",
    "ApprovalBook",
    "ApprovalState",
    "AuditHead",
    "AuditRow",
    "BudgetCurve",
    "BudgetRecord",
    "BudgetScope",
    "BudgetTotal",
    "CampaignCell",
    "CampaignEstimate",
    "CampaignRecord",
    "CampaignResult",
    "CampaignShown",
    "CardsReport",
    "CellEstimate",
    "CellMoves",
    "CellResult",
    "CellRow",
    "CompactReport",
    "Contact",
    "CouponReport",
    "DataFile",
    "DatasetStatus",
    "DayClock",
    "DealMoney",
    "DealRevision",
    "DealStanding",
    "Delivery",
    "Desk",
    "DeskPlan",
    "DocumentSettings",
    "Engine",
    "ExplainedForecast",
    "ExplainedList",
    "ExplainedNeed",
    "FindingsReport",
    "FindingsWanted",
    "ForecastComparison",
    "ForecastReport",
    "FoundList",
    "GapsReport",
    "GoodsClass",
    "GrantRecord",
    "HouseholdAnswer",
    "Identity",
    "IdentityProvider",
    "Invoice",
    "InvoiceFiles",
    "InvoiceLine",
    "InvoiceLineKind",
    "InvoiceOffer",
    "InvoicePrinter",
    "Job",
    "JobBook",
    "JobState",
    "LaneDied",
    "LaneJournal",
    "Ledger",
    "LedgerFinding",
    "LevelComparison",
    "LineCounts",
    "ListApproval",
    "ListBook",
    "ListEdition",
    "ListRecord",
    "LoadedNote",
    "LogLedger",
    "MailBook",
    "MailCarrier",
    "MailReport",
    "MailState",
    "MailWriter",
    "MissedGuarantees",
    "ModelChoice",
    "ModelRecord",
    "NewFile",
    "NineCells",
    "OfferDeal",
    "OfferPreview",
    "OpenCredit",
    "OpenedList",
    "Pace",
    "PackLedger",
    "PackableList",
    "PagesReport",
    "PassedOver",
    "Passwords",
    "PlanApplied",
    "PlanContent",
    "PlanDiff",
    "PlanRecalled",
    "PlanRecord",
    "PlanRefusal",
    "PlanRefused",
    "PlanSettings",
    "PlanShown",
    "PlanStanding",
    "PlanState",
    "PlanSummary",
    "PlanTerms",
    "PriceChange",
    "Printer",
    "ProfileReport",
    "Programme",
    "Progress",
    "ProgressStep",
    "Publication",
    "RecallOutcome",
    "Receipt",
    "Reconciled",
    "ReferenceLane",
    "RenderReport",
    "ReplayedReceipts",
    "ReportPage",
    "ReportSettings",
    "ReportWritten",
    "ReturnedMail",
    "Role",
    "RuleCount",
    "SampleBasket",
    "Screens",
    "SecondFactors",
    "SentMessage",
    "SettleRules",
    "SettledLogs",
    "SettlementLedger",
    "SharedCard",
    "SignInRefusal",
    "SignInRules",
    "SignedIn",
    "SimulatedLane",
    "SingleSignOn",
    "SniffReport",
    "SolvedPlan",
    "Source",
    "SourceReader",
    "StaffBook",
    "StaffDesk",
    "StaffMember",
    "StaffSecrets",
    "StaffSession",
    "StaffState",
    "StagedFile",
    "Suppression",
    "SuppressionReason",
    "TierHabits",
    "TillBasket",
    "TillCaller",
    "TillDay",
    "TillDesk",
    "TillIdentity",
    "TillLedger",
    "TillOffer",
    "TillQuote",
    "TillTeller",
    "TransactionCounts",
    "Warehouse",
    "apply_plan",
    "budget_curves",
    "build_pack",
    "build_plan",
    "build_profiles",
    "campaign_result",
    "card_holders",
    "cards_report",
    "cell_moves",
    "change_list",
    "check_member",
    "check_password",
    "check_plan",
    "compact_data",
    "compare_forecasts",
    "count_categories",
    "coupon_answers",
    "coupon_model_dataset",
    "data_findings",
    "data_gaps",
    "data_status",
    "deal_ground",
    "decide_deal",
    "declined_items",
    "desk_plan",
    "diff_plans",
    "edition_digests",
    "ensure_features",
    "ensure_new_needs",
    "estimate_campaign",
    "evaluate_closed",
    "explain_forecast",
    "explain_list",
    "export_findings",
    "feature_dataset",
    "find_campaign",
    "find_mapping",
    "forecast_dataset",
    "goods_classes",
    "guarantees_missed",
    "household_chances_dataset",
    "judge_files",
    "judged_closed",
    "known_product_ids",
    "learn_coupons",
    "lend_rights",
    "limit_amount",
    "list_deals",
    "load_data",
    "logged_receipts",
    "model_dataset",
    "model_records",
    "need_days_dataset",
    "new_campaign",
    "new_needs_dataset",
    "newest_editions",
    "newest_plan_of",
    "phone_secret",
    "plan_content",
    "plan_dataset",
    "plan_documents",
    "plan_offer_names",
    "plan_programme",
    "plan_record",
    "plan_rows_of",
    "plan_summary",
    "plans_of",
    "preview_offer",
    "proof_households",
    "read_catalogue",
    "read_contacts",
    "read_coupon_model",
    "read_deal_rows",
    "read_parts",
    "read_plan",
    "read_problem",
    "recall_plan",
    "refresh_class_tiers",
    "render_lists",
    "replay_receipts",
    "retry_findings",
    "run_forecast",
    "sample_baskets",
    "send_lists",
    "settle_logs",
    "show_campaign",
    "show_cells",
    "show_plan",
    "simulate_day",
    "snapshot",
    "sniff_file",
    "solve_files",
    "solve_report",
    "solve_tables",
    "stop_campaign",
    "sync_folder",
    "take_returned",
    "tier_habits",
    "till_terms",
    "unknown_of",
    "whole_file",
    "write_invoice",
    "write_part",
    "write_phone_pages",
    "write_report",
    "write_whole",
]
