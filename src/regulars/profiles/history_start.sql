-- table: history_start
-- grain: one row
-- reads: lines
-- parameters: as_of_on
-- Every line counts, whoever shopped and whatever it was: of lines this takes a day alone.
SELECT MIN(sold_on) AS first_on
FROM lines
WHERE
    sold_on < $as_of_on
    AND known_from_on < $as_of_on
