SELECT DISTINCT
  household_id,
  'product' AS level,
  product_id AS item_id
FROM open_lines
WHERE
  sold_on >= :from_on AND sold_on < :until_on
UNION ALL
SELECT DISTINCT
  household_id,
  'need' AS level,
  need_id AS item_id
FROM open_lines
WHERE
  sold_on >= :from_on AND sold_on < :until_on
