-- table: miss_counts
-- grain: one reason
-- reads: plan_misses
-- parameters:
SELECT
    reason_code,
    COUNT(DISTINCT offer_id) AS offers,
    COUNT(*) AS households
FROM plan_misses
GROUP BY reason_code
