WITH counts AS (
  SELECT
    product_id,
    price_cents,
    SUM(lines) AS lines
  FROM price_counts
  GROUP BY
    product_id,
    price_cents
), spreads AS (
  SELECT
    product_id,
    SUM(lines) AS lines,
    SUM(lines * (
      lines - 1
    )) AS equal_pairs
  FROM counts
  GROUP BY
    product_id
), need_spreads AS (
  SELECT
    product_classes.need_id,
    SUM(spreads.lines * (
      spreads.lines - 1
    )) AS pairs,
    SUM(spreads.equal_pairs) AS equal_pairs
  FROM spreads
  INNER JOIN product_classes
    ON product_classes.product_id = spreads.product_id
  WHERE
    spreads.lines >= 8
  GROUP BY
    product_classes.need_id
)
SELECT
  product_classes.product_id,
  COALESCE(spreads.lines, 0) AS lines,
  CASE
    WHEN spreads.lines >= 8
    THEN 10 * spreads.equal_pairs < spreads.lines * (
      spreads.lines - 1
    )
    ELSE COALESCE(10 * need_spreads.equal_pairs < need_spreads.pairs, FALSE)
  END AS price_varies
FROM product_classes
LEFT JOIN spreads
  ON spreads.product_id = product_classes.product_id
LEFT JOIN need_spreads
  ON need_spreads.need_id = product_classes.need_id
WHERE
  product_classes.reaches_profiles
