-- table: model_parts
-- grain: one part of a model
-- reads: model_parts
-- parameters:
SELECT
    name,
    text
FROM model_parts
