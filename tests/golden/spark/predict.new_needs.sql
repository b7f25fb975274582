SELECT
  household_id,
  need_id,
  probability,
  rank
FROM new_needs
