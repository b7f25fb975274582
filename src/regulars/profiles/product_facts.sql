-- table: product_facts
-- grain: one product that reaches profiles and has a price or was bought
-- reads: shelf_prices, household_products, price_spreads
-- parameters:
-- The chain's price is the one seen last in any store, then the highest one; there is none for goods whose price
-- varies, unless it is posted somewhere.
WITH ranked_prices AS (
    SELECT
        product_id,
        price_cents,
        seen_on,
        ROW_NUMBER() OVER (PARTITION BY product_id ORDER BY seen_on DESC, price_cents DESC, store_id) AS place
    FROM shelf_prices
),

last_prices AS (
    SELECT
        product_id,
        price_cents,
        seen_on
    FROM ranked_prices
    WHERE place = 1
),

sales AS (
    SELECT
        product_id,
        COUNT(*) AS households,
        SUM(amount_cents) AS amount_cents
    FROM household_products
    GROUP BY product_id
)

SELECT
    price_spreads.product_id,
    COALESCE(sales.households, 0) AS households,
    COALESCE(sales.amount_cents, 0) AS amount_cents,
    last_prices.price_cents,
    last_prices.seen_on,
    price_spreads.price_varies
FROM price_spreads
LEFT JOIN last_prices ON last_prices.product_id = price_spreads.product_id
LEFT JOIN sales ON sales.product_id = price_spreads.product_id
WHERE last_prices.product_id IS NOT NULL OR sales.product_id IS NOT NULL
