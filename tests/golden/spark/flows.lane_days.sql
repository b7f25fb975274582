SELECT
  store_id,
  lane_id,
  sold_on,
  COUNT(*) AS lines,
  SUM(amount_cents) AS amount_cents,
  SUM(CASE WHEN household_id IS NULL THEN 0 ELSE amount_cents END) AS identified_cents
FROM lines
WHERE
  sold_on >= CAST(:from_on AS DATE) AND sold_on < CAST(:until_on AS DATE)
GROUP BY
  store_id,
  lane_id,
  sold_on
