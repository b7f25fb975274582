SELECT
  category_id,
  brand_module,
  usage_module,
  sureness,
  COUNT(*) AS households,
  SUM(amount_cents) AS amount_cents
FROM household_cells
GROUP BY
  category_id,
  brand_module,
  usage_module,
  sureness
