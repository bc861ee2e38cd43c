-- Counts on a worklist's head are read from the indexes alone: rows of orders lie scattered, and a
-- thousand of them is a thousand places of the file.
DROP INDEX orders_open_all;
DROP INDEX orders_open_unit;
CREATE INDEX orders_open_all ON orders
    (tenant, due_sort, id, unit_path, due_legal_at, due_safe_day, due_flags, status) WHERE status = 'open';
CREATE INDEX orders_open_unit ON orders
    (tenant, unit, due_sort, id, desk, due_legal_at, due_safe_day, due_flags, status) WHERE status = 'open';

-- What waits at a desk of a unit is counted as steps are (what = 'desk:clerk').
INSERT INTO order_count (tenant, unit, what, n)
SELECT tenant, unit, 'desk:' || desk, COUNT(*) FROM orders
 WHERE status = 'open' AND desk <> ''
 GROUP BY tenant, unit, desk;
