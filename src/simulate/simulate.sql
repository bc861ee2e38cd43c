-- name: simulate_duties
-- Once, when a simulation is over: how many duties of each name there were, and how many were late.
SELECT name, COUNT(*) AS count, CAST(SUM(overdue) AS BIGINT) AS overdue,
       CAST(SUM(CASE WHEN closed_seq = 0 THEN 1 ELSE 0 END) AS BIGINT) AS open
  FROM duty
 WHERE tenant = :tenant
 GROUP BY name
 ORDER BY name;
