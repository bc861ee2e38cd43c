-- name: office_leases
SELECT job, holder, until_at FROM job_lease WHERE tenant = :tenant;

-- name: office_lease
-- Changes a row only when the lease ran out or is already mine, or the job has rested long enough.
INSERT INTO job_lease (tenant, job, holder, until_at) VALUES (:tenant, :job, :holder, :until_at)
ON CONFLICT (tenant, job) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
 WHERE job_lease.until_at <= :now OR job_lease.until_at > :beyond
    OR job_lease.holder = excluded.holder
    OR (job_lease.holder = 0 AND job_lease.until_at <= :rested);

-- name: office_renew
UPDATE job_lease SET until_at = :until_at
 WHERE tenant = :tenant AND job = :job AND holder = :holder;

-- name: office_release
-- With holder 0 it rests until then.
UPDATE job_lease SET holder = 0, until_at = :until_at
 WHERE tenant = :tenant AND job = :job AND holder = :holder;

-- name: office_suspects
SELECT blob, since FROM blob_suspect
 WHERE tenant = :tenant AND blob >= :from AND blob < :to;

-- name: office_suspect_add
INSERT INTO blob_suspect (tenant, blob, since) VALUES (:tenant, :blob, :since)
ON CONFLICT (tenant, blob) DO NOTHING;

-- name: office_suspect_drop
DELETE FROM blob_suspect WHERE tenant = :tenant AND blob = :blob;
