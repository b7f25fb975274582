WITH visits AS (
  SELECT
    household_id,
    COUNT(*) AS visits,
    SUM(CASE WHEN DATEDIFF(DAY, sold_on, :as_of_on) <= 14 THEN 1 ELSE 0 END) AS visits_14,
    SUM(CASE WHEN DATEDIFF(DAY, sold_on, :as_of_on) <= 28 THEN 1 ELSE 0 END) AS visits_28,
    SUM(CASE WHEN DATEDIFF(DAY, sold_on, :as_of_on) <= 182 THEN 1 ELSE 0 END) AS visits_182,
    SUM(CASE WHEN DATEDIFF(DAY, sold_on, :as_of_on) <= 28 THEN lines ELSE 0 END) AS lines_28,
    SUM(CASE WHEN DATEDIFF(DAY, sold_on, :as_of_on) <= 182 THEN lines ELSE 0 END) AS lines_182,
    MIN(DATEDIFF(DAY, sold_on, :as_of_on)) AS age_last_visit,
    MAX(DATEDIFF(DAY, sold_on, :as_of_on)) AS age_first_visit
  FROM visit_days
  WHERE
    sold_on < :as_of_on
  GROUP BY
    household_id
), outcomes AS (
  SELECT
    household_id,
    level,
    SUM(CASE WHEN age_last_before_14 <= 196 AND days_14 > 0 THEN 1 ELSE 0 END) AS hits_14,
    SUM(CASE WHEN age_last_before_14 <= 196 THEN weight_before_14 ELSE 0 END) AS weight_before_14
  FROM item_states
  GROUP BY
    household_id,
    level
)
SELECT
  outcomes.household_id,
  outcomes.level,
  visits.visits,
  visits.visits_14,
  visits.visits_28,
  visits.visits_182,
  visits.lines_28,
  visits.lines_182,
  visits.age_last_visit,
  visits.age_first_visit,
  outcomes.hits_14,
  outcomes.weight_before_14
FROM outcomes
INNER JOIN visits
  ON visits.household_id = outcomes.household_id
