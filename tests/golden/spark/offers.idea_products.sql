WITH sold AS (
  SELECT
    shelf_prices.store_id,
    catalogue.need_id,
    catalogue.category_id,
    catalogue.product_id,
    shelf_prices.price_cents,
    ROW_NUMBER() OVER (
      PARTITION BY shelf_prices.store_id, catalogue.need_id
      ORDER BY catalogue.households DESC, catalogue.product_id NULLS LAST
    ) AS place
  FROM catalogue
  INNER JOIN shelf_prices
    ON shelf_prices.product_id = catalogue.product_id
  WHERE
    catalogue.tier = ''
)
SELECT
  store_id,
  need_id,
  category_id,
  product_id,
  price_cents
FROM sold
WHERE
  place = 1
