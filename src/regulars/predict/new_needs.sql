-- table: new_needs
-- grain: one household and need it never bought
-- reads: new_needs
-- parameters:
SELECT
    household_id,
    need_id,
    because_need_id,
    because_lift,
    probability,
    rank
FROM new_needs
