SELECT
  household_id,
  'product' AS level,
  product_id AS item_id,
  days_bought,
  last_on,
  quantity_milli,
  decayed_weight
FROM household_products
UNION ALL
SELECT
  household_id,
  'need' AS level,
  need_id AS item_id,
  days_bought,
  last_on,
  quantity_milli,
  decayed_weight
FROM household_needs
