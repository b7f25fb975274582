-- table: late_lines
-- grain: one day lines were sold on and the later day they were known from
-- reads: lines, products
-- parameters: as_of_on
-- A line is known when both the line and its product are. As of a day between the two days the lines are not seen yet.
WITH known AS (
    SELECT
        lines.sold_on,
        CASE
            WHEN products.known_from_on > lines.known_from_on THEN products.known_from_on
            ELSE lines.known_from_on
        END AS known_from_on
    FROM lines
    INNER JOIN products ON products.product_id = lines.product_id
    WHERE lines.sold_on < $as_of_on
)

SELECT
    sold_on,
    known_from_on,
    COUNT(*) AS lines
FROM known
WHERE known_from_on > sold_on AND known_from_on < $as_of_on
GROUP BY sold_on, known_from_on
