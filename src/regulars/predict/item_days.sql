-- table: item_days
-- grain: one household, level, item and day it was bought on
-- reads: open_lines, visit_days
-- parameters: as_of_on
-- Nothing here changes when later days come to it, so item_states of earlier days are made from the same rows.
-- Days before are looked for level by level: one window over both would sort them all by one more text.
WITH product_days AS (
    SELECT
        household_id,
        product_id,
        need_id,
        category_id,
        sold_on,
        SUM(amount_cents) AS amount_cents,
        MAX(CASE WHEN regular_cents > amount_cents THEN 1 ELSE 0 END) AS discounted
    FROM open_lines
    WHERE sold_on < $as_of_on
    GROUP BY household_id, product_id, need_id, category_id, sold_on
),

need_days AS (
    SELECT
        household_id,
        need_id,
        MAX(category_id) AS category_id,
        sold_on,
        SUM(amount_cents) AS amount_cents,
        MAX(discounted) AS discounted
    FROM product_days
    GROUP BY household_id, need_id, sold_on
),

days AS (
    SELECT
        household_id,
        'product' AS level,
        product_id AS item_id,
        need_id AS parent_id,
        category_id,
        sold_on,
        amount_cents,
        discounted,
        LAG(sold_on) OVER (PARTITION BY household_id, product_id ORDER BY sold_on) AS before_on
    FROM product_days
    UNION ALL
    SELECT
        household_id,
        'need' AS level,
        need_id AS item_id,
        category_id AS parent_id,
        category_id,
        sold_on,
        amount_cents,
        discounted,
        LAG(sold_on) OVER (PARTITION BY household_id, need_id ORDER BY sold_on) AS before_on
    FROM need_days
)

SELECT
    days.household_id,
    days.level,
    days.item_id,
    days.parent_id,
    days.category_id,
    days.sold_on,
    days.amount_cents,
    days.discounted,
    visit_days.visit,
    DATE_DIFF('day', days.before_on, days.sold_on) AS gap_days
FROM days
INNER JOIN visit_days ON visit_days.household_id = days.household_id AND visit_days.sold_on = days.sold_on
