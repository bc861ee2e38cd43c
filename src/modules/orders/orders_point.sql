-- name: orders_point_numbered
-- The newest event that has a number.
SELECT f.n, f.seq, e.recorded_at, o.no
  FROM event_feed f
  JOIN event e ON e.tenant = f.tenant AND e.order_id = f.order_id AND e.seq = f.seq
  JOIN orders o ON o.tenant = f.tenant AND o.id = f.order_id
 WHERE f.tenant = :tenant
 ORDER BY f.n DESC
 LIMIT 1;

-- name: orders_point_waiting
-- The newest of those that wait for theirs.
SELECT w.seq, e.recorded_at, o.no
  FROM event_new w
  JOIN event e ON e.tenant = w.tenant AND e.order_id = w.order_id AND e.seq = w.seq
  JOIN orders o ON o.tenant = w.tenant AND o.id = w.order_id
 WHERE w.tenant = :tenant
 ORDER BY w.id DESC
 LIMIT 1;

-- name: orders_of_file
SELECT DISTINCT f.order_id
  FROM (SELECT order_id FROM attachment WHERE tenant = :tenant AND blob = :blob
        UNION ALL
        SELECT order_id FROM paper WHERE tenant = :tenant AND blob = :blob) AS f
 ORDER BY f.order_id
 LIMIT 10;

-- name: orders_missing
-- Events whose order is not there.
SELECT DISTINCT e.order_id FROM event e
 WHERE e.tenant = :tenant
   AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.tenant = e.tenant AND o.id = e.order_id)
 ORDER BY e.order_id
 LIMIT :most;
