-- name: notices_insert
INSERT INTO notice (tenant, id, order_id, seq, party_n, staff, unit, kind, channel, status, tries, next_at,
       recorded_at, sent_at, sealed)
VALUES (:tenant, :id, :order_id, :seq, :party_n, :staff, :unit, :kind, :channel, :status, 0, :next_at,
       :recorded_at, 0, :sealed);

-- name: notices_of_order
SELECT id, seq, party_n, staff, kind, channel, status, tries, recorded_at, sent_at, told_at, told_by, told_how, sealed
  FROM notice
 WHERE tenant = :tenant AND order_id = :order_id
 ORDER BY id DESC
 LIMIT 200;

-- name: notices_by_id
SELECT id, seq, party_n, staff, kind, channel, status, recorded_at, sent_at, told_at, told_by, told_how FROM notice
 WHERE tenant = :tenant AND id = :id AND order_id = :order_id;

-- name: notices_unseen
-- What waits on somebody's desk, the newest first.
SELECT id, order_id, kind, recorded_at FROM notice
 WHERE tenant = :tenant AND staff = :staff AND staff <> 0 AND status = 'to-call' AND id < :before
 ORDER BY id DESC
 LIMIT :most;

-- name: notices_told
UPDATE notice SET status = 'seen', told_at = :now, told_by = :staff, told_how = :how
 WHERE tenant = :tenant AND id = :id AND status IN ('to-call', 'failed');

-- name: notices_waiting
-- What is put off further than any pause was written while the clock was wrong.
SELECT id, order_id, kind, channel, tries, sealed FROM notice
 WHERE tenant = :tenant AND status = 'waiting' AND (next_at <= :now OR next_at > :wrong_at)
 ORDER BY next_at
 LIMIT :most;

-- name: notices_mark
UPDATE notice SET status = :status, tries = :tries, next_at = :next_at, sent_at = :sent_at
 WHERE tenant = :tenant AND id = :id;

-- name: notices_as_sent
UPDATE notice SET status = 'sent', tries = 1, sent_at = recorded_at + 60000
 WHERE tenant = :tenant AND status = 'waiting' AND next_at < :before;

-- name: notices_as_seen
UPDATE notice SET status = 'seen', told_at = recorded_at + 1800000, told_by = staff
 WHERE tenant = :tenant AND status = 'to-call' AND staff <> 0 AND recorded_at < :before;

-- name: papers_insert
-- The number is what papers_count_one has just counted; put together here, so that an act that issues a
-- paper needs no answer from the database (store_write_ahead()).
INSERT INTO paper (tenant, id, order_id, seq, unit, kind, no, template, recorded_at, drawn_at, blob, pdf_hash, sealed)
VALUES (:tenant, :id, :order_id, :seq, :unit, :kind,
       :no_head || (SELECT CAST(c.value AS TEXT) FROM paper_counter c
                     WHERE c.tenant = :tenant AND c.unit = :unit AND c.year = :year AND c.prefix = :prefix) || ' 号',
       :template, :recorded_at, 0, '', NULL, :sealed);

-- name: papers_of_order
SELECT id, seq, kind, no, template, recorded_at, drawn_at, failure FROM paper
 WHERE tenant = :tenant AND order_id = :order_id
 ORDER BY id DESC
 LIMIT 200;

-- name: papers_by_id
SELECT id, order_id, seq, unit, kind, no, template, recorded_at, drawn_at, blob, pdf_hash, sealed FROM paper
 WHERE tenant = :tenant AND id = :id AND order_id = :order_id;

-- name: papers_undrawn
-- New ones, whose next_at is 0, first.
SELECT id, order_id, tries FROM paper
 WHERE tenant = :tenant AND drawn_at = 0 AND next_at >= :from AND next_at <= :until
 ORDER BY next_at, id
 LIMIT :most;

-- name: papers_put_off
UPDATE paper SET tries = :tries, next_at = :next_at, failure = :failure
 WHERE tenant = :tenant AND id = :id AND drawn_at = 0;

-- name: papers_stuck
-- Those of erased orders wait, too, but nothing is wrong with them.
SELECT id, kind, no, recorded_at, tries, next_at, failure FROM paper
 WHERE tenant = :tenant AND drawn_at = 0 AND next_at > 0 AND failure <> ''
 ORDER BY next_at, id
 LIMIT :most;

-- name: papers_try_again
UPDATE paper SET tries = 1, next_at = :now
 WHERE tenant = :tenant AND drawn_at = 0 AND next_at > :now AND failure <> '';

-- name: papers_drawn
UPDATE paper SET drawn_at = :drawn_at, blob = :blob, pdf_hash = :pdf_hash
 WHERE tenant = :tenant AND id = :id AND drawn_at = 0;

-- name: papers_count_one
INSERT INTO paper_counter (tenant, unit, year, prefix, value) VALUES (:tenant, :unit, :year, :prefix, 1)
ON CONFLICT (tenant, unit, year, prefix) DO UPDATE SET value = paper_counter.value + 1;

-- name: papers_blobs
SELECT DISTINCT blob FROM paper WHERE tenant = :tenant AND blob >= :from AND blob < :to;
