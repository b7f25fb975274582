SELECT
  level,
  item_id,
  SUM(CASE WHEN age_last <= 182 THEN 1 ELSE 0 END) AS buyers_182,
  SUM(CASE WHEN days_182 >= 2 THEN 1 ELSE 0 END) AS buyers_again,
  SUM(CASE WHEN days_14 > 0 THEN 1 ELSE 0 END) AS buyers_14,
  SUM(CASE WHEN days_28 > 0 THEN 1 ELSE 0 END) AS buyers_28,
  SUM(days_28) AS days_28,
  SUM(days_182) AS days_182,
  SUM(days_ever) AS days_ever,
  SUM(days_discounted) AS days_discounted,
  SUM(CASE WHEN age_last <= 182 THEN weight_60 ELSE 0 END) AS weight_60,
  SUM(CASE WHEN age_last_before_14 <= 196 THEN 1 ELSE 0 END) AS candidates_14,
  SUM(CASE WHEN age_last_before_14 <= 196 AND days_14 > 0 THEN 1 ELSE 0 END) AS hits_14,
  SUM(CASE WHEN age_last_before_14 <= 196 THEN weight_before_14 ELSE 0 END) AS weight_before_14,
  SUM(CASE WHEN age_last_before_28 <= 210 THEN 1 ELSE 0 END) AS candidates_28,
  SUM(CASE WHEN age_last_before_28 <= 210 AND days_28 > days_14 THEN 1 ELSE 0 END) AS hits_28,
  SUM(CASE WHEN age_last_before_28 <= 210 THEN weight_before_28 ELSE 0 END) AS weight_before_28
FROM item_states
GROUP BY
  level,
  item_id
