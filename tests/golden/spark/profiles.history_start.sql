SELECT
  MIN(sold_on) AS first_on
FROM lines
WHERE
  sold_on < :as_of_on AND known_from_on < :as_of_on
