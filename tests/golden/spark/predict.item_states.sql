WITH product_days AS (
  SELECT
    household_id,
    product_id,
    need_id,
    category_id,
    sold_on,
    SUM(amount_cents) AS amount_cents,
    MAX(CASE WHEN regular_cents > amount_cents THEN 1 ELSE 0 END) AS discounted
  FROM open_lines
  WHERE
    sold_on < :as_of_on
  GROUP BY
    household_id,
    product_id,
    need_id,
    category_id,
    sold_on
), item_days AS (
  SELECT
    household_id,
    'product' AS level,
    product_id AS item_id,
    need_id AS parent_id,
    category_id,
    sold_on,
    amount_cents,
    discounted
  FROM product_days
  UNION ALL
  SELECT
    household_id,
    'need' AS level,
    need_id AS item_id,
    MAX(category_id) AS parent_id,
    MAX(category_id) AS category_id,
    sold_on,
    SUM(amount_cents) AS amount_cents,
    MAX(discounted) AS discounted
  FROM product_days
  GROUP BY
    household_id,
    need_id,
    sold_on
), aged_days AS (
  SELECT
    item_days.household_id,
    item_days.level,
    item_days.item_id,
    item_days.parent_id,
    item_days.category_id,
    item_days.amount_cents,
    item_days.discounted,
    visit_days.visit,
    DATEDIFF(DAY, item_days.sold_on, :as_of_on) AS age_days,
    DATEDIFF(
      DAY,
      LAG(item_days.sold_on) OVER (
        PARTITION BY item_days.household_id, item_days.level, item_days.item_id
        ORDER BY item_days.sold_on NULLS LAST
      ),
      item_days.sold_on
    ) AS gap_days
  FROM item_days
  INNER JOIN visit_days
    ON visit_days.household_id = item_days.household_id
    AND visit_days.sold_on = item_days.sold_on
)
SELECT
  aged_days.household_id,
  aged_days.level,
  aged_days.item_id,
  MAX(aged_days.parent_id) AS parent_id,
  MAX(aged_days.category_id) AS category_id,
  COUNT(*) AS days_ever,
  SUM(CASE WHEN aged_days.age_days <= 182 THEN 1 ELSE 0 END) AS days_182,
  SUM(CASE WHEN aged_days.age_days <= 28 THEN 1 ELSE 0 END) AS days_28,
  SUM(CASE WHEN aged_days.age_days <= 14 THEN 1 ELSE 0 END) AS days_14,
  SUM(COALESCE(feature_weights.weight_7, 0)) AS weight_7,
  SUM(COALESCE(feature_weights.weight_21, 0)) AS weight_21,
  SUM(COALESCE(feature_weights.weight_60, 0)) AS weight_60,
  SUM(COALESCE(feature_weights.weight_120, 0)) AS weight_120,
  SUM(COALESCE(feature_weights.weight_240, 0)) AS weight_240,
  SUM(
    CASE
      WHEN aged_days.age_days > 14
      THEN COALESCE(feature_weights.weight_60, 0)
      ELSE 0
    END
  ) AS weight_before_14,
  SUM(
    CASE
      WHEN aged_days.age_days > 28
      THEN COALESCE(feature_weights.weight_60, 0)
      ELSE 0
    END
  ) AS weight_before_28,
  MIN(aged_days.age_days) AS age_last,
  MIN(CASE WHEN aged_days.age_days > 14 THEN aged_days.age_days END) AS age_last_before_14,
  MIN(CASE WHEN aged_days.age_days > 28 THEN aged_days.age_days END) AS age_last_before_28,
  MAX(aged_days.age_days) AS age_first,
  SUM(COALESCE(aged_days.gap_days * aged_days.gap_days, 0)) AS gap_days_squares,
  MAX(COALESCE(aged_days.gap_days, 0)) AS gap_days_max,
  MIN(aged_days.visit) AS visit_first,
  MAX(aged_days.visit) AS visit_last,
  SUM(aged_days.discounted) AS days_discounted,
  SUM(CASE WHEN aged_days.age_days <= 182 THEN aged_days.amount_cents ELSE 0 END) AS amount_cents
FROM aged_days
LEFT JOIN feature_weights
  ON feature_weights.age_days = aged_days.age_days
GROUP BY
  aged_days.household_id,
  aged_days.level,
  aged_days.item_id
HAVING
  MIN(aged_days.age_days) <= 210
