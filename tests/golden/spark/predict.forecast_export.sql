SELECT
  household_id,
  level,
  item_id,
  probability,
  expected_on,
  quantity,
  rank,
  expected_on_low_80,
  expected_on_high_80,
  expected_on_low_50,
  expected_on_high_50
FROM forecast
