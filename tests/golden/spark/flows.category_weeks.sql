SELECT
  category_id,
  (
    DATEDIFF(DAY, sold_on, :as_of_on) - 1
  ) DIV 7 AS week,
  brand_kind,
  SUM(amount_cents) AS amount_cents
FROM open_lines
WHERE
  NOT category_id IS NULL
  AND sold_on < :as_of_on
  AND DATEDIFF(DAY, sold_on, :as_of_on) <= 182
GROUP BY
  category_id,
  (
    DATEDIFF(DAY, sold_on, :as_of_on) - 1
  ) DIV 7,
  brand_kind
