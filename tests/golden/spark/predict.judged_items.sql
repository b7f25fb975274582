SELECT
  forecast.household_id,
  forecast.level,
  forecast.item_id,
  forecast.rank,
  forecast.probability,
  NOT bought_items.item_id IS NULL AS bought
FROM forecast
INNER JOIN household_value
  ON household_value.household_id = forecast.household_id AND household_value.eligible
LEFT JOIN household_needs
  ON forecast.level = 'need'
  AND household_needs.household_id = forecast.household_id
  AND household_needs.need_id = forecast.item_id
INNER JOIN product_classes
  ON product_classes.product_id = CASE
    WHEN forecast.level = 'need'
    THEN household_needs.favourite_product_id
    ELSE forecast.item_id
  END
  AND product_classes.reaches_profiles
LEFT JOIN bought_items
  ON bought_items.household_id = forecast.household_id
  AND bought_items.level = forecast.level
  AND bought_items.item_id = forecast.item_id
