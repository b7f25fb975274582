-- table: category_habits
-- grain: one household and category it bought in on two days or more in 182 days, not long ago
-- reads: household_products
-- parameters: as_of_on, lapsed_days
-- Two days: one product on two days, or two products last bought on different days.
SELECT
    household_id,
    category_id
FROM household_products
GROUP BY household_id, category_id
HAVING
    DATE_DIFF('day', MAX(last_on), $as_of_on) <= $lapsed_days
    AND (MAX(gap_days_sum) > 0 OR MIN(last_on) < MAX(last_on))
