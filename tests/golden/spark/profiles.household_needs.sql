WITH days AS (
  SELECT
    household_id,
    need_id,
    sold_on,
    DATEDIFF(DAY, sold_on, :as_of_on) AS age_days,
    SUM(quantity_milli) AS quantity_milli,
    SUM(amount_cents) AS amount_cents
  FROM open_lines
  WHERE
    sold_on < :as_of_on
  GROUP BY
    household_id,
    need_id,
    sold_on
), ranked_products AS (
  SELECT
    household_id,
    need_id,
    product_id,
    ROW_NUMBER() OVER (
      PARTITION BY household_id, need_id
      ORDER BY decayed_weight DESC, last_on DESC, product_id NULLS LAST
    ) AS place
  FROM household_products
), favourites AS (
  SELECT
    household_id,
    need_id,
    product_id
  FROM ranked_products
  WHERE
    place = 1
)
SELECT
  days.household_id,
  days.need_id,
  SUM(CASE WHEN days.age_days <= 182 THEN 1 ELSE 0 END) AS days_bought,
  MIN(days.sold_on) AS first_on,
  MAX(days.sold_on) AS last_on,
  SUM(CASE WHEN days.age_days <= 182 THEN days.quantity_milli ELSE 0 END) AS quantity_milli,
  SUM(CASE WHEN days.age_days <= 182 THEN days.amount_cents ELSE 0 END) AS amount_cents,
  MAX(CASE WHEN days.age_days <= 182 THEN days.age_days END) - MIN(days.age_days) AS gap_days_sum,
  SUM(COALESCE(decay_weights.weight, 0)) AS decayed_weight,
  MAX(favourites.product_id) AS favourite_product_id
FROM days
LEFT JOIN decay_weights
  ON decay_weights.age_days = days.age_days
LEFT JOIN favourites
  ON favourites.household_id = days.household_id AND favourites.need_id = days.need_id
GROUP BY
  days.household_id,
  days.need_id
HAVING
  MIN(days.age_days) <= 182
