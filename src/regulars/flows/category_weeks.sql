-- table: category_weeks
-- grain: one category, week and kind of brand
-- reads: open_lines
-- parameters: as_of_on
-- Whole weeks backwards from the day; 26 of them.
SELECT
    category_id,
    (DATE_DIFF('day', sold_on, $as_of_on) - 1) // 7 AS week,
    brand_kind,
    SUM(amount_cents) AS amount_cents
FROM open_lines
WHERE category_id IS NOT NULL AND sold_on < $as_of_on AND DATE_DIFF('day', sold_on, $as_of_on) <= 182
GROUP BY category_id, (DATE_DIFF('day', sold_on, $as_of_on) - 1) // 7, brand_kind
