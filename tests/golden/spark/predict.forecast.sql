SELECT
  household_id,
  level,
  item_id,
  probability,
  expected_on,
  quantity,
  ROW_NUMBER() OVER (
    PARTITION BY household_id, level
    ORDER BY probability DESC, last_on DESC, days_bought DESC, item_id NULLS LAST
  ) AS rank,
  expected_on_low_80,
  expected_on_high_80,
  expected_on_low_50,
  expected_on_high_50
FROM scored_items
