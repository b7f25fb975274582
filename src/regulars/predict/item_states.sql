-- table: item_states
-- grain: one household, level and item bought in the 210 days before the day
-- reads: item_days, feature_weights
-- parameters: as_of_on
-- What is known of a pair by itself. The columns "before" leave out the last 14 or 28 days: what a forecast made
-- then would have seen, so that item_totals and household_states can say how such forecasts came true.
WITH aged_days AS (
    SELECT
        household_id,
        level,
        item_id,
        parent_id,
        category_id,
        amount_cents,
        discounted,
        visit,
        gap_days,
        DATE_DIFF('day', sold_on, $as_of_on) AS age_days
    FROM item_days
    WHERE sold_on < $as_of_on
)

SELECT
    aged_days.household_id,
    aged_days.level,
    aged_days.item_id,
    MAX(aged_days.parent_id) AS parent_id,
    MAX(aged_days.category_id) AS category_id,
    COUNT(*) AS days_ever,
    COUNT(CASE WHEN aged_days.age_days <= 182 THEN 1 END) AS days_182,
    COUNT(CASE WHEN aged_days.age_days <= 28 THEN 1 END) AS days_28,
    COUNT(CASE WHEN aged_days.age_days <= 14 THEN 1 END) AS days_14,
    SUM(COALESCE(feature_weights.weight_7, 0)) AS weight_7,
    SUM(COALESCE(feature_weights.weight_21, 0)) AS weight_21,
    SUM(COALESCE(feature_weights.weight_60, 0)) AS weight_60,
    SUM(COALESCE(feature_weights.weight_120, 0)) AS weight_120,
    SUM(COALESCE(feature_weights.weight_240, 0)) AS weight_240,
    SUM(CASE WHEN aged_days.age_days > 14 THEN COALESCE(feature_weights.weight_60, 0) ELSE 0 END) AS weight_before_14,
    SUM(CASE WHEN aged_days.age_days > 28 THEN COALESCE(feature_weights.weight_60, 0) ELSE 0 END) AS weight_before_28,
    MIN(aged_days.age_days) AS age_last,
    MIN(CASE WHEN aged_days.age_days > 14 THEN aged_days.age_days END) AS age_last_before_14,
    MIN(CASE WHEN aged_days.age_days > 28 THEN aged_days.age_days END) AS age_last_before_28,
    MAX(aged_days.age_days) AS age_first,
    SUM(COALESCE(aged_days.gap_days * aged_days.gap_days, 0)) AS gap_days_squares,
    MAX(COALESCE(aged_days.gap_days, 0)) AS gap_days_max,
    MIN(aged_days.visit) AS visit_first,
    MAX(aged_days.visit) AS visit_last,
    SUM(aged_days.discounted) AS days_discounted,
    SUM(CASE WHEN aged_days.age_days <= 182 THEN aged_days.amount_cents ELSE 0 END) AS amount_cents
FROM aged_days
LEFT JOIN feature_weights ON feature_weights.age_days = aged_days.age_days
GROUP BY aged_days.household_id, aged_days.level, aged_days.item_id
HAVING MIN(aged_days.age_days) <= 210
