SELECT
  plan_grants.offer_id,
  plan_grants.arm,
  MAX(plan_grants.vendor_id) AS vendor_id,
  COUNT(*) AS lists,
  SUM(
    CAST(plan_grants.redemptions * :steps AS BIGINT) * (
      plan_levels.funding_micros DIV 10000
    )
  ) AS funding_steps,
  SUM(
    CAST(plan_grants.redemptions * :steps AS BIGINT) * (
      (
        plan_levels.face_micros - plan_levels.funding_micros
      ) DIV 10000
    )
  ) AS store_steps
FROM plan_grants
INNER JOIN plan_levels
  ON plan_levels.offer_id = plan_grants.offer_id
  AND plan_levels.level = plan_grants.level
GROUP BY
  plan_grants.offer_id,
  plan_grants.arm
