SELECT
  lines.household_id,
  lines.store_id,
  lines.lane_id,
  lines.sold_on,
  lines.transaction_id,
  lines.line_number,
  lines.product_id,
  product_classes.need_id,
  product_classes.category_id,
  product_classes.department_id,
  product_classes.brand_kind,
  product_classes.tier,
  lines.quantity_milli,
  lines.amount_cents,
  lines.amount_cents + lines.loyalty_discount_cents + lines.store_coupon_cents AS regular_cents
FROM lines
INNER JOIN product_classes
  ON product_classes.product_id = lines.product_id
WHERE
  product_classes.reaches_profiles
  AND NOT lines.household_id IS NULL
  AND lines.quantity_milli > 0
  AND lines.amount_cents > 0
  AND lines.sold_on < :as_of_on
  AND lines.known_from_on < :as_of_on
