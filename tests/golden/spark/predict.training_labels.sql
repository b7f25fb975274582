WITH bought AS (
  SELECT DISTINCT
    household_id,
    product_id,
    need_id
  FROM open_lines
  WHERE
    sold_on >= :from_on AND sold_on < :until_on
), bought_items AS (
  SELECT DISTINCT
    household_id,
    'product' AS level,
    product_id AS item_id
  FROM bought
  UNION ALL
  SELECT DISTINCT
    household_id,
    'need' AS level,
    need_id AS item_id
  FROM bought
)
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
WHERE
  item_features.eligible
