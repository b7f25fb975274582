SELECT
  products.product_id,
  products.department_id,
  COALESCE(products.category_id, '') AS category_id,
  COALESCE(products.need_id, '') AS need_id,
  products.brand_kind,
  COALESCE(class_tiers.tier, '') AS tier,
  COALESCE(store_departments.merchandise, TRUE)
  AND NOT products.need_id IS NULL
  AND closed_tiers.tier IS NULL AS reaches_profiles,
  COALESCE(store_departments.merchandise, TRUE) OR NOT closed_tiers.tier IS NULL AS counts_as_spend
FROM products
LEFT JOIN class_tiers
  ON class_tiers.department_id = products.department_id
  AND COALESCE(class_tiers.category_id, '') = COALESCE(products.category_id, '')
  AND COALESCE(class_tiers.need_id, '') = COALESCE(products.need_id, '')
LEFT JOIN closed_tiers
  ON closed_tiers.tier = class_tiers.tier
LEFT JOIN store_departments
  ON store_departments.department_id = products.department_id
WHERE
  products.known_from_on < :as_of_on
