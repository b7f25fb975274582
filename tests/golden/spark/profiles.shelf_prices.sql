WITH known_prices AS (
  SELECT
    store_id,
    product_id,
    price_cents,
    from_on AS seen_on,
    'posted' AS source,
    0 AS source_place
  FROM prices
  WHERE
    from_on <= :as_of_on AND known_from_on < :as_of_on
  UNION ALL
  SELECT
    till_prices.store_id,
    till_prices.product_id,
    till_prices.price_cents,
    till_prices.seen_on,
    'till' AS source,
    1 AS source_place
  FROM till_prices
  INNER JOIN price_spreads
    ON price_spreads.product_id = till_prices.product_id
    AND NOT price_spreads.price_varies
), ranked_prices AS (
  SELECT
    store_id,
    product_id,
    price_cents,
    seen_on,
    source,
    ROW_NUMBER() OVER (
      PARTITION BY store_id, product_id
      ORDER BY source_place NULLS LAST, seen_on DESC, price_cents DESC
    ) AS place
  FROM known_prices
)
SELECT
  store_id,
  product_id,
  price_cents,
  seen_on,
  source
FROM ranked_prices
WHERE
  place = 1
