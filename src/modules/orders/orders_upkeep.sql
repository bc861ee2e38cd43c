-- name: orders_counts
SELECT what, n FROM order_count WHERE tenant = :tenant AND unit = :unit ORDER BY what;

-- name: orders_counts_clear
DELETE FROM order_count WHERE tenant = :tenant AND unit = :unit;

-- name: orders_counted_units
-- Unit 0 last: a mark that the others are to be counted again.
SELECT id AS unit FROM unit WHERE tenant = :tenant
UNION
SELECT unit FROM order_count WHERE tenant = :tenant
 ORDER BY unit DESC;

-- name: orders_counts_stale
SELECT COUNT(*) FROM order_count WHERE tenant = :tenant AND unit = 0 AND what = 'stale';

-- name: orders_recount
SELECT procedure_code, procedure_version, step, desk, CASE WHEN green = '' THEN 0 ELSE 1 END AS green, emergency,
       CASE WHEN owner = 0 THEN 1 ELSE 0 END AS queue, COUNT(*) AS n
  FROM orders
 WHERE tenant = :tenant AND unit = :unit AND status = 'open'
 GROUP BY procedure_code, procedure_version, step, desk, CASE WHEN green = '' THEN 0 ELSE 1 END, emergency, CASE WHEN owner = 0 THEN 1 ELSE 0 END;

-- name: orders_erase
UPDATE orders SET wrapped_key = NULL WHERE tenant = :tenant AND id = :id;

-- name: orders_erase_codes
DELETE FROM order_code WHERE tenant = :tenant AND order_id = :id;

-- name: orders_keys_after
SELECT id, wrapped_key FROM orders
 WHERE tenant = :tenant AND id > :after AND wrapped_key IS NOT NULL
 ORDER BY id
 LIMIT :most;

-- name: orders_key_put
UPDATE orders SET wrapped_key = :wrapped_key WHERE tenant = :tenant AND id = :id AND wrapped_key IS NOT NULL;

-- name: orders_blobs
SELECT DISTINCT blob FROM attachment WHERE tenant = :tenant AND blob >= :from AND blob < :to;
