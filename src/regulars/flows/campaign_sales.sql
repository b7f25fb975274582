-- table: campaign_sales
-- grain: one household, campaign, department and brand kind
-- reads: open_lines, campaign_enrolled
-- parameters:
-- What was bought in a campaign's category from the day a household was enrolled on.
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
WHERE open_lines.sold_on >= campaign_enrolled.enrolled_on
GROUP BY
    campaign_enrolled.household_id,
    campaign_enrolled.campaign_id,
    open_lines.department_id,
    open_lines.brand_kind
