-- table: household_cells
-- grain: one household and category bought in the 182 days before the day
-- reads: household_categories, category_cuts
-- parameters:
-- Brand module by the store's own brands' share of the amount: up to a sixth national, from five sixths own. How sure
-- it is goes by the days bought on: one or two are few, from six on they are many.
SELECT
    household_categories.household_id,
    household_categories.category_id,
    CASE
        WHEN 6 * household_categories.own_amount_cents <= household_categories.amount_cents THEN 'national'
        WHEN 6 * household_categories.own_amount_cents >= 5 * household_categories.amount_cents THEN 'own'
        ELSE 'switcher'
    END AS brand_module,
    CASE
        WHEN household_categories.amount_cents <= category_cuts.light_max_cents THEN 'light'
        WHEN household_categories.amount_cents <= category_cuts.medium_max_cents THEN 'medium'
        ELSE 'heavy'
    END AS usage_module,
    CASE
        WHEN household_categories.days_bought <= 2 THEN 'few'
        WHEN household_categories.days_bought <= 5 THEN 'some'
        ELSE 'many'
    END AS sureness,
    household_categories.days_bought,
    household_categories.lines,
    household_categories.own_amount_cents,
    household_categories.amount_cents
FROM household_categories
INNER JOIN category_cuts ON category_cuts.category_id = household_categories.category_id
