WITH likely AS (
  SELECT
    forecast.household_id,
    forecast.item_id AS need_id,
    household_needs.favourite_product_id AS product_id,
    catalogue.department_id,
    catalogue.category_id,
    forecast.probability,
    CASE
      WHEN household_needs.days_bought < 2 OR catalogue.tier IN ('medicine', 'painkiller')
      THEN 1
      WHEN forecast.quantity > :quantity_max
      THEN :quantity_max
      ELSE forecast.quantity
    END AS quantity,
    COALESCE(shelf_prices.price_cents, catalogue.price_cents) AS price_cents,
    shelf_prices.seen_on AS price_seen_on,
    CASE
      WHEN household_needs.days_bought >= 3
      THEN CAST(2 * household_needs.gap_days_sum + household_needs.days_bought - 1 AS BIGINT) DIV CAST(2 * (
        household_needs.days_bought - 1
      ) AS BIGINT)
    END AS every_days,
    household_needs.last_on,
    ROW_NUMBER() OVER (PARTITION BY forecast.household_id ORDER BY forecast.rank NULLS LAST) AS rank
  FROM forecast
  INNER JOIN household_value
    ON household_value.household_id = forecast.household_id AND household_value.eligible
  INNER JOIN household_needs
    ON household_needs.household_id = forecast.household_id
    AND household_needs.need_id = forecast.item_id
  INNER JOIN catalogue
    ON catalogue.product_id = household_needs.favourite_product_id
  LEFT JOIN shelf_prices
    ON shelf_prices.store_id = household_value.home_store_id
    AND shelf_prices.product_id = household_needs.favourite_product_id
  LEFT JOIN unprinted_tiers
    ON unprinted_tiers.tier = catalogue.tier
  LEFT JOIN repeat_tiers
    ON repeat_tiers.tier = catalogue.tier
  LEFT JOIN category_habits
    ON category_habits.household_id = forecast.household_id
    AND category_habits.category_id = catalogue.category_id
  LEFT JOIN declined_items AS no_need
    ON no_need.household_id = forecast.household_id
    AND no_need.kind = 'no_need'
    AND no_need.item_id = forecast.item_id
  LEFT JOIN declined_items AS no_product
    ON no_product.household_id = forecast.household_id
    AND no_product.kind = 'no_product'
    AND no_product.item_id = household_needs.favourite_product_id
  LEFT JOIN declined_items AS no_category
    ON no_category.household_id = forecast.household_id
    AND no_category.kind = 'no_category'
    AND no_category.item_id = catalogue.category_id
  WHERE
    forecast.level = 'need'
    AND DATEDIFF(DAY, household_needs.last_on, :as_of_on) <= :lapsed_days
    AND unprinted_tiers.tier IS NULL
    AND (
      repeat_tiers.tier IS NULL OR NOT category_habits.category_id IS NULL
    )
    AND no_need.household_id IS NULL
    AND no_product.household_id IS NULL
    AND no_category.household_id IS NULL
)
SELECT
  household_id,
  rank,
  need_id,
  product_id,
  department_id,
  category_id,
  probability,
  quantity,
  price_cents,
  price_seen_on,
  every_days,
  last_on
FROM likely
WHERE
  rank <= :items_max
  AND (
    rank <= :items_min OR probability >= :probability_min
  )
