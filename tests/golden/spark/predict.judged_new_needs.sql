WITH open_needs AS (
  SELECT DISTINCT
    need_id
  FROM product_classes
  WHERE
    reaches_profiles
)
SELECT
  new_needs.household_id,
  new_needs.need_id,
  new_needs.rank,
  new_needs.probability,
  NOT bought_items.item_id IS NULL AS bought
FROM new_needs
INNER JOIN household_value
  ON household_value.household_id = new_needs.household_id
  AND household_value.eligible
INNER JOIN open_needs
  ON open_needs.need_id = new_needs.need_id
LEFT JOIN bought_items
  ON bought_items.household_id = new_needs.household_id
  AND bought_items.level = 'need'
  AND bought_items.item_id = new_needs.need_id
