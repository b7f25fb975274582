WITH liked AS (
  SELECT
    new_needs.household_id,
    new_needs.need_id,
    idea_products.category_id,
    idea_products.product_id,
    new_needs.because_need_id,
    because.category_id AS because_category_id,
    idea_products.price_cents,
    ROW_NUMBER() OVER (
      PARTITION BY new_needs.household_id
      ORDER BY new_needs.because_lift DESC, new_needs.rank NULLS LAST
    ) AS rank
  FROM new_needs
  INNER JOIN household_value
    ON household_value.household_id = new_needs.household_id
    AND household_value.eligible
  INNER JOIN household_needs
    ON household_needs.household_id = new_needs.household_id
    AND household_needs.need_id = new_needs.because_need_id
  INNER JOIN catalogue AS because
    ON because.product_id = household_needs.favourite_product_id AND because.tier = ''
  INNER JOIN idea_products
    ON idea_products.store_id = household_value.home_store_id
    AND idea_products.need_id = new_needs.need_id
  LEFT JOIN declined_items AS no_need
    ON no_need.household_id = new_needs.household_id
    AND no_need.kind = 'no_need'
    AND no_need.item_id = new_needs.need_id
  LEFT JOIN declined_items AS no_product
    ON no_product.household_id = new_needs.household_id
    AND no_product.kind = 'no_product'
    AND no_product.item_id = idea_products.product_id
  LEFT JOIN declined_items AS no_category
    ON no_category.household_id = new_needs.household_id
    AND no_category.kind = 'no_category'
    AND no_category.item_id = idea_products.category_id
  WHERE
    new_needs.because_lift >= :lift_min
    AND no_need.household_id IS NULL
    AND no_product.household_id IS NULL
    AND no_category.household_id IS NULL
)
SELECT
  household_id,
  rank,
  need_id,
  category_id,
  product_id,
  because_need_id,
  because_category_id,
  price_cents
FROM liked
WHERE
  rank <= :ideas_kept
