-- table: household_chances
-- grain: one household that bought anything in the 182 days before the day
-- reads: household_chances
-- parameters:
SELECT
    household_id,
    probability,
    visits_182,
    last_on
FROM household_chances
