-- table: need_days
-- grain: one household and need with a day
-- reads: need_days
-- parameters:
SELECT
    household_id,
    need_id,
    expected_on,
    expected_on_low_80,
    expected_on_high_80,
    expected_on_low_50,
    expected_on_high_50
FROM need_days
