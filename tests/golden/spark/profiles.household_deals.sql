SELECT
  household_id,
  SUM(CASE WHEN DATEDIFF(DAY, sold_on, :as_of_on) <= 182 THEN amount_cents ELSE 0 END) AS amount_cents,
  SUM(
    CASE
      WHEN DATEDIFF(DAY, sold_on, :as_of_on) <= 182 AND regular_cents > amount_cents
      THEN amount_cents
      ELSE 0
    END
  ) AS deal_cents,
  SUM(CASE WHEN DATEDIFF(DAY, sold_on, :as_of_on) > 182 THEN amount_cents ELSE 0 END) AS amount_before_cents,
  SUM(
    CASE
      WHEN DATEDIFF(DAY, sold_on, :as_of_on) > 182 AND regular_cents > amount_cents
      THEN amount_cents
      ELSE 0
    END
  ) AS deal_before_cents
FROM open_lines
WHERE
  sold_on < :as_of_on AND DATEDIFF(DAY, sold_on, :as_of_on) <= 364
GROUP BY
  household_id
