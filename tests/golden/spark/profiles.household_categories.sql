SELECT
  household_id,
  category_id,
  COUNT(*) AS lines,
  COUNT(DISTINCT sold_on) AS days_bought,
  SUM(CASE WHEN brand_kind = 'own' THEN amount_cents ELSE 0 END) AS own_amount_cents,
  SUM(amount_cents) AS amount_cents
FROM open_lines
WHERE
  category_id <> ''
  AND sold_on < :as_of_on
  AND DATEDIFF(DAY, sold_on, :as_of_on) <= 182
GROUP BY
  household_id,
  category_id
