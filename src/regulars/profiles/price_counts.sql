-- table: price_counts
-- grain: one product and regular unit price of one bucket
-- reads: open_lines
-- parameters: as_of_on
WITH unit_prices AS (
    SELECT
        product_id,
        (2000 * regular_cents + quantity_milli) // (2 * quantity_milli) AS price_cents
    FROM open_lines
    WHERE sold_on < $as_of_on AND DATE_DIFF('day', sold_on, $as_of_on) <= 182
)

SELECT
    product_id,
    price_cents,
    COUNT(*) AS lines
FROM unit_prices
GROUP BY product_id, price_cents
