-- name: knowledge_state
SELECT version FROM knowledge_state WHERE tenant = :tenant;

-- name: knowledge_state_raise
INSERT INTO knowledge_state (tenant, version) VALUES (:tenant, 1)
ON CONFLICT (tenant) DO UPDATE SET version = knowledge_state.version + 1;

-- name: knowledge_law_get
SELECT tenant, code, title, short, kind, region, version, expired FROM knowledge_law
 WHERE tenant = :tenant AND code = :code;

-- name: knowledge_law_put
INSERT INTO knowledge_law (tenant, code, title, short, kind, region, version, expired, loaded_at)
VALUES (:tenant, :code, :title, :short, :kind, :region, :version, :expired, :now)
ON CONFLICT (tenant, code) DO UPDATE SET title = excluded.title, short = excluded.short,
       kind = excluded.kind, region = excluded.region, version = excluded.version,
       expired = excluded.expired, loaded_at = excluded.loaded_at;

-- name: knowledge_law_named
-- National first, in force first, newest first.
SELECT tenant, code, title, short, kind, region, version, expired FROM knowledge_law
 WHERE tenant IN (0, CAST(:tenant AS BIGINT)) AND short = :short
 ORDER BY CASE WHEN region = '' THEN 0 ELSE 1 END, expired, version DESC, tenant, code;

-- name: knowledge_laws
-- All of them go into a table of contents that is kept in memory.
SELECT tenant, code, title, short, kind, region, version, expired FROM knowledge_law
 WHERE tenant IN (0, CAST(:tenant AS BIGINT)) ORDER BY code COLLATE "C";

-- name: knowledge_article_get
SELECT tenant, id, law, position, article, chapter, text, changed, gone FROM knowledge_article
 WHERE tenant = :tenant AND id = :id;

-- name: knowledge_article_add
INSERT INTO knowledge_article (tenant, id, law, position, article, chapter, text, changed, gone)
VALUES (:tenant, :id, :law, :position, :article, :chapter, :text, :changed, 0);

-- name: knowledge_article_change
UPDATE knowledge_article SET law = :law, article = :article, chapter = :chapter, text = :text,
       changed = :changed, gone = 0
 WHERE tenant = :tenant AND id = :id;

-- name: knowledge_article_touch
-- The law's own row changed: its articles go into the index again.
UPDATE knowledge_article SET changed = :changed WHERE tenant = :tenant AND law = :law;

-- name: knowledge_article_past_add
INSERT INTO knowledge_article_past (tenant, id, replaced_at, version, article, text)
VALUES (:tenant, :id, :now, :version, :article, :text)
ON CONFLICT (tenant, id, replaced_at) DO NOTHING;

-- name: knowledge_article_past
SELECT replaced_at, version, article, text FROM knowledge_article_past
 WHERE tenant = :tenant AND id = :id ORDER BY replaced_at DESC;

-- name: knowledge_articles_of_law
SELECT id, article, chapter, text FROM knowledge_article
 WHERE tenant = :tenant AND law = :law AND gone = 0 ORDER BY position, id COLLATE "C" LIMIT 3000;

-- name: knowledge_article_numbered
SELECT id FROM knowledge_article
 WHERE tenant = :tenant AND law = :law AND article = :article AND gone = 0 ORDER BY position LIMIT 1;

-- name: knowledge_articles_changed
-- A step of an index on its way: everything behind (changed, id), in that order.
SELECT a.id, a.law, a.article, a.chapter, a.text, a.changed, a.gone, a.position,
       l.title, l.short, l.kind, l.region, l.version, l.expired
  FROM knowledge_article a JOIN knowledge_law l ON l.tenant = a.tenant AND l.code = a.law
 WHERE a.tenant = :tenant AND (a.changed, a.id) > (:after, :after_id)
 ORDER BY a.changed, a.id LIMIT :most;

-- name: knowledge_answer_get
SELECT tenant, id, question, answer, answered_by, machine, answered_on, topic, laws, source, approved_by,
       approved_at, changed, gone
  FROM knowledge_answer WHERE tenant = :tenant AND id = :id;

-- name: knowledge_answer_put
INSERT INTO knowledge_answer (tenant, id, question, answer, answered_by, machine, answered_on, topic, laws, source,
       approved_by, approved_at, changed, gone)
VALUES (:tenant, :id, :question, :answer, :answered_by, :machine, :answered_on, :topic, :laws, :source,
       :approved_by, :approved_at, :changed, :gone)
ON CONFLICT (tenant, id) DO UPDATE SET question = excluded.question, answer = excluded.answer,
       answered_by = excluded.answered_by, machine = excluded.machine, answered_on = excluded.answered_on,
       topic = excluded.topic, laws = excluded.laws, source = excluded.source,
       approved_by = excluded.approved_by, approved_at = excluded.approved_at,
       changed = excluded.changed, gone = excluded.gone;

-- name: knowledge_answer_add
INSERT INTO knowledge_answer (tenant, id, question, answer, answered_by, machine, answered_on, topic, laws, source,
       approved_by, approved_at, changed, gone)
VALUES (:tenant, :id, :question, :answer, :answered_by, :machine, :answered_on, :topic, :laws, :source,
       :approved_by, :approved_at, :changed, :gone);

