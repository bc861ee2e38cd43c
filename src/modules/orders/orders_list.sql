-- name: orders_list_owner
SELECT id, no, unit, unit_path, home_unit, home_path, registrar, procedure_code, procedure_version, matter, nature,
       channel, subject, party_masked, party_count, green, emergency, step, status, outcome, owner, desk, due_duty,
       due_legal_day, due_safe_day, due_legal_at, due_sort, due_flags, chain, parent, version, occurred_at,
       recorded_at, changed_at, closed_at
  FROM orders
 WHERE tenant = :tenant AND owner = :owner AND owner <> 0 AND status = 'open'
   AND (due_sort, id) > (:after_sort, :after_id)
 ORDER BY due_sort, id
 LIMIT :most;

-- name: orders_list_unit
SELECT id, no, unit, unit_path, home_unit, home_path, registrar, procedure_code, procedure_version, matter, nature,
       channel, subject, party_masked, party_count, green, emergency, step, status, outcome, owner, desk, due_duty,
       due_legal_day, due_safe_day, due_legal_at, due_sort, due_flags, chain, parent, version, occurred_at,
       recorded_at, changed_at, closed_at
  FROM orders
 WHERE tenant = :tenant AND unit = :unit AND status = 'open' AND (desk = :desk OR :desk = '')
   AND (due_sort, id) > (:after_sort, :after_id)
 ORDER BY due_sort, id
 LIMIT :most;

-- name: orders_list_subtree
SELECT id, no, unit, unit_path, home_unit, home_path, registrar, procedure_code, procedure_version, matter, nature,
       channel, subject, party_masked, party_count, green, emergency, step, status, outcome, owner, desk, due_duty,
       due_legal_day, due_safe_day, due_legal_at, due_sort, due_flags, chain, parent, version, occurred_at,
       recorded_at, changed_at, closed_at
  FROM orders
 WHERE tenant = :tenant AND status = 'open' AND unit_path >= :path AND unit_path < :path_end
   AND (due_sort, id) > (:after_sort, :after_id)
 ORDER BY due_sort, id
 LIMIT :most;

-- name: orders_list_recent
-- Newest first, closed ones too: for searches, not for daily work.
SELECT id, no, unit, unit_path, home_unit, home_path, registrar, procedure_code, procedure_version, matter, nature,
       channel, subject, party_masked, party_count, green, emergency, step, status, outcome, owner, desk, due_duty,
       due_legal_day, due_safe_day, due_legal_at, due_sort, due_flags, chain, parent, version, occurred_at,
       recorded_at, changed_at, closed_at
  FROM orders
 WHERE tenant = :tenant AND id < :before AND (status = 'closed' OR CAST(:closed_only AS BIGINT) = 0)
   AND ((unit_path >= :path AND unit_path < :path_end) OR (home_path >= :path AND home_path < :path_end))
 ORDER BY id DESC
 LIMIT :most;

-- name: orders_count_owner
SELECT COUNT(*) FROM (SELECT 1 FROM orders
 WHERE tenant = :tenant AND owner = :owner AND owner <> 0 AND status = 'open' LIMIT :most) AS found;

-- name: orders_count_sum
-- One unit when both ends of the range are the same path.
SELECT CAST(COALESCE(SUM(c.n), 0) AS BIGINT)
  FROM unit u
  JOIN order_count c ON c.tenant = u.tenant AND c.unit = u.id AND c.what = :what
 WHERE u.tenant = :tenant AND ((u.path >= :path AND u.path < :path_end) OR u.path = :path);

-- name: orders_count_few
-- What is counted apart for some posts: a handful of rows.
SELECT c.what, CAST(SUM(c.n) AS BIGINT) AS n
  FROM unit u
  JOIN order_count c ON c.tenant = u.tenant AND c.unit = u.id AND c.what >= 'for:' AND c.what < 'for;'
 WHERE u.tenant = :tenant AND ((u.path >= :path AND u.path < :path_end) OR u.path = :path)
 GROUP BY c.what;

-- name: orders_count_dates
-- Where some of what is counted is not for everybody: from the rows, by procedure; of one unit, or (0) of a range.
-- `overdue`: past the legal moment; else those whose safe day is today.
SELECT procedure_code, procedure_version, COUNT(*) AS n
  FROM (SELECT procedure_code, procedure_version FROM orders
         WHERE tenant = :tenant AND status = 'open' AND unit_path >= :path AND unit_path < :path_end
           AND (unit = :unit OR CAST(:unit AS BIGINT) = 0)
           AND due_sort >= :day_start AND due_sort <= :tomorrow
           AND ((CAST(:overdue AS BIGINT) = 1 AND due_legal_at <= :now AND due_legal_at > 0 AND (due_flags & 1) = 0)
             OR (CAST(:overdue AS BIGINT) = 0 AND due_safe_day = :today))
         LIMIT :most) AS found
 GROUP BY procedure_code, procedure_version;

-- name: orders_count_overdue
SELECT COUNT(*) FROM (SELECT 1 FROM orders
 WHERE tenant = :tenant AND status = 'open' AND unit = :unit
   AND due_sort < :tomorrow AND due_legal_at <= :now AND due_legal_at > 0 AND (due_flags & 1) = 0 LIMIT :most) AS found;

-- name: orders_count_overdue_within
SELECT COUNT(*) FROM (SELECT 1 FROM orders
 WHERE tenant = :tenant AND status = 'open' AND unit_path >= :path AND unit_path < :path_end
   AND due_sort < :tomorrow AND due_legal_at <= :now AND due_legal_at > 0 AND (due_flags & 1) = 0 LIMIT :most) AS found;

-- name: orders_count_today
-- The safe moment lies within the day: what is long overdue is not walked through.
SELECT COUNT(*) FROM (SELECT 1 FROM orders
 WHERE tenant = :tenant AND status = 'open' AND unit = :unit
   AND due_sort >= :day_start AND due_sort <= :tomorrow AND due_safe_day = :today LIMIT :most) AS found;

-- name: orders_count_today_within
SELECT COUNT(*) FROM (SELECT 1 FROM orders
 WHERE tenant = :tenant AND status = 'open' AND unit_path >= :path AND unit_path < :path_end
   AND due_sort >= :day_start AND due_sort <= :tomorrow AND due_safe_day = :today LIMIT :most) AS found;
