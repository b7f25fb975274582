SELECT
  household_id,
  item_id AS need_id,
  weight_21,
  weight_120
FROM item_states
WHERE
  level = 'need' AND age_last <= 182
