-- table: promotion_counts
-- grain: one product with a promotion in the fortnight before the day or the one after it
-- reads: promotions
-- parameters: as_of_on, before_on, until_on, promotions_known_on
-- How many stores show it. The plan of the coming fortnight is read unless the store says that it is not known yet.
WITH stores AS (
    SELECT
        store_id,
        product_id,
        MAX(CASE WHEN until_on > $as_of_on AND display <> '' THEN 1 ELSE 0 END) AS on_display,
        MAX(CASE WHEN until_on > $as_of_on AND mailer <> '' THEN 1 ELSE 0 END) AS in_mailer,
        MAX(CASE WHEN until_on > $as_of_on AND mailer NOT IN ('', 'A') THEN 1 ELSE 0 END) AS in_mailer_feature,
        MAX(CASE WHEN from_on < $as_of_on AND mailer <> '' THEN 1 ELSE 0 END) AS in_mailer_before
    FROM promotions
    WHERE from_on < $until_on AND until_on > $before_on AND known_from_on < $promotions_known_on
    GROUP BY store_id, product_id
)

SELECT
    product_id,
    SUM(on_display) AS stores_display,
    SUM(in_mailer) AS stores_mailer,
    SUM(in_mailer_feature) AS stores_mailer_feature,
    SUM(in_mailer_before) AS stores_mailer_before
FROM stores
GROUP BY product_id
