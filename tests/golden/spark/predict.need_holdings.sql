SELECT
  household_id,
  need_id,
  CASE
    WHEN MIN(sold_on) < :as_of_on
    THEN DATEDIFF(DAY, MIN(sold_on), :as_of_on)
    ELSE 0
  END AS age_first,
  SUM(
    CASE
      WHEN sold_on < :as_of_on AND DATEDIFF(DAY, sold_on, :as_of_on) <= 182
      THEN 1
      ELSE 0
    END
  ) > 0 AS held,
  SUM(CASE WHEN sold_on >= :as_of_on THEN 1 ELSE 0 END) > 0 AS bought_next
FROM needs_bought
WHERE
  sold_on < :until_on
GROUP BY
  household_id,
  need_id
