WITH amounts AS (
  SELECT
    category_id,
    amount_cents,
    COUNT(*) AS households
  FROM household_categories
  GROUP BY
    category_id,
    amount_cents
), running AS (
  SELECT
    category_id,
    amount_cents,
    SUM(households) OVER (PARTITION BY category_id ORDER BY amount_cents NULLS LAST) AS households_up_to,
    SUM(households) OVER (PARTITION BY category_id) AS households
  FROM amounts
)
SELECT
  category_id,
  MAX(households) AS households,
  MIN(CASE WHEN 3 * households_up_to >= households THEN amount_cents END) AS light_max_cents,
  MIN(CASE WHEN 3 * households_up_to >= 2 * households THEN amount_cents END) AS medium_max_cents
FROM running
GROUP BY
  category_id
