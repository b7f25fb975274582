SELECT
  scored_items.household_id,
  scored_items.level,
  scored_items.item_id,
  scored_items.probability,
  COALESCE(need_days.expected_on, scored_items.expected_on) AS expected_on,
  scored_items.quantity,
  ROW_NUMBER() OVER (
    PARTITION BY scored_items.household_id, scored_items.level
    ORDER BY scored_items.probability DESC, scored_items.last_on DESC, scored_items.days_bought DESC, scored_items.item_id NULLS LAST
  ) AS rank,
  COALESCE(need_days.expected_on_low_80, scored_items.expected_on_low_80) AS expected_on_low_80,
  COALESCE(need_days.expected_on_high_80, scored_items.expected_on_high_80) AS expected_on_high_80,
  COALESCE(need_days.expected_on_low_50, scored_items.expected_on_low_50) AS expected_on_low_50,
  COALESCE(need_days.expected_on_high_50, scored_items.expected_on_high_50) AS expected_on_high_50
FROM scored_items
LEFT JOIN need_days
  ON scored_items.level = 'need'
  AND need_days.household_id = scored_items.household_id
  AND need_days.need_id = scored_items.item_id
