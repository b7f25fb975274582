WITH items AS (
  SELECT
    item_states.household_id,
    item_states.level,
    item_states.item_id,
    item_states.parent_id,
    item_states.category_id,
    item_states.days_ever,
    item_states.days_182,
    item_states.weight_7,
    item_states.weight_21,
    item_states.weight_60,
    item_states.weight_120,
    item_states.weight_240,
    item_states.age_last,
    item_states.age_first,
    item_states.gap_days_squares,
    item_states.gap_days_max,
    item_states.visit_first,
    item_states.visit_last,
    item_states.amount_cents,
    NOT eligible_households.household_id IS NULL AS eligible,
    ROW_NUMBER() OVER (
      PARTITION BY item_states.household_id, item_states.level
      ORDER BY item_states.weight_120 DESC, item_states.item_id NULLS LAST
    ) AS place
  FROM item_states
  LEFT JOIN eligible_households
    ON eligible_households.household_id = item_states.household_id
  WHERE
    item_states.age_last <= 182
    AND (
      item_states.level = 'need' OR :with_products
    )
    AND (
      NOT eligible_households.household_id IS NULL OR :with_others
    )
), parents AS (
  SELECT
    household_id,
    level,
    parent_id,
    SUM(weight_60) AS weight_60,
    MAX(weight_60) AS weight_60_max
  FROM items
  GROUP BY
    household_id,
    level,
    parent_id
), households AS (
  SELECT
    household_id,
    level,
    COUNT(*) AS items,
    SUM(weight_21) AS weight_21,
    SUM(weight_60) AS weight_60,
    SUM(weight_120) AS weight_120
  FROM items
  GROUP BY
    household_id,
    level
), categories AS (
  SELECT
    household_id,
    category_id,
    SUM(weight_21) AS weight_21,
    SUM(weight_120) AS weight_120
  FROM items
  WHERE
    level = 'need'
  GROUP BY
    household_id,
    category_id
)
SELECT
  items.household_id,
  items.level,
  items.item_id,
  items.eligible,
  items.days_ever,
  items.days_182,
  items.weight_7,
  items.weight_21,
  items.weight_60,
  items.weight_120,
  items.weight_240,
  items.age_last,
  items.age_first,
  items.gap_days_squares,
  items.gap_days_max,
  items.visit_first,
  items.visit_last,
  items.amount_cents,
  parents.weight_60 AS parent_weight_60,
  parents.weight_60_max AS parent_weight_60_max,
  COALESCE(categories.weight_21, 0) AS category_weight_21,
  COALESCE(categories.weight_120, 0) AS category_weight_120,
  COALESCE(needs.days_ever, items.days_ever) AS need_days_ever,
  COALESCE(needs.weight_60, items.weight_60) AS need_weight_60,
  COALESCE(needs.age_last, items.age_last) AS need_age_last,
  COALESCE(needs.age_first, items.age_first) AS need_age_first,
  household_states.visits AS visits,
  household_states.visits_14 AS visits_14,
  household_states.visits_28 AS visits_28,
  household_states.visits_182 AS visits_182,
  household_states.lines_28 AS lines_28,
  household_states.lines_182 AS lines_182,
  household_states.age_last_visit AS age_last_visit,
  household_states.age_first_visit AS age_first_visit,
  household_states.hits_14 AS household_hits_14,
  household_states.weight_before_14 AS household_weight_before_14,
  items.place,
  households.items AS household_items,
  households.weight_21 AS household_weight_21,
  households.weight_60 AS household_weight_60,
  households.weight_120 AS household_weight_120,
  item_totals.buyers_182 AS item_buyers_182,
  item_totals.buyers_again AS item_buyers_again,
  item_totals.buyers_14 AS item_buyers_14,
  item_totals.buyers_28 AS item_buyers_28,
  item_totals.days_28 AS item_days_28,
  item_totals.days_182 AS item_days_182,
  item_totals.days_ever AS item_days_ever,
  item_totals.days_discounted AS item_days_discounted,
  item_totals.weight_60 AS item_weight_60,
  item_totals.candidates_14 AS item_candidates_14,
  item_totals.hits_14 AS item_hits_14,
  item_totals.weight_before_14 AS item_weight_before_14,
  item_totals.candidates_28 AS item_candidates_28,
  item_totals.hits_28 AS item_hits_28,
  item_totals.weight_before_28 AS item_weight_before_28,
  level_totals.hits_14 AS level_hits_14,
  level_totals.weight_before_14 AS level_weight_before_14,
  COALESCE(promotion_counts.buyers, 1) AS promotion_buyers,
  COALESCE(promotion_counts.stores_display, 0) AS stores_display,
  COALESCE(promotion_counts.stores_mailer, 0) AS stores_mailer,
  COALESCE(promotion_counts.stores_mailer_feature, 0) AS stores_mailer_feature,
  COALESCE(promotion_counts.stores_mailer_before, 0) AS stores_mailer_before,
  need_leanings.leaning_21,
  need_leanings.leaning_120
FROM items
INNER JOIN household_states
  ON household_states.household_id = items.household_id
  AND household_states.level = items.level
INNER JOIN item_totals
  ON item_totals.level = items.level AND item_totals.item_id = items.item_id
INNER JOIN level_totals
  ON level_totals.level = items.level
INNER JOIN parents
  ON parents.household_id = items.household_id
  AND parents.level = items.level
  AND parents.parent_id = items.parent_id
INNER JOIN households
  ON households.household_id = items.household_id AND households.level = items.level
LEFT JOIN categories
  ON categories.household_id = items.household_id
  AND categories.category_id = items.category_id
LEFT JOIN items AS needs
  ON items.level = 'product'
  AND needs.household_id = items.household_id
  AND needs.level = 'need'
  AND needs.item_id = items.parent_id
LEFT JOIN promotion_counts
  ON promotion_counts.level = items.level AND promotion_counts.item_id = items.item_id
LEFT JOIN need_leanings
  ON items.level = 'need'
  AND need_leanings.household_id = items.household_id
  AND need_leanings.need_id = items.item_id
