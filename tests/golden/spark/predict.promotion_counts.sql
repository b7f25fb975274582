WITH stores AS (
  SELECT
    store_id,
    product_id,
    MAX(CASE WHEN until_on > :as_of_on AND display <> '' THEN 1 ELSE 0 END) AS on_display,
    MAX(CASE WHEN until_on > :as_of_on AND mailer <> '' THEN 1 ELSE 0 END) AS in_mailer,
    MAX(CASE WHEN until_on > :as_of_on AND NOT mailer IN ('', 'A') THEN 1 ELSE 0 END) AS in_mailer_feature,
    MAX(CASE WHEN from_on < :as_of_on AND mailer <> '' THEN 1 ELSE 0 END) AS in_mailer_before
  FROM promotions
  WHERE
    from_on < :until_on
    AND until_on > :before_on
    AND known_from_on < :promotions_known_on
  GROUP BY
    store_id,
    product_id
), products AS (
  SELECT
    product_id,
    SUM(on_display) AS stores_display,
    SUM(in_mailer) AS stores_mailer,
    SUM(in_mailer_feature) AS stores_mailer_feature,
    SUM(in_mailer_before) AS stores_mailer_before
  FROM stores
  GROUP BY
    product_id
), needs AS (
  SELECT
    product_classes.need_id,
    SUM(item_totals.buyers_182) AS buyers,
    SUM(item_totals.buyers_182 * COALESCE(products.stores_display, 0)) AS stores_display,
    SUM(item_totals.buyers_182 * COALESCE(products.stores_mailer, 0)) AS stores_mailer,
    SUM(item_totals.buyers_182 * COALESCE(products.stores_mailer_feature, 0)) AS stores_mailer_feature,
    SUM(item_totals.buyers_182 * COALESCE(products.stores_mailer_before, 0)) AS stores_mailer_before
  FROM item_totals
  INNER JOIN product_classes
    ON product_classes.product_id = item_totals.item_id
  LEFT JOIN products
    ON products.product_id = item_totals.item_id
  WHERE
    item_totals.level = 'product'
  GROUP BY
    product_classes.need_id
  HAVING
    COUNT(products.product_id) > 0
)
SELECT
  'product' AS level,
  product_id AS item_id,
  1 AS buyers,
  stores_display,
  stores_mailer,
  stores_mailer_feature,
  stores_mailer_before
FROM products
UNION ALL
SELECT
  'need' AS level,
  need_id AS item_id,
  buyers,
  stores_display,
  stores_mailer,
  stores_mailer_feature,
  stores_mailer_before
FROM needs
