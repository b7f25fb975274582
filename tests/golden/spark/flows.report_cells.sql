WITH unprinted AS (
  SELECT DISTINCT
    product_classes.category_id
  FROM product_classes
  INNER JOIN unprinted_tiers
    ON unprinted_tiers.tier = product_classes.tier
)
SELECT
  household_cells.category_id,
  household_cells.brand_module,
  household_cells.usage_module,
  COUNT(*) AS households,
  SUM(household_cells.amount_cents) AS amount_cents
FROM household_cells
LEFT JOIN unprinted
  ON unprinted.category_id = household_cells.category_id
WHERE
  unprinted.category_id IS NULL
GROUP BY
  household_cells.category_id,
  household_cells.brand_module,
  household_cells.usage_module
