-- table: category_gaps
-- grain: one category, need and class of usual gap
-- reads: household_needs, household_products
-- parameters:
-- The usual gap of a household that bought a need on three days or more; a need belongs to the category of its products.
WITH needs AS (
    SELECT DISTINCT
        category_id,
        need_id
    FROM household_products
    WHERE category_id IS NOT NULL
),

gaps AS (
    SELECT
        needs.category_id,
        household_needs.need_id,
        CASE
            WHEN household_needs.gap_days_sum <= 7 * (household_needs.days_bought - 1) THEN 7
            WHEN household_needs.gap_days_sum <= 14 * (household_needs.days_bought - 1) THEN 14
            WHEN household_needs.gap_days_sum <= 21 * (household_needs.days_bought - 1) THEN 21
            WHEN household_needs.gap_days_sum <= 28 * (household_needs.days_bought - 1) THEN 28
            WHEN household_needs.gap_days_sum <= 42 * (household_needs.days_bought - 1) THEN 42
            WHEN household_needs.gap_days_sum <= 56 * (household_needs.days_bought - 1) THEN 56
            WHEN household_needs.gap_days_sum <= 84 * (household_needs.days_bought - 1) THEN 84
            ELSE 999
        END AS gap_days
    FROM household_needs
    INNER JOIN needs ON household_needs.need_id = needs.need_id
    WHERE household_needs.days_bought >= 3
)

SELECT
    category_id,
    need_id,
    gap_days,
    COUNT(*) AS households
FROM gaps
GROUP BY category_id, need_id, gap_days
