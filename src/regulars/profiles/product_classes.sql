-- table: product_classes
-- grain: one product known before the day
-- reads: products, class_tiers, closed_tiers, store_departments
-- parameters: as_of_on
-- A department the store says nothing of is merchandise.
SELECT
    products.product_id,
    products.department_id,
    COALESCE(products.category_id, '') AS category_id,
    COALESCE(products.need_id, '') AS need_id,
    products.brand_kind,
    COALESCE(class_tiers.tier, '') AS tier,
    COALESCE(store_departments.merchandise, TRUE)
        AND products.need_id IS NOT NULL
        AND closed_tiers.tier IS NULL AS reaches_profiles,
    COALESCE(store_departments.merchandise, TRUE) OR closed_tiers.tier IS NOT NULL AS counts_as_spend
FROM products
LEFT JOIN class_tiers
    ON class_tiers.department_id = products.department_id
    AND COALESCE(class_tiers.category_id, '') = COALESCE(products.category_id, '')
    AND COALESCE(class_tiers.need_id, '') = COALESCE(products.need_id, '')
LEFT JOIN closed_tiers ON closed_tiers.tier = class_tiers.tier
LEFT JOIN store_departments ON store_departments.department_id = products.department_id
WHERE products.known_from_on < $as_of_on
