WITH sides AS (
  SELECT
    household_id,
    category_id,
    brand_module AS brand_before,
    usage_module AS usage_before,
    '' AS brand_after,
    '' AS usage_after,
    CASE WHEN sureness = 'few' THEN 0 ELSE 1 END AS sure_before,
    0 AS sure_after
  FROM household_cells_before
  UNION ALL
  SELECT
    household_id,
    category_id,
    '' AS brand_before,
    '' AS usage_before,
    brand_module AS brand_after,
    usage_module AS usage_after,
    0 AS sure_before,
    CASE WHEN sureness = 'few' THEN 0 ELSE 1 END AS sure_after
  FROM household_cells
), households AS (
  SELECT
    household_id,
    category_id,
    MAX(brand_before) AS brand_before,
    MAX(usage_before) AS usage_before,
    MAX(brand_after) AS brand_after,
    MAX(usage_after) AS usage_after,
    MAX(sure_before) AS sure_before,
    MAX(sure_after) AS sure_after
  FROM sides
  GROUP BY
    household_id,
    category_id
)
SELECT
  category_id,
  brand_before,
  usage_before,
  brand_after,
  usage_after,
  COUNT(*) AS households,
  SUM(sure_before * sure_after) AS households_sure
FROM households
GROUP BY
  category_id,
  brand_before,
  usage_before,
  brand_after,
  usage_after
