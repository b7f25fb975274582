"""Household statistics become chances of buying, with dates and quantities.

In: household products and needs. Out: the forecast table; its quality on closed windows.
Rules: only what was known before the day; models whose windows have closed; a fixed tie-break.
Not here: what is done about it (allocate, lists).
"""

from ._decayed_count import DecayedCount
from ._isotonic import isotonic_curve
from ._methods import DEFAULT_METHOD, METHODS, WINDOW_DAYS, Method, method_named
from ._quality import ForecastQuality, LevelQuality, ReliabilityBin, judge_level
from ._ranking import household_hits, merged_tally, probability_tally
from ._scoring import score_items
from ._steps import predict_step
from ._timing import DAYS_MAX, check_days, expected_day_offset, window_probability

__all__ = [
    "DAYS_MAX",
    "DEFAULT_METHOD",
    "METHODS",
    "WINDOW_DAYS",
    "DecayedCount",
    "ForecastQuality",
    "LevelQuality",
    "Method",
    "ReliabilityBin",
    "check_days",
    "expected_day_offset",
    "household_hits",
    "isotonic_curve",
    "judge_level",
    "merged_tally",
    "method_named",
    "predict_step",
    "probability_tally",
    "score_items",
    "window_probability",
]
