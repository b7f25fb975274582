-- table: report_findings
-- grain: one rule that refused a row
-- reads: findings
-- parameters:
SELECT
    rule,
    COUNT(*) AS rows
FROM findings
GROUP BY rule
