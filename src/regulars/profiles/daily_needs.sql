-- table: daily_needs
-- grain: one need that three in ten eligible households buy
-- reads: household_needs, household_value
-- parameters:
-- The goods nearly everybody buys somewhere; what an eligible buyer of each spends, and on how many days, in 182 days.
WITH eligible AS (
    SELECT household_id
    FROM household_value
    WHERE eligible
),

counted AS (
    SELECT COUNT(*) AS households
    FROM eligible
)

SELECT
    household_needs.need_id,
    COUNT(*) AS households,
    SUM(household_needs.amount_cents) AS amount_cents,
    SUM(household_needs.days_bought) AS days_bought
FROM household_needs
INNER JOIN eligible ON eligible.household_id = household_needs.household_id
CROSS JOIN counted
GROUP BY household_needs.need_id, counted.households
HAVING 10 * COUNT(*) >= 3 * counted.households
