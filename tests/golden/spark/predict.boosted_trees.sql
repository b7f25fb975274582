SELECT
  level,
  from_place,
  number,
  part,
  text
FROM boosted_trees
