WITH sent AS (
  SELECT
    targets.household_id,
    campaigns.campaign_id,
    campaigns.from_on,
    campaigns.until_on
  FROM targets
  INNER JOIN campaigns
    ON campaigns.campaign_id = targets.campaign_id
  INNER JOIN (
    SELECT DISTINCT
      household_id
    FROM open_lines
  ) AS here
    ON here.household_id = targets.household_id
  WHERE
    targets.known_from_on < :as_of_on AND campaigns.known_from_on < :as_of_on
), known_coupons AS (
  SELECT
    coupons.campaign_id,
    coupons.coupon_id,
    coupons.product_id,
    COALESCE(product_classes.need_id, '') AS need_id,
    COALESCE(product_classes.category_id, '') AS category_id
  FROM coupons
  LEFT JOIN product_classes
    ON product_classes.product_id = coupons.product_id
  WHERE
    coupons.known_from_on < :as_of_on
), coupon_sizes AS (
  SELECT
    campaign_id,
    coupon_id,
    COUNT(DISTINCT product_id) AS products,
    COUNT(DISTINCT need_id) AS needs
  FROM known_coupons
  GROUP BY
    campaign_id,
    coupon_id
), campaign_sizes AS (
  SELECT
    campaign_id,
    COUNT(*) AS coupons
  FROM coupon_sizes
  GROUP BY
    campaign_id
), coupon_needs AS (
  SELECT DISTINCT
    campaign_id,
    coupon_id,
    need_id
  FROM known_coupons
  WHERE
    need_id <> ''
), coupon_categories AS (
  SELECT DISTINCT
    campaign_id,
    coupon_id,
    category_id
  FROM known_coupons
  WHERE
    category_id <> ''
), before AS (
  SELECT
    sent.household_id,
    sent.campaign_id,
    open_lines.product_id,
    open_lines.need_id,
    open_lines.category_id,
    open_lines.sold_on,
    DATEDIFF(DAY, open_lines.sold_on, sent.from_on) AS age_days,
    open_lines.amount_cents
  FROM sent
  INNER JOIN open_lines
    ON open_lines.household_id = sent.household_id AND open_lines.sold_on < sent.from_on
  WHERE
    DATEDIFF(DAY, open_lines.sold_on, sent.from_on) <= 182
), households AS (
  SELECT
    household_id,
    campaign_id,
    COUNT(DISTINCT sold_on) AS visits,
    SUM(amount_cents) AS amount_cents
  FROM before
  GROUP BY
    household_id,
    campaign_id
), product_states AS (
  SELECT
    household_id,
    campaign_id,
    product_id,
    need_id,
    category_id,
    COUNT(DISTINCT sold_on) AS days,
    SUM(amount_cents) AS amount_cents,
    MIN(age_days) AS age_last
  FROM before
  GROUP BY
    household_id,
    campaign_id,
    product_id,
    need_id,
    category_id
), need_states AS (
  SELECT
    household_id,
    campaign_id,
    need_id,
    SUM(days) AS days,
    SUM(amount_cents) AS amount_cents,
    MIN(age_last) AS age_last
  FROM product_states
  GROUP BY
    household_id,
    campaign_id,
    need_id
), category_states AS (
  SELECT
    household_id,
    campaign_id,
    category_id,
    SUM(amount_cents) AS amount_cents
  FROM product_states
  GROUP BY
    household_id,
    campaign_id,
    category_id
), covered AS (
  SELECT
    product_states.household_id,
    product_states.campaign_id,
    known_coupons.coupon_id,
    SUM(product_states.days) AS days,
    SUM(product_states.amount_cents) AS amount_cents,
    MIN(product_states.age_last) AS age_last
  FROM product_states
  INNER JOIN known_coupons
    ON known_coupons.campaign_id = product_states.campaign_id
    AND known_coupons.product_id = product_states.product_id
  GROUP BY
    product_states.household_id,
    product_states.campaign_id,
    known_coupons.coupon_id
), in_needs AS (
  SELECT
    need_states.household_id,
    need_states.campaign_id,
    coupon_needs.coupon_id,
    SUM(need_states.days) AS days,
    SUM(need_states.amount_cents) AS amount_cents,
    MIN(need_states.age_last) AS age_last
  FROM need_states
  INNER JOIN coupon_needs
    ON coupon_needs.campaign_id = need_states.campaign_id
    AND coupon_needs.need_id = need_states.need_id
  GROUP BY
    need_states.household_id,
    need_states.campaign_id,
    coupon_needs.coupon_id
), in_categories AS (
  SELECT
    category_states.household_id,
    category_states.campaign_id,
    coupon_categories.coupon_id,
    SUM(category_states.amount_cents) AS amount_cents
  FROM category_states
  INNER JOIN coupon_categories
    ON coupon_categories.campaign_id = category_states.campaign_id
    AND coupon_categories.category_id = category_states.category_id
  GROUP BY
    category_states.household_id,
    category_states.campaign_id,
    coupon_categories.coupon_id
), with_coupons AS (
  SELECT
    open_lines.household_id,
    open_lines.product_id,
    open_lines.need_id,
    open_lines.sold_on
  FROM open_lines
  INNER JOIN lines
    ON lines.household_id = open_lines.household_id
    AND lines.store_id = open_lines.store_id
    AND lines.lane_id = open_lines.lane_id
    AND lines.sold_on = open_lines.sold_on
    AND lines.transaction_id = open_lines.transaction_id
    AND lines.line_number = open_lines.line_number
  WHERE
    lines.manufacturer_coupon_cents > 0 OR lines.store_coupon_cents > 0
), coupons_before AS (
  SELECT
    sent.household_id,
    sent.campaign_id,
    with_coupons.product_id,
    with_coupons.need_id,
    with_coupons.sold_on,
    DATEDIFF(DAY, with_coupons.sold_on, sent.from_on) AS age_days
  FROM sent
  INNER JOIN with_coupons
    ON with_coupons.household_id = sent.household_id
    AND with_coupons.sold_on < sent.from_on
  WHERE
    DATEDIFF(DAY, with_coupons.sold_on, sent.from_on) <= 182
), habits AS (
  SELECT
    household_id,
    campaign_id,
    COUNT(*) AS coupon_lines,
    COUNT(DISTINCT sold_on) AS coupon_days,
    MIN(age_days) AS coupon_age_last
  FROM coupons_before
  GROUP BY
    household_id,
    campaign_id
), covered_habits AS (
  SELECT
    coupons_before.household_id,
    coupons_before.campaign_id,
    known_coupons.coupon_id,
    COUNT(*) AS coupon_lines
  FROM coupons_before
  INNER JOIN known_coupons
    ON known_coupons.campaign_id = coupons_before.campaign_id
    AND known_coupons.product_id = coupons_before.product_id
  GROUP BY
    coupons_before.household_id,
    coupons_before.campaign_id,
    known_coupons.coupon_id
), need_habits AS (
  SELECT
    coupons_before.household_id,
    coupons_before.campaign_id,
    coupon_needs.coupon_id,
    COUNT(*) AS coupon_lines
  FROM coupons_before
  INNER JOIN coupon_needs
    ON coupon_needs.campaign_id = coupons_before.campaign_id
    AND coupon_needs.need_id = coupons_before.need_id
  GROUP BY
    coupons_before.household_id,
    coupons_before.campaign_id,
    coupon_needs.coupon_id
), used_before AS (
  SELECT
    sent.household_id,
    sent.campaign_id,
    COUNT(*) AS used_before
  FROM sent
  INNER JOIN redemptions
    ON redemptions.household_id = sent.household_id
    AND redemptions.redeemed_on < sent.from_on
  WHERE
    redemptions.known_from_on < :as_of_on
  GROUP BY
    sent.household_id,
    sent.campaign_id
), sent_before AS (
  SELECT
    sent.household_id,
    sent.campaign_id,
    COUNT(*) AS sent_before
  FROM sent
  INNER JOIN sent AS earlier
    ON earlier.household_id = sent.household_id AND earlier.from_on < sent.from_on
  GROUP BY
    sent.household_id,
    sent.campaign_id
), uses AS (
  SELECT DISTINCT
    household_id,
    campaign_id,
    coupon_id
  FROM redemptions
  WHERE
    redeemed_on < :as_of_on AND known_from_on < :as_of_on
)
SELECT
  sent.household_id,
  sent.campaign_id,
  coupon_sizes.coupon_id,
  sent.until_on < :as_of_on AS closed,
  DATEDIFF(DAY, sent.from_on, sent.until_on) AS campaign_days,
  campaign_sizes.coupons AS campaign_coupons,
  coupon_sizes.products,
  coupon_sizes.needs,
  COALESCE(covered.days, 0) AS covered_days,
  COALESCE(covered.amount_cents, 0) AS covered_cents,
  covered.age_last AS covered_age_last,
  COALESCE(in_needs.days, 0) AS need_days,
  COALESCE(in_needs.amount_cents, 0) AS need_cents,
  in_needs.age_last AS need_age_last,
  COALESCE(in_categories.amount_cents, 0) AS category_cents,
  households.visits,
  households.amount_cents,
  COALESCE(habits.coupon_lines, 0) AS coupon_lines,
  COALESCE(habits.coupon_days, 0) AS coupon_days,
  habits.coupon_age_last,
  COALESCE(covered_habits.coupon_lines, 0) AS covered_coupon_lines,
  COALESCE(need_habits.coupon_lines, 0) AS need_coupon_lines,
  COALESCE(used_before.used_before, 0) AS used_before,
  COALESCE(sent_before.sent_before, 0) AS sent_before,
  NOT uses.coupon_id IS NULL AS used
