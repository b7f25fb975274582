-- table: cell_counts
-- grain: one category, brand module, usage module and sureness
-- reads: household_cells
-- parameters:
SELECT
    category_id,
    brand_module,
    usage_module,
    sureness,
    COUNT(*) AS households,
    SUM(amount_cents) AS amount_cents
FROM household_cells
GROUP BY category_id, brand_module, usage_module, sureness
