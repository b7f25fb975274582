SELECT
  rule,
  COUNT(*) AS rows
FROM findings
GROUP BY
  rule
