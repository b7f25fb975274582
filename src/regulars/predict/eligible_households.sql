-- table: eligible_households
-- grain: one household that gets a list
-- reads: lines, product_classes
-- parameters: as_of_on, weeks, weekly_spend_cents
-- As household_value says, and nothing else of it.
SELECT lines.household_id
FROM lines
LEFT JOIN product_classes ON product_classes.product_id = lines.product_id
WHERE
    lines.household_id IS NOT NULL
    AND lines.sold_on < $as_of_on
    AND lines.known_from_on < $as_of_on
    AND COALESCE(product_classes.counts_as_spend, TRUE)
GROUP BY lines.household_id
HAVING
    SUM(CASE WHEN DATE_DIFF('day', lines.sold_on, $as_of_on) <= 7 * $weeks THEN lines.amount_cents ELSE 0 END)
    >= CAST($weekly_spend_cents AS BIGINT) * $weeks
