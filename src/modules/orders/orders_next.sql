-- name: orders_next_waiting
-- What waits at a desk of a unit, emergencies first, then by the safe date; only the green channel, or the others.
SELECT id FROM orders
 WHERE tenant = :tenant AND unit = :unit AND status = 'open' AND owner = 0 AND desk = :desk
   AND (emergency = 1 OR (green <> '' AND CAST(:green AS BIGINT) = 1) OR (green = '' AND CAST(:green AS BIGINT) = 0))
 ORDER BY emergency DESC, due_sort, id
 LIMIT :most;

-- name: orders_next_turn
-- How many were taken from this desk so far; gap-free like every counter.
SELECT value FROM counter WHERE tenant = :tenant AND unit = :unit AND year = 0 AND kind = :kind;
