SELECT
  COUNT(*) AS households,
  COALESCE(SUM(CASE WHEN eligible THEN 1 ELSE 0 END), 0) AS households_eligible
FROM household_value
