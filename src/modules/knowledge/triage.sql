-- name: knowledge_triage_note
INSERT INTO knowledge_triage (tenant, day, topic, suggested, taken, place, times)
VALUES (:tenant, :day, :topic, :suggested, :taken, :place, 1)
ON CONFLICT (tenant, day, topic, suggested, taken, place) DO UPDATE SET times = knowledge_triage.times + 1;

-- name: knowledge_triage_taken
SELECT topic, suggested, taken, place, CAST(SUM(times) AS BIGINT) AS times FROM knowledge_triage
 WHERE tenant = :tenant AND day >= :since
 GROUP BY topic, suggested, taken, place
 ORDER BY CAST(SUM(times) AS BIGINT) DESC, topic, suggested, taken, place
 LIMIT CAST(:most AS BIGINT);
