-- table: household_deals
-- grain: one household with an open line in the 364 days before the day
-- reads: open_lines
-- parameters: as_of_on
-- What a household spent, and what of that below the regular price, in the half-year before the day and the one before.
SELECT
    household_id,
    SUM(CASE WHEN DATE_DIFF('day', sold_on, $as_of_on) <= 182 THEN amount_cents ELSE 0 END) AS amount_cents,
    SUM(
        CASE
            WHEN DATE_DIFF('day', sold_on, $as_of_on) <= 182 AND regular_cents > amount_cents THEN amount_cents
            ELSE 0
        END
    ) AS deal_cents,
    SUM(CASE WHEN DATE_DIFF('day', sold_on, $as_of_on) > 182 THEN amount_cents ELSE 0 END) AS amount_before_cents,
    SUM(
        CASE
            WHEN DATE_DIFF('day', sold_on, $as_of_on) > 182 AND regular_cents > amount_cents THEN amount_cents
            ELSE 0
        END
    ) AS deal_before_cents
FROM open_lines
WHERE sold_on < $as_of_on AND DATE_DIFF('day', sold_on, $as_of_on) <= 364
GROUP BY household_id
