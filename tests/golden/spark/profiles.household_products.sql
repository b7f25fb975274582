WITH days AS (
  SELECT
    household_id,
    product_id,
    sold_on,
    DATEDIFF(DAY, sold_on, :as_of_on) AS age_days,
    MAX(need_id) AS need_id,
    MAX(category_id) AS category_id,
    SUM(quantity_milli) AS quantity_milli,
    SUM(amount_cents) AS amount_cents
  FROM open_lines
  WHERE
    sold_on < :as_of_on
  GROUP BY
    household_id,
    product_id,
    sold_on
)
SELECT
  days.household_id,
  days.product_id,
  MAX(days.need_id) AS need_id,
  MAX(days.category_id) AS category_id,
  SUM(CASE WHEN days.age_days <= 182 THEN 1 ELSE 0 END) AS days_bought,
  MIN(days.sold_on) AS first_on,
  MAX(days.sold_on) AS last_on,
  SUM(CASE WHEN days.age_days <= 182 THEN days.quantity_milli ELSE 0 END) AS quantity_milli,
  SUM(CASE WHEN days.age_days <= 182 THEN days.amount_cents ELSE 0 END) AS amount_cents,
  MAX(CASE WHEN days.age_days <= 182 THEN days.age_days END) - MIN(days.age_days) AS gap_days_sum,
  SUM(COALESCE(decay_weights.weight, 0)) AS decayed_weight
FROM days
LEFT JOIN decay_weights
  ON decay_weights.age_days = days.age_days
GROUP BY
  days.household_id,
  days.product_id
HAVING
  MIN(days.age_days) <= 182
