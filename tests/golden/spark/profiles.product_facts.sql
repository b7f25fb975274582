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
), last_prices AS (
  SELECT
    product_id,
    price_cents,
    seen_on
  FROM ranked_prices
  WHERE
    place = 1
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
  price_spreads.product_id,
  COALESCE(sales.households, 0) AS households,
  COALESCE(sales.amount_cents, 0) AS amount_cents,
  last_prices.price_cents,
  last_prices.seen_on,
  price_spreads.price_varies
FROM price_spreads
LEFT JOIN last_prices
  ON last_prices.product_id = price_spreads.product_id
LEFT JOIN sales
  ON sales.product_id = price_spreads.product_id
WHERE
  NOT last_prices.product_id IS NULL OR NOT sales.product_id IS NULL
