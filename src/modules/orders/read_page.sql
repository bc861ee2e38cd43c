-- name: orders_page_newest
SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM orders WHERE tenant = :tenant;

-- name: orders_page_fresh
SELECT id FROM orders
 WHERE tenant = :tenant AND id > :newest AND unit_path >= :path AND unit_path < :path_end
 ORDER BY id
 LIMIT :most;

-- name: orders_page_changed
SELECT changed_at FROM orders WHERE tenant = :tenant AND id = :id;
