-- table: campaign_buyers
-- grain: one household and campaign in whose category it buys
-- reads: household_value, household_cells, household_products, household_needs, open_lines, running_campaigns, campaign_products, campaign_given
-- parameters: as_of_on
-- What a campaign looks at in a household: its cell, what it buys of the wanted and of other goods, in how many days the
-- need comes round (whatever the product: the last purchase and the usual gap; 91 days after a single one), and what it
-- did since the first offer.
WITH bought AS (
    SELECT
        household_products.household_id,
        campaign_products.campaign_id,
        MAX(household_products.last_on) AS last_on,
        SUM(household_products.amount_cents) AS amount_cents,
        SUM(CASE WHEN campaign_products.wanted THEN household_products.amount_cents ELSE 0 END) AS wanted_cents,
        SUM(CASE WHEN campaign_products.rival THEN household_products.amount_cents ELSE 0 END) AS rival_cents
    FROM household_products
    INNER JOIN campaign_products ON campaign_products.product_id = household_products.product_id
    GROUP BY household_products.household_id, campaign_products.campaign_id
),

campaign_needs AS (
    SELECT DISTINCT
        campaign_id,
        need_id
    FROM campaign_products
),

moments AS (
    SELECT
        household_needs.household_id,
        campaign_needs.campaign_id,
        MIN(
            CASE
                WHEN household_needs.days_bought >= 2
                    THEN CAST(2 * household_needs.gap_days_sum + household_needs.days_bought - 1 AS BIGINT)
                        // CAST(2 * (household_needs.days_bought - 1) AS BIGINT)
                ELSE 91
            END - DATE_DIFF('day', household_needs.last_on, $as_of_on)
        ) AS due_in_days
    FROM household_needs
    INNER JOIN campaign_needs ON campaign_needs.need_id = household_needs.need_id
    GROUP BY household_needs.household_id, campaign_needs.campaign_id
),

since AS (
    SELECT
        open_lines.household_id,
        campaign_given.campaign_id,
        COUNT(DISTINCT CASE WHEN campaign_products.wanted THEN open_lines.sold_on END) AS wanted_days,
        COUNT(DISTINCT CASE WHEN campaign_products.wanted THEN NULL ELSE open_lines.sold_on END) AS other_days
    FROM open_lines
    INNER JOIN campaign_given ON campaign_given.household_id = open_lines.household_id
    INNER JOIN campaign_products
        ON campaign_products.campaign_id = campaign_given.campaign_id
        AND campaign_products.product_id = open_lines.product_id
    WHERE open_lines.sold_on >= campaign_given.first_on
    GROUP BY open_lines.household_id, campaign_given.campaign_id
)

SELECT
    household_cells.household_id,
    running_campaigns.campaign_id,
    household_cells.brand_module,
    household_cells.usage_module,
    household_cells.sureness,
    COALESCE(campaign_given.times, 0) AS given_before,
    bought.last_on,
    COALESCE(bought.amount_cents, 0) AS amount_cents,
    COALESCE(bought.wanted_cents, 0) AS wanted_cents,
    COALESCE(bought.rival_cents, 0) AS rival_cents,
    moments.due_in_days,
    COALESCE(since.wanted_days, 0) AS wanted_days_since,
    COALESCE(since.other_days, 0) AS other_days_since
FROM household_cells
INNER JOIN running_campaigns ON running_campaigns.category_id = household_cells.category_id
INNER JOIN household_value
    ON household_value.household_id = household_cells.household_id AND household_value.eligible
LEFT JOIN bought
    ON bought.household_id = household_cells.household_id
    AND bought.campaign_id = running_campaigns.campaign_id
LEFT JOIN moments
    ON moments.household_id = household_cells.household_id
    AND moments.campaign_id = running_campaigns.campaign_id
LEFT JOIN since
    ON since.household_id = household_cells.household_id
    AND since.campaign_id = running_campaigns.campaign_id
LEFT JOIN campaign_given
    ON campaign_given.household_id = household_cells.household_id
    AND campaign_given.campaign_id = running_campaigns.campaign_id
