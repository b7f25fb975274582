SELECT
  household_id,
  probability,
  visits_182,
  last_on
FROM household_chances
