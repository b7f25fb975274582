SELECT
  campaign_enrolled.household_id,
  campaign_enrolled.campaign_id,
  open_lines.department_id,
  open_lines.brand_kind,
  SUM(open_lines.amount_cents) AS amount_cents
FROM campaign_enrolled
INNER JOIN open_lines
  ON open_lines.household_id = campaign_enrolled.household_id
  AND open_lines.category_id = campaign_enrolled.category_id
WHERE
  open_lines.sold_on >= campaign_enrolled.enrolled_on
GROUP BY
  campaign_enrolled.household_id,
  campaign_enrolled.campaign_id,
  open_lines.department_id,
  open_lines.brand_kind
