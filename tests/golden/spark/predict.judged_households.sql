WITH levels AS (
  SELECT
    household_id,
    'product' AS level
  FROM household_value
  WHERE
    eligible
  UNION ALL
  SELECT
    household_id,
    'need' AS level
  FROM household_value
  WHERE
    eligible
)
SELECT
  levels.household_id,
  levels.level,
  COUNT(bought_items.item_id) AS targets
FROM levels
LEFT JOIN bought_items
  ON bought_items.household_id = levels.household_id
  AND bought_items.level = levels.level
GROUP BY
  levels.household_id,
  levels.level
