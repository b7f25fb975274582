-- table: boosted_trees
-- grain: one part of a level's trees
-- reads: boosted_trees
-- parameters:
SELECT
    level,
    part,
    text
FROM boosted_trees
