WITH ranked_counts AS (
  SELECT
    store_id,
    product_id,
    quantity_milli,
    ROW_NUMBER() OVER (PARTITION BY store_id, product_id ORDER BY counted_on DESC) AS place
  FROM stock
  WHERE
    counted_on < :as_of_on
    AND known_from_on <= :as_of_on
    AND DATEDIFF(DAY, counted_on, :as_of_on) <= :stock_days_old_max
), sales AS (
  SELECT
    lines.store_id,
    lines.product_id,
    SUM(lines.quantity_milli) AS quantity_milli
  FROM lines
  WHERE
    lines.sold_on < :as_of_on
    AND DATEDIFF(DAY, lines.sold_on, :as_of_on) <= 28
    AND lines.quantity_milli > 0
  GROUP BY
    lines.store_id,
    lines.product_id
)
SELECT
  ranked_counts.store_id,
  ranked_counts.product_id
FROM ranked_counts
LEFT JOIN sales
  ON sales.store_id = ranked_counts.store_id
  AND sales.product_id = ranked_counts.product_id
WHERE
  ranked_counts.place = 1
  AND (
    ranked_counts.quantity_milli <= 0
    OR 28 * ranked_counts.quantity_milli < :stock_lead_days * COALESCE(sales.quantity_milli, 0)
  )
