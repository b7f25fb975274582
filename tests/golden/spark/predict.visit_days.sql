WITH days AS (
  SELECT
    household_id,
    sold_on,
    COUNT(*) AS lines,
    SUM(amount_cents) AS amount_cents
  FROM open_lines
  WHERE
    sold_on < :as_of_on
  GROUP BY
    household_id,
    sold_on
)
SELECT
  household_id,
  sold_on,
  ROW_NUMBER() OVER (PARTITION BY household_id ORDER BY sold_on NULLS LAST) AS visit,
  lines,
  amount_cents
FROM days
