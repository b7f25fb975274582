-- table: sold_days
-- grain: one day on which anything was sold
-- reads: open_lines
-- parameters:
-- A day that is not here is one on which no shop was open, or whose lines are missing.
SELECT
    sold_on,
    COUNT(*) AS lines
FROM open_lines
GROUP BY sold_on
