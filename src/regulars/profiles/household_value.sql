-- table: household_value
-- grain: one household with a line of merchandise before the day
-- reads: lines, product_classes
-- parameters: as_of_on, weeks, weekly_spend_cents
-- Closed tiers and lines without a product row count, by household, store, day and amount alone: nothing here
-- tells the one from the other. A trip is a transaction whose merchandise adds up to more than nothing.
WITH transactions AS (
    SELECT
        lines.household_id,
        lines.store_id,
        lines.sold_on,
        DATE_DIFF('day', lines.sold_on, $as_of_on) AS age_days,
        SUM(lines.amount_cents) AS amount_cents
    FROM lines
    LEFT JOIN product_classes ON product_classes.product_id = lines.product_id
    WHERE
        lines.household_id IS NOT NULL
        AND lines.sold_on < $as_of_on
        AND lines.known_from_on < $as_of_on
        AND COALESCE(product_classes.counts_as_spend, TRUE)
    GROUP BY lines.household_id, lines.store_id, lines.sold_on, lines.lane_id, lines.transaction_id
),

visits AS (
    SELECT
        household_id,
        store_id,
        MIN(sold_on) AS first_on,
        MAX(sold_on) AS last_on,
        SUM(CASE WHEN age_days <= 7 * $weeks THEN amount_cents ELSE 0 END) AS spend_window_cents,
        SUM(CASE WHEN amount_cents > 0 AND age_days <= 7 * $weeks THEN 1 ELSE 0 END) AS trips_window,
        SUM(CASE WHEN amount_cents > 0 AND age_days <= 182 THEN 1 ELSE 0 END) AS trips_182,
        SUM(CASE WHEN amount_cents > 0 THEN 1 ELSE 0 END) AS trips
    FROM transactions
    GROUP BY household_id, store_id
),

ranked_visits AS (
    SELECT
        household_id,
        store_id,
        first_on,
        last_on,
        spend_window_cents,
        trips_window,
        trips_182,
        ROW_NUMBER() OVER (
            PARTITION BY household_id ORDER BY trips_182 DESC, trips DESC, store_id
        ) AS place
    FROM visits
)

SELECT
    household_id,
    SUM(spend_window_cents) AS spend_window_cents,
    CASE
        WHEN SUM(spend_window_cents) <= 0 THEN 0
        ELSE CAST(2 * SUM(spend_window_cents) + $weeks AS BIGINT) // CAST(2 * $weeks AS BIGINT)
    END AS weekly_spend_cents,
    SUM(trips_window) AS trips_window,
    SUM(trips_182) AS trips_182,
    MIN(first_on) AS first_on,
    MAX(last_on) AS last_on,
    MAX(CASE WHEN place = 1 THEN store_id END) AS home_store_id,
    SUM(spend_window_cents) >= CAST($weekly_spend_cents AS BIGINT) * $weeks AS eligible
FROM ranked_visits
GROUP BY household_id
