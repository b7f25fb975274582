SELECT
  plan_grants.vendor_id,
  plan_lists.tier,
  plan_grants.kind,
  plan_grants.arm,
  COUNT(*) AS specials,
  SUM(plan_grants.face_cents) AS face_cents,
  SUM(CAST(plan_grants.redemptions * :steps AS BIGINT)) AS redemption_steps,
  SUM(CAST(plan_grants.redemptions * :steps AS BIGINT) * plan_grants.face_cents) AS face_steps,
  SUM(CAST(plan_grants.redemptions * :steps AS BIGINT) * plan_grants.funding_cents) AS funding_steps
FROM plan_grants
INNER JOIN plan_lists
  ON plan_lists.household_id = plan_grants.household_id
GROUP BY
  plan_grants.vendor_id,
  plan_lists.tier,
  plan_grants.kind,
  plan_grants.arm
