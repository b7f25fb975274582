SELECT
  COUNT(*) AS lines,
  COALESCE(SUM(CASE WHEN lines.household_id IS NULL THEN 1 ELSE 0 END), 0) AS cardless_lines,
  COALESCE(SUM(CASE WHEN product_classes.product_id IS NULL THEN 1 ELSE 0 END), 0) AS unknown_product_lines,
  COUNT(DISTINCT lines.sold_on) AS days,
  MIN(lines.sold_on) AS first_on,
  MAX(lines.sold_on) AS last_on,
  COUNT(DISTINCT lines.store_id) AS stores,
  COUNT(DISTINCT lines.product_id) AS products,
  COALESCE(
    SUM(
      CASE
        WHEN COALESCE(product_classes.counts_as_spend, TRUE)
        THEN lines.amount_cents
        ELSE 0
      END
    ),
    0
  ) AS sales_cents,
  COALESCE(
    SUM(
      CASE
        WHEN NOT lines.household_id IS NULL
        AND COALESCE(product_classes.counts_as_spend, TRUE)
        THEN lines.amount_cents
        ELSE 0
      END
    ),
    0
  ) AS card_sales_cents
FROM lines
LEFT JOIN product_classes
  ON product_classes.product_id = lines.product_id
WHERE
  lines.sold_on < :as_of_on AND lines.known_from_on < :as_of_on
