"""Tables that trees learn from: what is known of a pair, its household and its item, as of a day, in whole numbers."""

from __future__ import annotations

from ._shapes import shape as _table

FEATURE_TABLES = (
    _table(
        "visit_days",
        "household_id sold_on",
        """
        household_id text
        sold_on date
        visit integer  -- from 1, over all history
        lines integer
        amount_cents integer
        """,
        bucketed=True,
        note="Days a household bought anything on.",
    ),
    _table(
        "item_days",
        "household_id level item_id sold_on",
        """
        household_id text
        level text
        item_id text
        parent_id text  -- need of a product, category of a need
        category_id text  -- empty when the source has none
        sold_on date
        amount_cents integer
        discounted integer  -- 1 when it was bought for less than its regular price, else 0
        visit integer  -- number of the household's visit
        gap_days integer?  -- since the day it was bought on before
        """,
        bucketed=True,
        note="Days a household bought an item on.",
    ),
    _table(
        "late_lines",
        "sold_on known_from_on",
        "sold_on date\nknown_from_on date\nlines integer",
        note="Lines that were known only after the day they were sold on.",
    ),
    _table(
        "sold_days",
        "sold_on",
        "sold_on date\nlines integer",
        note="Days on which anything was sold.",
    ),
    _table(
        "eligible_households",
        "household_id",
        "household_id text",
        bucketed=True,
        note="Households that get a list.",
    ),
    _table(
        "item_states",
        "household_id level item_id",
        """
        household_id text
        level text
        item_id text
        parent_id text  -- need of a product, category of a need
        category_id text  -- empty when the source has none
        days_ever integer
        days_182 integer
        days_28 integer
        days_14 integer
        weight_7 integer  -- sum over all days ever of 0.5^(age / 7), times 2^30; likewise the others
        weight_21 integer
        weight_60 integer
        weight_120 integer
        weight_240 integer
        weight_before_14 integer  -- weight_60 without the last 14 days
        weight_before_28 integer
        age_last integer  -- days
        age_last_before_14 integer?  -- of the days more than 14 days ago
        age_last_before_28 integer?
        age_first integer
        gap_days_squares integer  -- sum of squared gaps between days
        gap_days_max integer
        visit_first integer  -- number of the household's visit it was first bought on
        visit_last integer
        days_discounted integer
        amount_cents integer  -- in 182 days
        """,
        bucketed=True,
        note="What is known of a household and item by itself.",
    ),
    _table(
        "household_states",
        "household_id level",
        """
        household_id text
        level text
        visits integer  -- days it ever bought on
        visits_14 integer
        visits_28 integer
        visits_182 integer
        lines_28 integer
        lines_182 integer
        age_last_visit integer
        age_first_visit integer
        hits_14 integer  -- items known before that were bought in the last 14 days
        weight_before_14 integer  -- their and the others' decayed weights as of then
        """,
        bucketed=True,
        note="A household's visits, and how much of what it knew it bought of late.",
    ),
    _table(
        "item_counts",
        "level item_id",
        """
        level text
        item_id text
        buyers_182 integer
        buyers_again integer
        buyers_14 integer
        buyers_28 integer
        days_28 integer
        days_182 integer
        days_ever integer
        days_discounted integer
        weight_60 integer
        candidates_14 integer
        hits_14 integer
        weight_before_14 integer
        candidates_28 integer
        hits_28 integer
        weight_before_28 integer
        """,
        bucketed=True,
        note="An item's buyers in one bucket; added up in `item_totals`.",
    ),
    _table(
        "item_totals",
        "level item_id",
        """
        level text
        item_id text
        buyers_182 integer  -- households that bought it in 182 days
        buyers_again integer  -- on two days or more
        buyers_14 integer
        buyers_28 integer
        days_28 integer
        days_182 integer
        days_ever integer
        days_discounted integer
        weight_60 integer
        candidates_14 integer  -- households that might have bought it again in the last 14 days
        hits_14 integer  -- those of them that did
        weight_before_14 integer
        candidates_28 integer
        hits_28 integer
        weight_before_28 integer
        """,
        bucketed=False,
        note="An item's buyers, all households together.",
    ),
    _table(
        "level_totals",
        "level",
        """
        level text
        hits_14 integer
        weight_before_14 integer
        """,
        bucketed=False,
        note="The same over all items.",
    ),
    _table(
        "promotion_counts",
        "level item_id",
        """
        level text
        item_id text
        buyers integer  -- of a need, in 182 days, summed over its products; of a product 1
        stores_display integer  -- stores that plan to show it on a display in the fortnight; of a need, times buyers
        stores_mailer integer
        stores_mailer_feature integer  -- on other pages than the inner ones
        stores_mailer_before integer  -- in the fortnight before
        """,
        bucketed=False,
        note="Where a product is promoted, and the products of a need.",
    ),
    _table(
        "need_weights",
        "household_id need_id",
        """
        household_id text
        need_id text
        weight_21 integer  -- as in `item_states`
        weight_120 integer
        """,
        bucketed=True,
        note="Needs a household bought in 182 days, and how often of late.",
    ),
    _table(
        "need_leanings",
        "household_id need_id",
        """
        household_id text
        need_id text
        leaning_21 integer?  -- log(1 + weight_21) foreseen from the household's other needs, times 2^16
        leaning_120 integer?
        """,
        bucketed=True,
        note="What a household's other needs say of each; nothing of needs that few households hold.",
    ),
    _table(
        "item_features",
        "household_id level item_id",
        """
        household_id text
        level text
        item_id text
        eligible boolean  -- whether the household gets a list as of the day
        days_ever integer
        days_182 integer
        weight_7 integer
        weight_21 integer
        weight_60 integer
        weight_120 integer
        weight_240 integer
        age_last integer
        age_first integer
        gap_days_squares integer
        gap_days_max integer
        visit_first integer
        visit_last integer
        amount_cents integer
        parent_weight_60 integer
        parent_weight_60_max integer
        category_weight_21 integer
        category_weight_120 integer
        need_days_ever integer
        need_weight_60 integer
        need_age_last integer
        need_age_first integer
        visits integer
        visits_14 integer
        visits_28 integer
        visits_182 integer
        lines_28 integer
        lines_182 integer
        age_last_visit integer
        age_first_visit integer
        household_hits_14 integer
        household_weight_before_14 integer
        place integer  -- among the household's items of the level by weight_120, from 1
        household_items integer
        household_weight_21 integer
        household_weight_60 integer
        household_weight_120 integer
        item_buyers_182 integer
        item_buyers_again integer
        item_buyers_14 integer
        item_buyers_28 integer
        item_days_28 integer
        item_days_182 integer
        item_days_ever integer
        item_days_discounted integer
        item_weight_60 integer
        item_candidates_14 integer
        item_hits_14 integer
        item_weight_before_14 integer
        item_candidates_28 integer
        item_hits_28 integer
        item_weight_before_28 integer
        level_hits_14 integer
        level_weight_before_14 integer
        promotion_buyers integer  -- what the four below are divided by
        stores_display integer
        stores_mailer integer
        stores_mailer_feature integer
        stores_mailer_before integer
        leaning_21 integer?  -- of a need; see `need_leanings`
        leaning_120 integer?
        """,
        bucketed=True,
        note="What boosted trees look at; the dataset `snapshots/<day>/item_features`.",
    ),
    _table(
        "feature_weights",
        "age_days",
        """
        age_days integer
        weight_7 integer
        weight_21 integer
        weight_60 integer
        weight_120 integer
        weight_240 integer
        """,
        note="0.5^(age / half-life), times 2^30, rounded, for each half-life.",
    ),
    _table(
        "feature_counts",
        "level",
        "level text\nitems integer\nitems_eligible integer  -- of households that get a list",
        note="How many rows features have.",
    ),
    _table(
        "boosted_trees",
        "level from_place number part",
        """
        level text
        from_place integer  -- the trees are for a household's items from this place on
        number integer  -- from 0; sets of the same place speak together
        part integer  -- from 0; long texts are cut
        text text  -- of the library that grew them, with the names of what they look at
        """,
        note="What the trees have learnt; the dataset `models/boosted-trees/<day its training ended>`.",
    ),
)
"""Tables of features and of trees."""
