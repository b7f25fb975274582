from ._entry import build_problem, solve, what_if
from ._problem import Problem, Waiver
from ._small_tables import check_columns
from ._solution import Conflict, ConflictLimit, LimitPrice, Shortfall, Solution
from ._verify import RULES, Verdict, verify_plan

__all__ = [
    "RULES",
    "Conflict",
    "ConflictLimit",
    "LimitPrice",
    "Problem",
    "Shortfall",
    "Solution",
    "Verdict",
    "Waiver",
    "build_problem",
    "check_columns",
    "solve",
    "verify_plan",
    "what_if",
]
