-- name: orders_counts
SELECT unit, what, n FROM order_count WHERE tenant = :tenant ORDER BY unit, what;

-- name: orders_counts_clear
DELETE FROM order_count WHERE tenant = :tenant;

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
