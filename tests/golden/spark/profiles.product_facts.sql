WITH ranked_prices AS (
  SELECT
    product_id,
    price_cents,
    seen_on,
    ROW_NUMBER() OVER (
      PARTITION BY product_id
      ORDER BY seen_on DESC, price_cents DESC, store_id NULLS LAST
    ) AS place
  FROM shelf_prices
), sales AS (
  SELECT
    product_id,
    COUNT(*) AS households,
    SUM(amount_cents) AS amount_cents
  FROM household_products
  GROUP BY
    product_id
)
SELECT
  ranked_prices.product_id,
  COALESCE(sales.households, 0) AS households,
  COALESCE(sales.amount_cents, 0) AS amount_cents,
  ranked_prices.price_cents,
  ranked_prices.seen_on
FROM ranked_prices
LEFT JOIN sales
  ON sales.product_id = ranked_prices.product_id
WHERE
  ranked_prices.place = 1
