-- table: need_holdings
-- grain: one household and need bought before the end of the window
-- reads: needs_bought
-- parameters: as_of_on, until_on
-- When a household first came to a need: so many days before the day, or, at 0, in the window after it.
SELECT
    household_id,
    need_id,
    CASE WHEN MIN(sold_on) < $as_of_on THEN DATE_DIFF('day', MIN(sold_on), $as_of_on) ELSE 0 END AS age_first,
    SUM(CASE WHEN sold_on < $as_of_on AND DATE_DIFF('day', sold_on, $as_of_on) <= 182 THEN 1 ELSE 0 END) > 0 AS held,
    SUM(CASE WHEN sold_on >= $as_of_on THEN 1 ELSE 0 END) > 0 AS bought_next
FROM needs_bought
WHERE sold_on < $until_on
GROUP BY household_id, need_id
