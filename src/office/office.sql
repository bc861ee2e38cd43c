-- name: office_lease
-- Changes a row only when the lease is free, run out or already mine.
INSERT INTO job_lease (tenant, job, holder, until_at) VALUES (:tenant, :job, :holder, :until_at)
ON CONFLICT (tenant, job) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
 WHERE job_lease.until_at <= :now OR job_lease.holder = excluded.holder;

-- name: office_release
UPDATE job_lease SET until_at = 0 WHERE tenant = :tenant AND job = :job AND holder = :holder;

-- name: office_suspects
SELECT blob, since FROM blob_suspect
 WHERE tenant = :tenant AND blob >= :from AND blob < :to;

-- name: office_suspect_add
INSERT INTO blob_suspect (tenant, blob, since) VALUES (:tenant, :blob, :since)
ON CONFLICT (tenant, blob) DO NOTHING;

-- name: office_suspect_drop
DELETE FROM blob_suspect WHERE tenant = :tenant AND blob = :blob;
