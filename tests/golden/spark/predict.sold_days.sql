SELECT
  sold_on,
  COUNT(*) AS lines
FROM open_lines
GROUP BY
  sold_on
