SELECT
  products.product_id,
  products.vendor_id,
  products.department_id,
  COALESCE(products.category_id, '') AS category_id,
  products.need_id,
  products.brand_kind,
  COALESCE(class_tiers.tier, '') AS tier,
  product_facts.price_cents,
  product_facts.households
FROM products
INNER JOIN product_facts
  ON product_facts.product_id = products.product_id
LEFT JOIN class_tiers
  ON class_tiers.department_id = products.department_id
  AND COALESCE(class_tiers.category_id, '') = COALESCE(products.category_id, '')
  AND COALESCE(class_tiers.need_id, '') = COALESCE(products.need_id, '')
WHERE
  products.known_from_on < :as_of_on
  AND NOT products.need_id IS NULL
  AND (
    product_facts.price_cents IS NULL OR product_facts.price_cents > 0
  )
