-- name: orders_event_new
INSERT INTO event_new (tenant, id, order_id, seq) VALUES (:tenant, :id, :order_id, :seq);

-- name: orders_feed_last
SELECT n FROM event_feed WHERE tenant = :tenant ORDER BY n DESC LIMIT 1;

-- name: orders_feed_waiting
SELECT id, order_id, seq FROM event_new WHERE tenant = :tenant ORDER BY id LIMIT :most;

-- name: orders_feed_add
INSERT INTO event_feed (tenant, n, order_id, seq) VALUES (:tenant, :n, :order_id, :seq);

-- name: orders_feed_taken
DELETE FROM event_new WHERE tenant = :tenant AND id = :id;

-- name: orders_feed_after
SELECT f.n, f.order_id, f.seq, e.action, e.actor_kind, e.unit, e.occurred_at, e.recorded_at, o.no, o.unit_path,
       o.home_path, o.owner, o.registrar, o.procedure_code, o.procedure_version, o.matter
  FROM event_feed f
  JOIN event e ON e.tenant = f.tenant AND e.order_id = f.order_id AND e.seq = f.seq
  JOIN orders o ON o.tenant = f.tenant AND o.id = f.order_id
 WHERE f.tenant = :tenant AND f.n > :after
 ORDER BY f.n
 LIMIT :most;

-- name: orders_feed_ids
SELECT n, order_id FROM event_feed WHERE tenant = :tenant AND n > :after ORDER BY n LIMIT :most;

-- name: orders_duties_open
-- Open duties of the house in order of the safe moment, within a subtree.
SELECT d.order_id, d.n, d.name, d.owed_by, d.start_at, d.legal_day, d.safe_day, d.legal_at, d.provisional, d.paused,
       d.overdue, o.no, o.unit, o.owner, o.registrar, o.desk, o.matter, o.subject, o.procedure_code, o.procedure_version
  FROM orders o
  JOIN duty d ON d.tenant = o.tenant AND d.order_id = o.id AND d.closed_seq = 0
 WHERE o.tenant = :tenant AND o.status = 'open' AND o.unit_path >= :path AND o.unit_path < :path_end
   AND (o.due_sort, o.id) > (:after_sort, :after_id)
   AND (o.owner = :owner OR CAST(:owner AS BIGINT) = 0)
 ORDER BY o.due_sort, o.id, d.n
 LIMIT :most;
