SELECT
  level,
  score,
  probability
FROM calibration_curve
