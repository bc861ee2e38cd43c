-- name: orders_by_id
-- one: id
SELECT id, no, unit, unit_path, home_unit, home_path, registrar, procedure_code, procedure_version, matter,
       nature, channel, subject, party_masked, party_count, green, emergency, step, status, outcome, owner, desk,
       due_duty, due_legal_day, due_safe_day, due_legal_at, due_sort, due_flags, chain, parent, version, head,
       wrapped_key, state, packed, occurred_at, recorded_at, changed_at, closed_at
  FROM orders
 WHERE tenant = :tenant AND id = :id;

-- name: orders_id_by_no
SELECT id FROM orders WHERE tenant = :tenant AND no = :no;

-- name: orders_insert
-- one: id
INSERT INTO orders (tenant, id, no, unit, unit_path, home_unit, home_path, registrar, procedure_code,
       procedure_version, matter, nature, channel, subject, party_masked, party_count, green, emergency, step,
       status, outcome, owner, desk, due_duty, due_legal_day, due_safe_day, due_legal_at, due_sort, due_flags,
       chain, parent, version, head, wrapped_key, state, packed, occurred_at, recorded_at, changed_at, closed_at)
VALUES (:tenant, :id, :no, :unit, :unit_path, :home_unit, :home_path, :registrar, :procedure_code,
       :procedure_version, :matter, :nature, :channel, :subject, :party_masked, :party_count, :green, :emergency,
       :step, :status, :outcome, :owner, :desk, :due_duty, :due_legal_day, :due_safe_day, :due_legal_at, :due_sort,
       :due_flags, :chain, :parent, :version, :head, :wrapped_key, '', :packed, :occurred_at, :recorded_at, :changed_at,
       :closed_at);

-- name: orders_update
-- one: id
-- The version is the lock: of two that act on what they saw, one changes no row.
UPDATE orders
   SET unit = :unit, unit_path = :unit_path, matter = :matter, subject = :subject, party_masked = :party_masked,
       party_count = :party_count, green = :green, emergency = :emergency, step = :step, status = :status,
       outcome = :outcome, owner = :owner, desk = :desk, due_duty = :due_duty, due_legal_day = :due_legal_day,
       due_safe_day = :due_safe_day, due_legal_at = :due_legal_at, due_sort = :due_sort, due_flags = :due_flags,
       chain = :chain, parent = :parent, version = :version, head = :head, state = '', packed = :packed,
       changed_at = :changed_at, closed_at = :closed_at
 WHERE tenant = :tenant AND id = :id AND version = :seen_version;

-- name: orders_update_dates
-- one: id
-- A calendar was loaded: only derived columns move, no event.
UPDATE orders
   SET due_duty = :due_duty, due_legal_day = :due_legal_day, due_safe_day = :due_safe_day,
       due_legal_at = :due_legal_at, due_sort = :due_sort, due_flags = :due_flags
 WHERE tenant = :tenant AND id = :id AND version = :seen_version;

-- name: orders_event_insert
-- one: order_id
INSERT INTO event (tenant, order_id, seq, id, action, actor_kind, staff, post, unit, occurred_at, recorded_at,
       cause_order, cause_seq, effects, packed, body, hash)
VALUES (:tenant, :order_id, :seq, :id, :action, :actor_kind, :staff, :post, :unit, :occurred_at, :recorded_at,
       :cause_order, :cause_seq, '', :packed, :body, :hash);

-- name: orders_events
-- one: order_id
SELECT seq, id, action, actor_kind, staff, post, unit, occurred_at, recorded_at, cause_order, cause_seq, effects,
       packed, body, hash
  FROM event
 WHERE tenant = :tenant AND order_id = :order_id AND seq > :after
 ORDER BY seq
 LIMIT :most;

-- name: orders_event_find
-- one: order_id
SELECT seq FROM event
 WHERE tenant = :tenant AND order_id = :order_id AND action = :action
 LIMIT 1;

-- name: orders_acted
-- one: order_id
-- Did this person handle the order (K9)?
SELECT COUNT(*) FROM event
 WHERE tenant = :tenant AND order_id = :order_id AND staff = :staff AND action <> 'register' AND action <> 'note';

-- name: orders_duty_put
-- one: order_id
INSERT INTO duty (tenant, order_id, n, name, owed_by, opened_seq, closed_seq, start_at, legal_day, safe_day,
       legal_at, safe_at, provisional, paused, overdue, calendar_version)
VALUES (:tenant, :order_id, :n, :name, :owed_by, :opened_seq, :closed_seq, :start_at, :legal_day, :safe_day,
       :legal_at, :safe_at, :provisional, :paused, :overdue, :calendar_version)
ON CONFLICT (tenant, order_id, n) DO UPDATE
   SET closed_seq = excluded.closed_seq, start_at = excluded.start_at, legal_day = excluded.legal_day,
       safe_day = excluded.safe_day, legal_at = excluded.legal_at, safe_at = excluded.safe_at,
       provisional = excluded.provisional, paused = excluded.paused, overdue = excluded.overdue,
       calendar_version = excluded.calendar_version;

-- name: orders_duties
-- one: order_id
SELECT n, name, owed_by, opened_seq, closed_seq, start_at, legal_day, safe_day, legal_at, safe_at, provisional,
       paused, overdue, calendar_version
  FROM duty
 WHERE tenant = :tenant AND order_id = :order_id
 ORDER BY n;

-- name: orders_duties_clear
-- one: order_id
DELETE FROM duty WHERE tenant = :tenant AND order_id = :order_id;

