WITH days AS (
  SELECT
    household_id,
    need_id,
    gap_days,
    DATEDIFF(DAY, sold_on, :as_of_on) AS age_days
  FROM needs_bought
  WHERE
    sold_on < :as_of_on
), visits AS (
  SELECT
    household_id,
    age_days,
    COUNT(*) AS needs
  FROM days
  GROUP BY
    household_id,
    age_days
), households AS (
  SELECT
    visits.household_id,
    COUNT(CASE WHEN visits.age_days <= 28 THEN 1 END) AS visits_28,
    COUNT(CASE WHEN visits.age_days <= 182 THEN 1 END) AS visits_182,
    SUM(CASE WHEN visits.age_days <= 28 THEN visits.needs ELSE 0 END) AS household_days_28,
    SUM(CASE WHEN visits.age_days <= 182 THEN visits.needs ELSE 0 END) AS household_days_182,
    SUM(COALESCE(visits.needs * rhythm_weights.weight_30, 0)) AS household_weight_30,
    MIN(visits.age_days) AS age_last_visit,
    MAX(visits.age_days) AS age_first_visit
  FROM visits
  LEFT JOIN rhythm_weights
    ON rhythm_weights.age_days = visits.age_days
  GROUP BY
    visits.household_id
), rhythms AS (
  SELECT
    days.household_id,
    days.need_id,
    COUNT(*) AS days_ever,
    COUNT(CASE WHEN days.age_days <= 182 THEN 1 END) AS days_182,
    COUNT(CASE WHEN days.age_days <= 91 THEN 1 END) AS days_91,
    COUNT(CASE WHEN days.age_days <= 28 THEN 1 END) AS days_28,
    COUNT(CASE WHEN days.age_days <= 14 THEN 1 END) AS days_14,
    SUM(COALESCE(rhythm_weights.weight_10, 0)) AS weight_10,
    SUM(COALESCE(rhythm_weights.weight_21, 0)) AS weight_21,
    SUM(COALESCE(rhythm_weights.weight_60, 0)) AS weight_60,
    SUM(COALESCE(rhythm_weights.weight_120, 0)) AS weight_120,
    SUM(COALESCE(rhythm_weights.weight_240, 0)) AS weight_240,
    MIN(days.age_days) AS age_last,
    MAX(CASE WHEN days.age_days <= 182 THEN days.age_days END) AS age_first_182,
    MAX(days.age_days) AS age_first,
    SUM(
      CASE
        WHEN days.age_days <= 182
        THEN COALESCE(days.gap_days * days.gap_days, 0)
        ELSE 0
      END
    ) AS gap_squares,
    SUM(
      CASE WHEN days.gap_days <= 28 THEN COALESCE(rhythm_weights.weight_60, 0) ELSE 0 END
    ) AS weight_soon_60
  FROM days
  LEFT JOIN rhythm_weights
    ON rhythm_weights.age_days = days.age_days
  GROUP BY
    days.household_id,
    days.need_id
  HAVING
    COUNT(CASE WHEN days.age_days <= 182 THEN 1 END) >= 3
), bought_next AS (
  SELECT
    household_id,
    need_id,
    MIN(sold_on) AS sold_on
  FROM needs_bought
  WHERE
    sold_on >= :as_of_on AND sold_on < :until_on
  GROUP BY
    household_id,
    need_id
)
SELECT
  rhythms.household_id,
  rhythms.need_id,
  rhythms.days_ever,
  rhythms.days_182,
  rhythms.days_91,
  rhythms.days_28,
  rhythms.days_14,
  rhythms.weight_10,
  rhythms.weight_21,
  rhythms.weight_60,
  rhythms.weight_120,
  rhythms.weight_240,
  rhythms.weight_soon_60,
  rhythms.age_last,
  rhythms.age_first_182,
  rhythms.age_first,
  rhythms.gap_squares,
  households.visits_28,
  households.visits_182,
  households.household_days_28,
  households.household_days_182,
  households.household_weight_30,
  households.age_last_visit,
  households.age_first_visit,
  DATEDIFF(DAY, :as_of_on, bought_next.sold_on) AS next_days
FROM rhythms
INNER JOIN households
  ON households.household_id = rhythms.household_id
LEFT JOIN bought_next
  ON bought_next.household_id = rhythms.household_id
  AND bought_next.need_id = rhythms.need_id
