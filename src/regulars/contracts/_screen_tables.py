"""Tables that screens of the back office show: counts and sums, small whatever the size of the chain."""

from __future__ import annotations

from ._shapes import shape as _table

SCREEN_TABLES = (
    _table(
        "lane_days",
        "store_id lane_id sold_on",
        """
        store_id text
        lane_id text  -- empty when the source has none
        sold_on date
        lines integer
        amount_cents integer
        identified_cents integer  -- of that, with a household
        """,
        note="What each lane sold on a day, and how much of it to somebody known.",
    ),
    _table(
        "category_brands",
        "category_id vendor_id brand_kind",
        """
        category_id text
        vendor_id text
        brand_kind text  -- own or national
        households integer  -- that bought of it in 182 days
        amount_cents integer
        """,
        note="Whose brands are bought in a category.",
    ),
    _table(
        "category_weeks",
        "category_id week brand_kind",
        """
        category_id text
        week integer  -- weeks before the day, 0 for the seven days just before it
        brand_kind text  -- own or national
        amount_cents integer
        """,
        note="What a category sold week by week, own brands beside national ones.",
    ),
    _table(
        "category_gaps",
        "category_id need_id gap_days",
        """
        category_id text
        need_id text
        gap_days integer  -- usual days between two purchases: upper end of the class, 7 to 84; 999 for longer
        households integer
        """,
        note="How often households come back for the needs of a category.",
    ),
    _table(
        "miss_counts",
        "reason_code",
        "reason_code text\noffers integer\nhouseholds integer  -- pairs of household and offer",
        note="Why offers with a reason never became an option, all households together.",
    ),
    _table(
        "judged_levels",
        "level",
        """
        level text  -- need or product
        households integer  -- eligible
        households_shopping integer
        items integer  -- forecast items of the eligible households
        items_bought integer
        precision_at_10 double
        hit_rate_at_10 double
        recall_at_20 double
        ndcg_at_10 double
        log_loss double
        brier double
        calibration_error double
        first_ten_said double  -- mean chance of the items ranked 1 to 10
        first_ten_happened double  -- share of them that was bought
        """,
        note="How a forecast came true, once its window had closed.",
    ),
    _table(
        "judged_bins",
        "level said_low",
        """
        level text
        said_low double  -- least chance of the bin
        said_high double
        items integer
        said double  -- mean chance
        happened double  -- share bought
        """,
        note="What was said beside what happened, in up to ten bins of equal count.",
    ),
    _table(
        "judged_parts",
        "grouping part",
        """
        grouping text  -- department (of the favourite product), days bought, weekly spend, or never bought
        part text  -- which department; else the least of the part: days in 182, cents a week, place among the ideas
        items integer  -- household needs that were forecast
        said double  -- mean chance
        happened double  -- share bought
        """,
        note="The same for needs, part by part.",
    ),
)
