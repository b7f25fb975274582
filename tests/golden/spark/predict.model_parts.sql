SELECT
  name,
  text
FROM model_parts
