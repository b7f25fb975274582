WITH total AS (
  SELECT
    SUM(amount_cents) AS amount_cents
  FROM daily_needs
), shares AS (
  SELECT
    household_needs.household_id,
    daily_needs.need_id,
    CASE
      WHEN household_needs.days_bought * daily_needs.households >= daily_needs.days_bought
      THEN daily_needs.amount_cents
      ELSE daily_needs.amount_cents * household_needs.days_bought * daily_needs.households DIV daily_needs.days_bought
    END AS covered_cents
  FROM household_needs
  INNER JOIN daily_needs
    ON daily_needs.need_id = household_needs.need_id
)
SELECT
  shares.household_id,
  COUNT(*) AS daily_needs_bought,
  CAST(100 * SUM(shares.covered_cents) AS BIGINT) DIV CAST(MAX(total.amount_cents) AS BIGINT) AS wallet_percent
FROM shares
CROSS JOIN total
GROUP BY
  shares.household_id
