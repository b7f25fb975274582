SELECT
  household_id,
  need_id,
  pace
FROM need_paces
