-- table: household_visits
-- grain: one household that bought anything in the 182 days before the day
-- reads: visit_days, rhythm_weights
-- parameters: as_of_on, until_on
-- How often and how lately a household shops, in whole numbers; and whether it did in the days that followed.
WITH days AS (
    SELECT
        household_id,
        DATE_DIFF('day', sold_on, $as_of_on) AS age_days,
        lines,
        amount_cents
    FROM visit_days
    WHERE sold_on < $as_of_on
),

gaps AS (
    SELECT
        household_id,
        age_days,
        lines,
        amount_cents,
        LAG(age_days) OVER (PARTITION BY household_id ORDER BY age_days DESC) - age_days AS gap_days
    FROM days
),

visits AS (
    SELECT
        gaps.household_id,
        COUNT(*) AS visits,
        SUM(CASE WHEN gaps.age_days <= 14 THEN 1 ELSE 0 END) AS visits_14,
        SUM(CASE WHEN gaps.age_days <= 28 THEN 1 ELSE 0 END) AS visits_28,
        SUM(CASE WHEN gaps.age_days <= 56 THEN 1 ELSE 0 END) AS visits_56,
        SUM(CASE WHEN gaps.age_days <= 182 THEN 1 ELSE 0 END) AS visits_182,
        SUM(COALESCE(rhythm_weights.weight_10, 0)) AS weight_10,
        SUM(COALESCE(rhythm_weights.weight_30, 0)) AS weight_30,
        SUM(COALESCE(rhythm_weights.weight_120, 0)) AS weight_120,
        MIN(gaps.age_days) AS age_last,
        MAX(gaps.age_days) AS age_first,
        MAX(CASE WHEN gaps.age_days <= 182 THEN COALESCE(gaps.gap_days, 0) ELSE 0 END) AS gap_days_max,
        SUM(CASE WHEN gaps.age_days <= 182 THEN COALESCE(gaps.gap_days * gaps.gap_days, 0) ELSE 0 END) AS gap_squares,
        SUM(CASE WHEN gaps.age_days <= 28 THEN gaps.lines ELSE 0 END) AS lines_28,
        SUM(CASE WHEN gaps.age_days <= 182 THEN gaps.lines ELSE 0 END) AS lines_182,
        SUM(CASE WHEN gaps.age_days <= 56 THEN gaps.amount_cents ELSE 0 END) AS amount_56_cents
    FROM gaps
    LEFT JOIN rhythm_weights ON rhythm_weights.age_days = gaps.age_days
    GROUP BY gaps.household_id
    HAVING MIN(gaps.age_days) <= 182
),

fortnights AS (
    SELECT
        household_id,
        (age_days - 1) // 14 AS fortnight
    FROM days
    WHERE age_days <= 182
    GROUP BY household_id, (age_days - 1) // 14
),

shopped_fortnights AS (
    SELECT
        household_id,
        COUNT(*) AS fortnights_13,
        SUM(CASE WHEN fortnight < 6 THEN 1 ELSE 0 END) AS fortnights_6
    FROM fortnights
    GROUP BY household_id
),

returned AS (
    SELECT DISTINCT household_id
    FROM visit_days
    WHERE sold_on >= $as_of_on AND sold_on < $until_on
)

SELECT
    visits.household_id,
    visits.visits,
    visits.visits_14,
    visits.visits_28,
    visits.visits_56,
    visits.visits_182,
    visits.weight_10,
    visits.weight_30,
    visits.weight_120,
    visits.age_last,
    visits.age_first,
    visits.gap_days_max,
    visits.gap_squares,
    visits.lines_28,
    visits.lines_182,
    visits.amount_56_cents,
    shopped_fortnights.fortnights_13,
    shopped_fortnights.fortnights_6,
    returned.household_id IS NOT NULL AS shopped
FROM visits
INNER JOIN shopped_fortnights ON shopped_fortnights.household_id = visits.household_id
LEFT JOIN returned ON returned.household_id = visits.household_id
