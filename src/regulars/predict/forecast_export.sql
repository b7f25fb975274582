-- table: forecast_export
-- grain: one household, level and place of what was asked for, in this order
-- reads: forecast, household_needs, products, need_names
-- parameters: as_of_on, chance_min, far_on, level, method, rank_max, window_days
-- The forecast for people: names, and what it is a forecast of. A need is named with the category of the product of it
-- the household buys most.
WITH named AS (
    SELECT
        household_needs.household_id,
        household_needs.need_id,
        need_names.name
    FROM household_needs
    INNER JOIN products ON products.product_id = household_needs.favourite_product_id
    INNER JOIN need_names
        ON need_names.need_id = household_needs.need_id
        AND need_names.category_id = COALESCE(products.category_id, '')
)

SELECT
    forecast.household_id,
    forecast.level,
    forecast.item_id,
    forecast.probability,
    forecast.expected_on,
    forecast.quantity,
    forecast.rank,
    forecast.expected_on_low_80,
    forecast.expected_on_high_80,
    forecast.expected_on_low_50,
    forecast.expected_on_high_50,
    COALESCE(named.name, products.name, forecast.item_id) AS name,
    COALESCE(forecast.expected_on >= $far_on, FALSE) AS then_or_later,
    $as_of_on AS as_of_on,
    $window_days AS window_days,
    $method AS method
FROM forecast
LEFT JOIN named
    ON forecast.level = 'need'
    AND named.household_id = forecast.household_id
    AND named.need_id = forecast.item_id
LEFT JOIN products ON forecast.level = 'product' AND products.product_id = forecast.item_id
WHERE
    ($level = '' OR forecast.level = $level)
    AND forecast.rank <= $rank_max
    AND forecast.probability >= $chance_min
