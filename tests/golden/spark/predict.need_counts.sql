WITH days AS (
  SELECT
    household_id,
    need_id,
    DATEDIFF(DAY, sold_on, :as_of_on) AS age_days
  FROM needs_bought
  WHERE
    sold_on < :as_of_on
), households AS (
  SELECT
    household_id,
    need_id,
    COUNT(*) AS days,
    SUM(CASE WHEN age_days <= 28 THEN 1 ELSE 0 END) AS days_28,
    SUM(CASE WHEN age_days <= 84 THEN 1 ELSE 0 END) AS days_84,
    SUM(CASE WHEN age_days <= 182 THEN 1 ELSE 0 END) AS days_182,
    MAX(age_days) - MIN(age_days) AS span_days
  FROM days
  GROUP BY
    household_id,
    need_id
)
SELECT
  need_id,
  COUNT(*) AS buyers,
  SUM(days) AS days,
  SUM(days_28) AS days_28,
  SUM(days_84) AS days_84,
  SUM(days_182) AS days_182,
  SUM(span_days) AS span_days
FROM households
GROUP BY
  need_id
