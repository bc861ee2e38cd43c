-- name: audit_head_read
SELECT seq, hash FROM audit_head WHERE tenant = :tenant;

-- name: audit_head_first
INSERT INTO audit_head (tenant, seq, hash) VALUES (:tenant, 1, :hash);

-- name: audit_head_move
-- The old number is the lock: of two that append at once, one changes no row and is run again.
UPDATE audit_head SET seq = :seq, hash = :hash WHERE tenant = :tenant AND seq = :seq_before;

-- name: audit_add
INSERT INTO audit (tenant, seq, at, word, staff, name, post, unit, order_id, party_id, subject, remote, detail, hash)
VALUES (:tenant, :seq, :at, :word, :staff, :name, :post, :unit, :order_id, :party_id, :subject, :remote, :detail, :hash);

-- name: audit_list
SELECT seq, at, word, staff, name, post, unit, order_id, party_id, subject, remote, detail
  FROM audit
 WHERE tenant = :tenant
   AND seq < :before
   AND (word = :word OR CAST(:word AS TEXT) = '')
   AND (staff = :staff OR CAST(:staff AS BIGINT) = 0)
   AND (order_id = :order_id OR CAST(:order_id AS BIGINT) = 0)
   AND at >= :since AND at < :until
 ORDER BY seq DESC
 LIMIT :most;

-- name: audit_looks_of_order
SELECT seq, at, post, unit, order_id, party_id, detail
  FROM audit
 WHERE tenant = :tenant AND order_id = :order_id AND order_id <> 0 AND word = 'look'
   AND (party_id = :party_id OR CAST(:party_id AS BIGINT) = 0)
 ORDER BY seq DESC
 LIMIT 200;

-- name: audit_looks_of_party
SELECT seq, at, post, unit, order_id, party_id, detail
  FROM audit
 WHERE tenant = :tenant AND party_id = :party_id AND party_id <> 0 AND word = 'look'
 ORDER BY seq DESC
 LIMIT 200;

-- name: audit_hash
SELECT hash FROM audit WHERE tenant = :tenant AND seq = :seq;

-- name: audit_chain
SELECT seq, at, word, staff, name, post, unit, order_id, party_id, subject, remote, detail, hash
  FROM audit
 WHERE tenant = :tenant AND seq > :after
 ORDER BY seq
 LIMIT :most;
