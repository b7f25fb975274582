SELECT
  level,
  SUM(hits_14) AS hits_14,
  SUM(weight_before_14) AS weight_before_14
FROM item_totals
GROUP BY
  level
