-- table: item_totals
-- grain: one level and item
-- reads: item_counts
-- parameters:
SELECT
    level,
    item_id,
    SUM(buyers_182) AS buyers_182,
    SUM(buyers_again) AS buyers_again,
    SUM(buyers_14) AS buyers_14,
    SUM(buyers_28) AS buyers_28,
    SUM(days_28) AS days_28,
    SUM(days_182) AS days_182,
    SUM(days_ever) AS days_ever,
    SUM(days_discounted) AS days_discounted,
    SUM(weight_60) AS weight_60,
    SUM(candidates_14) AS candidates_14,
    SUM(hits_14) AS hits_14,
    SUM(weight_before_14) AS weight_before_14,
    SUM(candidates_28) AS candidates_28,
    SUM(hits_28) AS hits_28,
    SUM(weight_before_28) AS weight_before_28
FROM item_counts
GROUP BY level, item_id
