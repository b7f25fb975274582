SELECT
  level,
  COUNT(*) AS items,
  SUM(CASE WHEN eligible THEN 1 ELSE 0 END) AS items_eligible
FROM item_features
GROUP BY
  level
