-- table: candidates
-- grain: one household, offer and reason why it might be used
-- reads: household_value, household_products, household_needs, forecast, plan_lines, offer_products, offer_needs, offer_leads, drawn_offers, scarce_products, shelf_prices, catalogue, repeat_tiers, category_habits
-- parameters:
-- A product reason: the household bought what the offer covers. A need reason: it bought the need, and the chance is
-- the need's times the part that falls to this brand. A new reason: neither; for offers drawn for the household alone.
-- Goods of some tiers give a reason only to households with a habit in the category. What is likely out of stock in the
-- home store gives none.
WITH homes AS (
    SELECT household_id, home_store_id
    FROM household_value
    WHERE eligible
),

own_brand_needs AS (
    SELECT household_products.household_id, catalogue.need_id
    FROM household_products
    INNER JOIN catalogue ON catalogue.product_id = household_products.product_id AND catalogue.brand_kind = 'own'
    GROUP BY household_products.household_id, catalogue.need_id
),

reasons AS (
    SELECT
        homes.household_id,
        homes.home_store_id,
        offer_products.offer_id,
        'product' AS source,
        forecast.item_id,
        forecast.probability,
        0.0 AS need_probability,
        forecast.quantity,
        household_products.amount_cents,
        forecast.item_id AS product_id,
        plan_lines.product_id IS NOT NULL AS due
    FROM homes
    INNER JOIN forecast ON forecast.household_id = homes.household_id AND forecast.level = 'product'
    INNER JOIN offer_products ON offer_products.product_id = forecast.item_id
    INNER JOIN household_products
        ON household_products.household_id = homes.household_id
        AND household_products.product_id = forecast.item_id
    LEFT JOIN plan_lines
        ON plan_lines.household_id = homes.household_id AND plan_lines.product_id = forecast.item_id
    UNION ALL
    SELECT
        homes.household_id,
        homes.home_store_id,
        offer_needs.offer_id,
        'need' AS source,
        forecast.item_id,
        forecast.probability * offer_needs.share AS probability,
        forecast.probability AS need_probability,
        forecast.quantity,
        household_needs.amount_cents,
        offer_needs.lead_product_id AS product_id,
        plan_lines.need_id IS NOT NULL AS due
    FROM homes
    INNER JOIN forecast ON forecast.household_id = homes.household_id AND forecast.level = 'need'
    INNER JOIN offer_needs ON offer_needs.need_id = forecast.item_id
    INNER JOIN household_needs
        ON household_needs.household_id = homes.household_id AND household_needs.need_id = forecast.item_id
    LEFT JOIN plan_lines
        ON plan_lines.household_id = homes.household_id AND plan_lines.need_id = forecast.item_id
    UNION ALL
    SELECT
        homes.household_id,
        homes.home_store_id,
        offer_leads.offer_id,
        'new' AS source,
        offer_leads.lead_product_id AS item_id,
        offer_leads.probability,
        0.0 AS need_probability,
        1 AS quantity,
        0 AS amount_cents,
        offer_leads.lead_product_id AS product_id,
        FALSE AS due
    FROM homes
    INNER JOIN drawn_offers ON drawn_offers.household_id = homes.household_id
    INNER JOIN offer_leads ON offer_leads.offer_id = drawn_offers.offer_id
)

SELECT
    reasons.household_id,
    reasons.offer_id,
    reasons.source,
    reasons.item_id,
    reasons.probability,
    reasons.need_probability,
    reasons.quantity,
    reasons.amount_cents,
    reasons.product_id,
    catalogue.need_id,
    COALESCE(shelf_prices.price_cents, catalogue.price_cents) AS price_cents,
    reasons.due,
    household_needs.days_bought,
    CASE
        WHEN household_needs.days_bought >= 3
            THEN CAST(2 * household_needs.gap_days_sum + household_needs.days_bought - 1 AS BIGINT)
                // CAST(2 * (household_needs.days_bought - 1) AS BIGINT)
    END AS every_days,
    household_needs.last_on,
    COALESCE(shown_products.days_bought, 0) AS product_days_bought,
    own_brand_needs.need_id IS NOT NULL AS own_brand_bought
FROM reasons
INNER JOIN catalogue ON catalogue.product_id = reasons.product_id
LEFT JOIN shelf_prices
    ON shelf_prices.store_id = reasons.home_store_id AND shelf_prices.product_id = reasons.product_id
LEFT JOIN household_needs
    ON household_needs.household_id = reasons.household_id AND household_needs.need_id = catalogue.need_id
LEFT JOIN household_products AS shown_products
    ON shown_products.household_id = reasons.household_id AND shown_products.product_id = reasons.product_id
LEFT JOIN own_brand_needs
    ON own_brand_needs.household_id = reasons.household_id AND own_brand_needs.need_id = catalogue.need_id
LEFT JOIN repeat_tiers ON repeat_tiers.tier = catalogue.tier
LEFT JOIN category_habits
    ON category_habits.household_id = reasons.household_id AND category_habits.category_id = catalogue.category_id
LEFT JOIN scarce_products
    ON scarce_products.store_id = reasons.home_store_id AND scarce_products.product_id = reasons.product_id
WHERE (repeat_tiers.tier IS NULL OR category_habits.category_id IS NOT NULL) AND scarce_products.product_id IS NULL
