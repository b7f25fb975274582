-- table: needs_bought
-- grain: one household, need and day it was bought on
-- reads: open_lines
-- parameters: as_of_on
-- Nothing here changes when later days come to it, so what is known as of earlier days is made from the same rows.
WITH days AS (
    SELECT
        household_id,
        need_id,
        sold_on
    FROM open_lines
    WHERE sold_on < $as_of_on
    GROUP BY household_id, need_id, sold_on
)

SELECT
    household_id,
    need_id,
    sold_on,
    DATE_DIFF('day', LAG(sold_on) OVER (PARTITION BY household_id, need_id ORDER BY sold_on), sold_on) AS gap_days
FROM days
