-- table: category_brands
-- grain: one category, vendor and kind of brand
-- reads: household_products, products
-- parameters:
WITH bought AS (
    SELECT
        household_products.household_id,
        household_products.category_id,
        products.vendor_id,
        products.brand_kind,
        SUM(household_products.amount_cents) AS amount_cents
    FROM household_products
    INNER JOIN products ON household_products.product_id = products.product_id
    WHERE household_products.category_id IS NOT NULL
    GROUP BY household_products.household_id, household_products.category_id, products.vendor_id, products.brand_kind
)

SELECT
    category_id,
    vendor_id,
    brand_kind,
    COUNT(*) AS households,
    SUM(amount_cents) AS amount_cents
FROM bought
GROUP BY category_id, vendor_id, brand_kind
