from ._boosted_trees import BoostedTrees, log_loss
from ._comparison import PAIRED_MEASURES, PairedDifference, paired_differences
from ._coupons import (
    COUPON_SETTINGS,
    STANDINGS,
    CouponModel,
    CouponRate,
    at_depth,
    coupon_chances,
    coupon_model_of,
    coupon_parts,
    coupon_standings,
    fit_coupons,
)
from ._curves import CurveMethod, DecayedCount, GammaPoisson, PersonalFrequency
from ._features import FEATURE_NAMES, feature_matrix, feature_weights
from ._isotonic import isotonic_curve
from ._ladder import AUTOMATIC, METHODS, TREES_HISTORY_DAYS_MIN, method_for, method_named, pairs_min
from ._methods import WINDOW_DAYS, Fitted, Method, TrainingPart
from ._need_timing import (
    FOLLOWED_DAYS,
    TIMING_SETTINGS,
    TIMING_STARTS_DAYS,
    NeedTiming,
    WatchedPairs,
    fit_need_timing,
    need_day_offsets,
    timing_parts,
)
from ._new_needs import (
    NEW_NEEDS_LISTED,
    NEW_NEEDS_SETTINGS,
    NeedNeighbours,
    ScoredNeeds,
    listed_new_needs,
    need_neighbours,
    new_need_curve,
    new_need_scores,
)
from ._quality import ForecastQuality, LevelQuality, ReliabilityBin, judge_level
from ._ranking import household_hits, merged_tally, probability_tally
from ._rhythms import RHYTHM_FEATURES, need_totals, rhythm_matrix, rhythm_weights
from ._scoring import score_items
from ._shopping import SHOPPING_SETTINGS, SHOPPING_WINDOWS, fit_shopping, shopping_chances
from ._steps import predict_step
from ._timing import DAYS_MAX, check_days, expected_day_offset, window_probability

__all__ = [
    "AUTOMATIC",
    "COUPON_SETTINGS",
    "DAYS_MAX",
    "FEATURE_NAMES",
    "FOLLOWED_DAYS",
    "METHODS",
    "NEW_NEEDS_LISTED",
    "NEW_NEEDS_SETTINGS",
    "PAIRED_MEASURES",
    "RHYTHM_FEATURES",
    "SHOPPING_SETTINGS",
    "SHOPPING_WINDOWS",
    "STANDINGS",
    "TIMING_SETTINGS",
    "TIMING_STARTS_DAYS",
    "TREES_HISTORY_DAYS_MIN",
    "WINDOW_DAYS",
    "BoostedTrees",
    "CouponModel",
    "CouponRate",
    "CurveMethod",
    "DecayedCount",
    "Fitted",
    "ForecastQuality",
    "GammaPoisson",
    "LevelQuality",
    "Method",
    "NeedNeighbours",
    "NeedTiming",
    "PairedDifference",
    "PersonalFrequency",
    "ReliabilityBin",
    "ScoredNeeds",
    "TrainingPart",
    "WatchedPairs",
    "at_depth",
    "check_days",
    "coupon_chances",
    "coupon_model_of",
    "coupon_parts",
    "coupon_standings",
    "expected_day_offset",
    "feature_matrix",
    "feature_weights",
    "fit_coupons",
    "fit_need_timing",
    "fit_shopping",
    "household_hits",
    "isotonic_curve",
    "judge_level",
    "listed_new_needs",
    "log_loss",
    "merged_tally",
    "method_for",
    "method_named",
    "need_day_offsets",
    "need_neighbours",
    "need_totals",
    "new_need_curve",
    "new_need_scores",
    "paired_differences",
    "pairs_min",
    "predict_step",
    "probability_tally",
    "rhythm_matrix",
    "rhythm_weights",
    "score_items",
    "shopping_chances",
    "timing_parts",
    "window_probability",
]
