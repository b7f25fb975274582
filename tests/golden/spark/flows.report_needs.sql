SELECT
  plan_lines.need_id,
  COALESCE(product_classes.category_id, '') AS category_id,
  COALESCE(named.title, rest.title, plan_lines.department_id) AS title,
  COUNT(DISTINCT plan_lines.household_id) AS households
FROM plan_lines
LEFT JOIN product_classes
  ON product_classes.product_id = plan_lines.product_id
LEFT JOIN layout_sections AS named
  ON named.department_id = plan_lines.department_id
  AND named.category_id = product_classes.category_id
LEFT JOIN layout_sections AS rest
  ON rest.department_id = plan_lines.department_id AND rest.category_id = ''
GROUP BY
  plan_lines.need_id,
  COALESCE(product_classes.category_id, ''),
  COALESCE(named.title, rest.title, plan_lines.department_id)
