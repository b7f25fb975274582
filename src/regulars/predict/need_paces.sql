-- table: need_paces
-- grain: one household and need that gets a day
-- reads: need_paces
-- parameters:
SELECT
    household_id,
    need_id,
    pace
FROM need_paces
