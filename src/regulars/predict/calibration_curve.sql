-- table: calibration_curve
-- grain: one corner of a level's curve
-- reads: calibration_curve
-- parameters:
SELECT
    level,
    score,
    probability
FROM calibration_curve
