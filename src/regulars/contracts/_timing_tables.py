"""Tables of when needs are bought next, whether households shop, and what models of these have learnt."""

from __future__ import annotations

from ._shapes import shape as _table

TIMING_TABLES = (
    _table(
        "model_parts",
        "name",
        "name text\ntext text",
        note="What a model has learnt, as texts by name; the datasets `models/<model>/<day its training ended>`.",
    ),
    _table(
        "rhythm_weights",
        "age_days",
        """
        age_days integer
        weight_10 integer  -- 0.5^(age / 10 days), times 2^30, rounded; and so on
        weight_21 integer
        weight_30 integer
        weight_60 integer
        weight_120 integer
        weight_240 integer
        """,
    ),
    _table(
        "needs_bought",
        "household_id need_id sold_on",
        """
        household_id text
        need_id text
        sold_on date
        gap_days integer?  -- since the day it was bought on before
        """,
        bucketed=True,
        note="Days a household bought a need on.",
    ),
    _table(
        "need_rhythms",
        "household_id need_id",
        """
        household_id text
        need_id text
        days_ever integer
        days_182 integer  -- days it was bought on in 182; the same for other lengths
        days_91 integer
        days_28 integer
        days_14 integer
        weight_10 integer
        weight_21 integer
        weight_60 integer
        weight_120 integer
        weight_240 integer
        weight_soon_60 integer  -- of the days that came within 28 days of the one before
        age_last integer
        age_first_182 integer
        age_first integer
        gap_squares integer
        visits_28 integer  -- days the household bought anything
        visits_182 integer
        household_days_28 integer  -- needs bought, each day and need counted once
        household_days_182 integer
        household_weight_30 integer
        age_last_visit integer
        age_first_visit integer
        next_days integer?  -- from the day to the next time it was bought, 0 for the day itself
        """,
        bucketed=True,
        note="How often, how regularly and how lately a household buys a need it bought on three days or more.",
    ),
    _table(
        "need_counts",
        "need_id",
        """
        need_id text
        buyers integer
        days integer  -- household and day counted once
        days_28 integer
        days_84 integer
        days_182 integer
        span_days integer  -- from each buyer's first day to its last
        """,
        note="How much and how steadily everybody in a bucket buys a need.",
    ),
    _table(
        "need_paces",
        "household_id need_id",
        """
        household_id text
        need_id text
        pace double  -- log of how much faster than all pairs together it comes back
        """,
        bucketed=True,
        note="How soon needs bought on three days or more come back.",
    ),
    _table(
        "need_days",
        "household_id need_id",
        """
        household_id text
        need_id text
        expected_on date
        expected_on_low_80 date
        expected_on_high_80 date
        expected_on_low_50 date
        expected_on_high_50 date
        """,
        bucketed=True,
        note="When needs bought on three days or more are expected next.",
    ),
    _table(
        "household_visits",
        "household_id",
        """
        household_id text
        visits integer  -- days it bought anything
        visits_14 integer
        visits_28 integer
        visits_56 integer
        visits_182 integer
        weight_10 integer
        weight_30 integer
        weight_120 integer
        age_last integer
        age_first integer
        gap_days_max integer  -- longest of the gaps that ended in 182 days
        gap_squares integer
        lines_28 integer
        lines_182 integer
        amount_56_cents integer
        fortnights_13 integer  -- of the last thirteen fortnights, those it shopped in
        fortnights_6 integer
        shopped boolean  -- in the days that followed
        """,
        bucketed=True,
        note="How often and how lately a household shops.",
    ),
    _table(
        "household_chances",
        "household_id",
        """
        household_id text
        probability double  -- of buying anything within 14 days
        visits_182 integer
        last_on date
        """,
        bucketed=True,
        note="Whether each household shops in the cycle.",
    ),
    _table(
        "coupon_pairs",
        "household_id campaign_id coupon_id",
        """
        household_id text
        campaign_id text
        coupon_id text
        closed boolean  -- whether the campaign was over by the day
        campaign_days integer
        campaign_coupons integer  -- coupons of the campaign
        products integer  -- products the coupon covers
        needs integer
        covered_days integer  -- days each covered product was bought on, in the 182 before the campaign
        covered_cents integer
        covered_age_last integer?  -- days from the last of them to the campaign
        need_days integer  -- the same for the needs of the covered products
        need_cents integer
        need_age_last integer?
        category_cents integer
        visits integer  -- days the household bought anything on
        amount_cents integer
        coupon_lines integer  -- lines, in the 182 days before, with a coupon of the maker's or the store's
        coupon_days integer  -- days with such a line
        coupon_age_last integer?
        covered_coupon_lines integer  -- such lines of covered products
        need_coupon_lines integer  -- such lines of their needs
        used_before integer  -- coupons used before the campaign began
        sent_before integer  -- campaigns sent before
        used boolean  -- by the day
        """,
        bucketed=True,
        note="How a household stood to each coupon of a campaign it was sent, and whether it used it.",
    ),
    _table(
        "need_holdings",
        "household_id need_id",
        """
        household_id text
        need_id text
        age_first integer  -- days from the first time it was bought to the day; 0 if never before it: not known
        held boolean  -- bought in the 182 days before the day
        bought_next boolean  -- in the window that begins with the day
        """,
        bucketed=True,
        note="Which needs each household holds, and when it came to them.",
    ),
    _table(
        "new_needs",
        "household_id need_id",
        """
        household_id text
        need_id text  -- never bought by the household
        because_need_id text?  -- of what it buys, the need that lifts this one most
        because_lift double?  -- times likelier its buyers buy this one than anybody, cautiously
        probability double  -- of buying it within the cycle
        rank integer  -- within the household, from 1
        """,
        bucketed=True,
        note="Needs a household has never bought and may come to; apart from the forecast of what it buys again.",
    ),
)
