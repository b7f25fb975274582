WITH due AS (
  SELECT
    household_id,
    COUNT(*) AS due_needs
  FROM plan_lines
  GROUP BY
    household_id
), granted AS (
  SELECT
    household_id,
    COUNT(*) AS specials
  FROM plan_grants
  GROUP BY
    household_id
)
SELECT
  plan_lists.list_number,
  plan_lists.household_id,
  plan_lists.arm,
  COALESCE(due.due_needs, 0) AS due_needs,
  COALESCE(granted.specials, 0) AS specials,
  plan_lists.face_cents
FROM plan_lists
LEFT JOIN due
  ON due.household_id = plan_lists.household_id
LEFT JOIN granted
  ON granted.household_id = plan_lists.household_id
