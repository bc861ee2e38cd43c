-- Orders that only some posts may read are counted apart (what = 'for:head,bureau|open'), so that nobody reads off a
-- counter that there is one.  Where such are open the counters are put right by a job: unit 0 is the mark for it.
INSERT INTO order_count (tenant, unit, what, n)
SELECT DISTINCT o.tenant, 0, 'stale', 1
  FROM orders o
  JOIN procedure_version p ON p.tenant = o.tenant AND p.code = o.procedure_code AND p.version = o.procedure_version
 WHERE o.status = 'open' AND LOWER(p.text) LIKE '%readers:%';
