WITH unit_prices AS (
  SELECT
    store_id,
    product_id,
    sold_on,
    MAX((
      2000 * regular_cents + quantity_milli
    ) DIV (
      2 * quantity_milli
    )) AS price_cents
  FROM open_lines
  WHERE
    sold_on < :as_of_on
  GROUP BY
    store_id,
    product_id,
    sold_on
), ranked_prices AS (
  SELECT
    store_id,
    product_id,
    sold_on,
    price_cents,
    ROW_NUMBER() OVER (PARTITION BY store_id, product_id ORDER BY sold_on DESC, price_cents DESC) AS place
  FROM unit_prices
)
SELECT
  store_id,
  product_id,
  price_cents,
  sold_on AS seen_on
FROM ranked_prices
WHERE
  place = 1
