SELECT
  household_id,
  category_id
FROM household_products
GROUP BY
  household_id,
  category_id
HAVING
  DATEDIFF(DAY, MAX(last_on), :as_of_on) <= :lapsed_days
  AND (
    MAX(gap_days_sum) > 0 OR MIN(last_on) < MAX(last_on)
  )
