-- name: research_citation_add
INSERT INTO knowledge_citation (tenant, orders, kind, doc, staff, at_ms)
VALUES (:tenant, :orders, :kind, :doc, :staff, :now)
ON CONFLICT (tenant, orders, kind, doc) DO NOTHING;

-- name: words_newest
SELECT version, text, live, staff, at_ms FROM knowledge_words
 WHERE tenant = :tenant ORDER BY version DESC LIMIT 1;

-- name: words_live
SELECT version, text, live, staff, at_ms FROM knowledge_words
 WHERE tenant = :tenant AND live = 1 ORDER BY version DESC LIMIT 1;

-- name: words_add
INSERT INTO knowledge_words (tenant, version, text, live, staff, at_ms)
VALUES (:tenant, :version, :text, 0, :staff, :now);

-- name: words_retire
UPDATE knowledge_words SET live = 0 WHERE tenant = :tenant AND live = 1;

-- name: words_publish
UPDATE knowledge_words SET live = 1 WHERE tenant = :tenant AND version = :version;

-- name: kept_all
SELECT id, question, expected FROM knowledge_kept WHERE tenant = :tenant ORDER BY id LIMIT 60;

-- name: kept_add
INSERT INTO knowledge_kept (tenant, id, question, expected)
VALUES (:tenant, :id, :question, :expected);

-- name: kept_remove
DELETE FROM knowledge_kept WHERE tenant = :tenant AND id = :id;

-- name: upkeep_asked
SELECT id, asked_at, question, verdict, best, answer, channel, useful FROM knowledge_asked
 WHERE tenant = :tenant AND asked_at >= :since ORDER BY asked_at DESC, id DESC LIMIT :most;

-- name: upkeep_loads
SELECT source, lines, finished, at_ms FROM knowledge_load
 WHERE tenant IN (0, CAST(:tenant AS BIGINT)) ORDER BY at_ms DESC LIMIT 30;

-- name: proposal_add
INSERT INTO knowledge_proposal (tenant, id, order_id, sealed, state, staff, proposed_by, decided_staff,
       decided_by, changed_at, proposed_at)
VALUES (:tenant, :id, :order_id, :sealed, 'waiting', :staff, :proposed_by, 0, '', :now, :now);

-- name: proposal_get
SELECT id, order_id, sealed, state, staff, proposed_by, decided_staff, decided_by, changed_at, proposed_at
  FROM knowledge_proposal WHERE tenant = :tenant AND id = :id;

-- name: proposal_change
UPDATE knowledge_proposal SET sealed = :sealed, state = :state, decided_staff = :decided_staff,
       decided_by = :decided_by, changed_at = :now
 WHERE tenant = :tenant AND id = :id;

-- name: proposals_in
SELECT id, order_id, sealed, state, staff, proposed_by, decided_staff, decided_by, changed_at, proposed_at
  FROM knowledge_proposal
 WHERE tenant = :tenant AND state = :state AND id < :before ORDER BY id DESC LIMIT :most;

-- name: upkeep_offers
SELECT kind, COUNT(*) AS offered, CAST(SUM(taken) AS BIGINT) AS used FROM knowledge_offer
 WHERE tenant = :tenant AND at_ms >= :since GROUP BY kind ORDER BY kind;
