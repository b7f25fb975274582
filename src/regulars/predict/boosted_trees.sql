-- table: boosted_trees
-- grain: one part of a set of trees
-- reads: boosted_trees
-- parameters:
SELECT
    level,
    from_place,
    number,
    part,
    text
FROM boosted_trees