-- name: orders_duties_fire
SELECT order_id, n, legal_at FROM duty
 WHERE tenant = :tenant AND legal_at <= :now
   AND closed_seq = 0 AND overdue = 0 AND paused = 0 AND provisional = 0
 ORDER BY legal_at
 LIMIT :most;

-- name: orders_duties_stale
-- Orders with open duties reckoned with another calendar.
SELECT DISTINCT order_id FROM duty
 WHERE tenant = :tenant AND closed_seq = 0 AND calendar_version <> :calendar_version AND order_id > :after
 ORDER BY order_id
 LIMIT :most;

-- name: orders_party_insert
-- one: order_id
INSERT INTO order_party (tenant, order_id, n, party, role, masked, sealed)
VALUES (:tenant, :order_id, :n, :party, :role, :masked, :sealed);

-- name: orders_party_update
-- one: order_id
UPDATE order_party SET sealed = :sealed, masked = :masked
 WHERE tenant = :tenant AND order_id = :order_id AND n = :n;

-- name: orders_parties
-- one: order_id
SELECT n, party, role, masked, sealed FROM order_party
 WHERE tenant = :tenant AND order_id = :order_id
 ORDER BY n
 LIMIT :most;

-- name: orders_of_party
SELECT o.id, o.no, o.matter, o.subject, o.status, o.step, o.recorded_at, o.unit_path, o.home_path, o.owner, p.role
  FROM order_party p
  JOIN orders o ON o.tenant = p.tenant AND o.id = p.order_id
 WHERE p.tenant = :tenant AND p.party = :party AND p.party <> 0
 ORDER BY p.order_id DESC
 LIMIT :most;

-- name: orders_code_insert
-- one: order_id
INSERT INTO order_code (tenant, order_id, n, hash) VALUES (:tenant, :order_id, :n, :hash);

-- name: orders_codes
-- one: order_id
SELECT n, hash FROM order_code WHERE tenant = :tenant AND order_id = :order_id ORDER BY n;

-- name: orders_link_insert
INSERT INTO order_link (tenant, order_id, other, kind, forward, seq)
VALUES (:tenant, :order_id, :other, :kind, :forward, :seq)
ON CONFLICT (tenant, order_id, other, kind) DO NOTHING;

-- name: orders_links
SELECT l.other, l.kind, l.forward, o.no, o.matter, o.subject, o.step, o.status, o.outcome, o.procedure_code,
       o.procedure_version, o.unit, o.recorded_at, o.occurred_at, o.closed_at
  FROM order_link l
  JOIN orders o ON o.tenant = l.tenant AND o.id = l.other
 WHERE l.tenant = :tenant AND l.order_id = :order_id
 ORDER BY o.id
 LIMIT 50;

-- name: orders_linked_within
-- Is the order linked to one of these units (scope "assisting"), of this person where one is named?
SELECT COUNT(*) FROM order_link l
  JOIN orders o ON o.tenant = l.tenant AND o.id = l.other
 WHERE l.tenant = :tenant AND l.order_id = :order_id
   AND o.unit_path >= :path AND o.unit_path < :path_end AND l.kind IN ('child', 'chain', 'complaint', 'rating')
   AND (CAST(:staff AS BIGINT) = 0 OR o.owner = :staff OR o.registrar = :staff);

-- name: orders_attachment_insert
-- one: order_id
INSERT INTO attachment (tenant, order_id, id, seq, material, type, size, blob, name_sealed)
VALUES (:tenant, :order_id, :id, :seq, :material, :type, :size, :blob, :name_sealed);

-- name: orders_attachments
-- one: order_id
SELECT id, seq, material, type, size, blob, name_sealed FROM attachment
 WHERE tenant = :tenant AND order_id = :order_id
 ORDER BY id;

-- name: orders_counter_next
INSERT INTO counter (tenant, unit, year, kind, value) VALUES (:tenant, :unit, :year, :kind, 1)
ON CONFLICT (tenant, unit, year, kind) DO UPDATE SET value = counter.value + 1
RETURNING value;

-- name: orders_count_add
INSERT INTO order_count (tenant, unit, what, n) VALUES (:tenant, :unit, :what, :n)
ON CONFLICT (tenant, unit, what) DO UPDATE SET n = order_count.n + excluded.n;

-- name: orders_idempotency_find
-- one: key
SELECT input_hash, order_id, seq FROM idempotency WHERE tenant = :tenant AND key = :key;

-- name: orders_idempotency_insert
-- one: key
INSERT INTO idempotency (tenant, key, input_hash, order_id, seq, recorded_at)
VALUES (:tenant, :key, :input_hash, :order_id, :seq, :recorded_at);

-- name: orders_idempotency_sweep
DELETE FROM idempotency WHERE tenant = :tenant AND recorded_at < :before;

-- name: orders_source_insert
INSERT INTO order_source (tenant, source, external, order_id) VALUES (:tenant, :source, :external, :order_id)
ON CONFLICT (tenant, source, external) DO NOTHING;

-- name: orders_source_find
SELECT order_id FROM order_source WHERE tenant = :tenant AND source = :source AND external = :external;

-- name: orders_open_of_owner
SELECT id FROM orders
 WHERE tenant = :tenant AND owner = :owner AND status = 'open' AND owner <> 0
 ORDER BY due_sort, id
 LIMIT :most;

-- name: orders_after
SELECT id FROM orders WHERE tenant = :tenant AND id > :after ORDER BY id LIMIT :most;
