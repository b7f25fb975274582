-- table: idea_products
-- grain: one store and need
-- reads: catalogue, shelf_prices
-- parameters:
-- What speaks for a need in a store where a list suggests it: of what has a price there and belongs to no sensitive tier,
-- what most households bought.
WITH sold AS (
    SELECT
        shelf_prices.store_id,
        catalogue.need_id,
        catalogue.category_id,
        catalogue.product_id,
        shelf_prices.price_cents,
        ROW_NUMBER() OVER (
            PARTITION BY shelf_prices.store_id, catalogue.need_id
            ORDER BY catalogue.households DESC, catalogue.product_id
        ) AS place
    FROM catalogue
    INNER JOIN shelf_prices ON shelf_prices.product_id = catalogue.product_id
    WHERE catalogue.tier = ''
)

SELECT
    store_id,
    need_id,
    category_id,
    product_id,
    price_cents
FROM sold
WHERE place = 1
