SELECT
  household_id,
  need_id,
  because_need_id,
  because_lift,
  probability,
  rank
FROM new_needs
