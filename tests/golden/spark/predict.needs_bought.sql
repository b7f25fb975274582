WITH days AS (
  SELECT
    household_id,
    need_id,
    sold_on
  FROM open_lines
  WHERE
    sold_on < :as_of_on
  GROUP BY
    household_id,
    need_id,
    sold_on
)
SELECT
  household_id,
  need_id,
  sold_on,
  DATEDIFF(
    DAY,
    LAG(sold_on) OVER (PARTITION BY household_id, need_id ORDER BY sold_on NULLS LAST),
    sold_on
  ) AS gap_days
FROM days