-- name: knowledge_answers_changed
SELECT id, question, answer, answered_by, machine, answered_on, topic, laws, source, approved_by, approved_at,
       changed, gone
  FROM knowledge_answer
 WHERE tenant = :tenant AND (changed, id) > (:after, :after_id)
 ORDER BY changed, id LIMIT :most;

-- name: knowledge_case_get
SELECT tenant, id, kind, title, court, case_no, published, cause, outcome, text, source, changed, gone
  FROM knowledge_case WHERE tenant = :tenant AND id = :id;

-- name: knowledge_case_put
INSERT INTO knowledge_case (tenant, id, kind, title, court, case_no, published, cause, outcome, text, source,
       changed, gone)
VALUES (:tenant, :id, :kind, :title, :court, :case_no, :published, :cause, :outcome, :text, :source, :changed, 0)
ON CONFLICT (tenant, id) DO UPDATE SET kind = excluded.kind, title = excluded.title, court = excluded.court,
       case_no = excluded.case_no, published = excluded.published, cause = excluded.cause,
       outcome = excluded.outcome, text = excluded.text, source = excluded.source,
       changed = excluded.changed, gone = 0;

-- name: knowledge_case_add
INSERT INTO knowledge_case (tenant, id, kind, title, court, case_no, published, cause, outcome, text, source,
       changed, gone)
VALUES (:tenant, :id, :kind, :title, :court, :case_no, :published, :cause, :outcome, :text, :source, :changed, 0);

-- name: knowledge_cases_changed
SELECT id, kind, title, court, case_no, published, cause, outcome, text, source, changed, gone
  FROM knowledge_case
 WHERE tenant = :tenant AND (changed, id) > (:after, :after_id)
 ORDER BY changed, id LIMIT :most;

-- name: knowledge_any
-- One row for each kind that the tenant has any document of: 1 articles, 2 answers, 3 cases.
SELECT 1 AS kind WHERE EXISTS (SELECT 1 FROM knowledge_article WHERE tenant = :tenant AND id > '')
UNION ALL
SELECT 2 AS kind WHERE EXISTS (SELECT 1 FROM knowledge_answer WHERE tenant = :tenant AND id > '')
UNION ALL
SELECT 3 AS kind WHERE EXISTS (SELECT 1 FROM knowledge_case WHERE tenant = :tenant AND id > '');

-- name: knowledge_load_get
SELECT lines, finished FROM knowledge_load WHERE tenant = :tenant AND source = :source;

-- name: knowledge_load_put
INSERT INTO knowledge_load (tenant, source, lines, finished, at_ms)
VALUES (:tenant, :source, :lines, :finished, :now)
ON CONFLICT (tenant, source) DO UPDATE SET lines = excluded.lines, finished = excluded.finished,
       at_ms = excluded.at_ms;

-- name: knowledge_offer_add
INSERT INTO knowledge_offer (tenant, id, at_ms, staff, kind, offered, taken)
VALUES (:tenant, :id, :now, :staff, :kind, :offered, :taken);

-- name: knowledge_asked_add
INSERT INTO knowledge_asked (tenant, id, asked_at, question, verdict, best, answer, channel, useful)
VALUES (:tenant, :id, :asked_at, :question, :verdict, :best, :answer, :channel, :useful);

-- name: knowledge_asked_useful
UPDATE knowledge_asked SET useful = :useful WHERE tenant = :tenant AND id = :id;

-- name: knowledge_asked_since
SELECT id, asked_at, question, verdict, best, answer, channel, useful FROM knowledge_asked
 WHERE tenant = :tenant AND asked_at >= :since ORDER BY asked_at DESC, id DESC LIMIT :most;

-- name: knowledge_asked_sweep
DELETE FROM knowledge_asked WHERE tenant = :tenant AND asked_at < :before;

-- name: knowledge_laws_found
SELECT tenant, code, title, short, kind, region, version, expired FROM knowledge_law
 WHERE tenant IN (0, CAST(:tenant AS BIGINT))
   AND (CAST(:kind AS TEXT) = '' OR kind = :kind)
   AND (CAST(:region AS TEXT) = '*' OR region = :region)
   AND LOWER(title) LIKE CAST(:pattern AS TEXT) ESCAPE '!'
 ORDER BY expired,
       CASE kind WHEN '宪法' THEN 0 WHEN '法律' THEN 1 WHEN '行政法规' THEN 2 WHEN '司法解释' THEN 3 ELSE 4 END,
       version DESC, code COLLATE "C"
 LIMIT :most OFFSET :skip;

-- name: knowledge_laws_count
SELECT COUNT(*) AS n FROM knowledge_law
 WHERE tenant IN (0, CAST(:tenant AS BIGINT))
   AND (CAST(:kind AS TEXT) = '' OR kind = :kind)
   AND (CAST(:region AS TEXT) = '*' OR region = :region)
   AND LOWER(title) LIKE CAST(:pattern AS TEXT) ESCAPE '!';

-- name: knowledge_article_next
SELECT id, article FROM knowledge_article
 WHERE tenant = :tenant AND law = :law AND position > :position AND gone = 0
 ORDER BY position LIMIT 1;

-- name: knowledge_article_before
SELECT id, article FROM knowledge_article
 WHERE tenant = :tenant AND law = :law AND position < :position AND gone = 0
 ORDER BY position DESC LIMIT 1;
