SELECT
  level,
  part,
  text
FROM boosted_trees
