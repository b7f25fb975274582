-- table: training_labels
-- grain: one eligible household, level and item
-- reads: item_features, bought_items
-- parameters:
SELECT
    item_features.household_id,
    item_features.level,
    item_features.item_id,
    CASE WHEN bought_items.item_id IS NULL THEN 0 ELSE 1 END AS bought
FROM item_features
LEFT JOIN bought_items
    ON bought_items.household_id = item_features.household_id
    AND bought_items.level = item_features.level
    AND bought_items.item_id = item_features.item_id
WHERE item_features.eligible