FROM sent
INNER JOIN households
  ON households.household_id = sent.household_id
  AND households.campaign_id = sent.campaign_id
INNER JOIN coupon_sizes
  ON coupon_sizes.campaign_id = sent.campaign_id
INNER JOIN campaign_sizes
  ON campaign_sizes.campaign_id = sent.campaign_id
LEFT JOIN covered
  ON covered.household_id = sent.household_id
  AND covered.campaign_id = sent.campaign_id
  AND covered.coupon_id = coupon_sizes.coupon_id
LEFT JOIN in_needs
  ON in_needs.household_id = sent.household_id
  AND in_needs.campaign_id = sent.campaign_id
  AND in_needs.coupon_id = coupon_sizes.coupon_id
LEFT JOIN in_categories
  ON in_categories.household_id = sent.household_id
  AND in_categories.campaign_id = sent.campaign_id
  AND in_categories.coupon_id = coupon_sizes.coupon_id
LEFT JOIN habits
  ON habits.household_id = sent.household_id AND habits.campaign_id = sent.campaign_id
LEFT JOIN covered_habits
  ON covered_habits.household_id = sent.household_id
  AND covered_habits.campaign_id = sent.campaign_id
  AND covered_habits.coupon_id = coupon_sizes.coupon_id
LEFT JOIN need_habits
  ON need_habits.household_id = sent.household_id
  AND need_habits.campaign_id = sent.campaign_id
  AND need_habits.coupon_id = coupon_sizes.coupon_id
LEFT JOIN used_before
  ON used_before.household_id = sent.household_id
  AND used_before.campaign_id = sent.campaign_id
LEFT JOIN sent_before
  ON sent_before.household_id = sent.household_id
  AND sent_before.campaign_id = sent.campaign_id
LEFT JOIN uses
  ON uses.household_id = sent.household_id
  AND uses.campaign_id = sent.campaign_id
  AND uses.coupon_id = coupon_sizes.coupon_id
