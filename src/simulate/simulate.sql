-- name: simulate_suspended
SELECT id FROM staff WHERE tenant = :tenant AND state = 'suspended' ORDER BY id;

-- name: simulate_order
-- Where an order stands: what the simulator follows, without what is packed and sealed.
SELECT unit, procedure_code, step, status, due_legal_at, due_flags
  FROM orders WHERE tenant = :tenant AND id = :id;

-- name: simulate_duties
-- When a simulation is over: how many duties of each name there were, and how many were late.  By
-- thousands of orders, because sorting all of a year at once takes as much memory as the year.
SELECT name, COUNT(*) AS count, CAST(SUM(overdue) AS BIGINT) AS overdue,
       CAST(SUM(CASE WHEN closed_seq = 0 THEN 1 ELSE 0 END) AS BIGINT) AS open
  FROM duty
 WHERE tenant = :tenant AND order_id > :after AND order_id <= :upto
 GROUP BY name
 ORDER BY name;
