SELECT
  forecast_items.household_id,
  forecast_items.level,
  forecast_items.item_id,
  forecast_items.days_bought,
  forecast_items.last_on,
  forecast_items.quantity_milli,
  forecast_items.decayed_weight,
  CASE WHEN bought_items.item_id IS NULL THEN 0 ELSE 1 END AS bought
FROM forecast_items
INNER JOIN household_value
  ON household_value.household_id = forecast_items.household_id
  AND household_value.eligible
LEFT JOIN bought_items
  ON bought_items.household_id = forecast_items.household_id
  AND bought_items.level = forecast_items.level
  AND bought_items.item_id = forecast_items.item_id
