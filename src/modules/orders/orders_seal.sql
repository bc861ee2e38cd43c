-- name: seals_last
SELECT n, at, last_event, digest, audit_seq, audit_hash, hash, signature FROM seal
 WHERE tenant = :tenant
 ORDER BY n DESC
 LIMIT 1;

-- name: seals_after
SELECT n, at, last_event, digest, audit_seq, audit_hash, hash, signature FROM seal
 WHERE tenant = :tenant AND n > :after
 ORDER BY n
 LIMIT :most;

-- name: seals_by_n
SELECT hash, signature FROM seal WHERE tenant = :tenant AND n = :n;

-- name: seals_add
INSERT INTO seal (tenant, n, at, last_event, digest, audit_seq, audit_hash, hash, signature)
VALUES (:tenant, :n, :at, :last_event, :digest, :audit_seq, :audit_hash, :hash, :signature);

-- name: seals_events
-- An event that is gone leaves its number in the feed behind.
SELECT f.n, f.order_id, f.seq, e.hash
  FROM event_feed f
  LEFT JOIN event e ON e.tenant = f.tenant AND e.order_id = f.order_id AND e.seq = f.seq
 WHERE f.tenant = :tenant AND f.n > :after AND f.n <= :until
 ORDER BY f.n
 LIMIT :most;

-- name: seals_all_events
SELECT COUNT(*) FROM event WHERE tenant = :tenant;

-- name: seals_all_numbered
SELECT COUNT(*) FROM event_feed WHERE tenant = :tenant;

-- name: seals_all_new
SELECT COUNT(*) FROM event_new WHERE tenant = :tenant;

-- name: heads_after
SELECT id, version, head FROM orders WHERE tenant = :tenant AND id > :after ORDER BY id LIMIT :most;

-- name: heads_event
SELECT hash FROM event WHERE tenant = :tenant AND order_id = :order_id AND seq = :seq;
