"""Household statistics become chances of buying, with dates and quantities.

In: household products and needs. Out: the forecast table; its quality on closed windows.
Rules: only what was known before the day; models whose windows have closed; a fixed tie-break.
Not here: what is done about it (allocate, lists).
"""

from ._boosted_trees import BoostedTrees, log_loss
from ._comparison import PAIRED_MEASURES, PairedDifference, paired_differences
from ._curves import CurveMethod, DecayedCount, GammaPoisson, PersonalFrequency
from ._features import FEATURE_NAMES, feature_matrix, feature_weights
from ._isotonic import isotonic_curve
from ._ladder import AUTOMATIC, METHODS, TREES_HISTORY_DAYS_MIN, method_for, method_named
from ._methods import WINDOW_DAYS, Fitted, Method, TrainingPart
from ._quality import ForecastQuality, LevelQuality, ReliabilityBin, judge_level
from ._ranking import household_hits, merged_tally, probability_tally
from ._scoring import score_items
from ._steps import predict_step
from ._timing import DAYS_MAX, check_days, expected_day_offset, window_probability

__all__ = [
    "AUTOMATIC",
    "DAYS_MAX",
    "FEATURE_NAMES",
    "METHODS",
    "PAIRED_MEASURES",
    "TREES_HISTORY_DAYS_MIN",
    "WINDOW_DAYS",
    "BoostedTrees",
    "CurveMethod",
    "DecayedCount",
    "Fitted",
    "ForecastQuality",
    "GammaPoisson",
    "LevelQuality",
    "Method",
    "PairedDifference",
    "PersonalFrequency",
    "ReliabilityBin",
    "TrainingPart",
    "check_days",
    "expected_day_offset",
    "feature_matrix",
    "feature_weights",
    "household_hits",
    "isotonic_curve",
    "judge_level",
    "log_loss",
    "merged_tally",
    "method_for",
    "method_named",
    "paired_differences",
    "predict_step",
    "probability_tally",
    "score_items",
    "window_probability",
]
