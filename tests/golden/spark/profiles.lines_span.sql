SELECT
  COUNT(*) AS lines,
  MIN(sold_on) AS first_on,
  MAX(sold_on) AS last_on
FROM lines
