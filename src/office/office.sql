-- name: office_lease
-- Changes a row only when the lease is free, run out or already mine.
INSERT INTO job_lease (tenant, job, holder, until_at) VALUES (:tenant, :job, :holder, :until_at)
ON CONFLICT (tenant, job) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
 WHERE job_lease.until_at <= :now OR job_lease.holder = excluded.holder;

-- name: office_release
UPDATE job_lease SET until_at = 0 WHERE tenant = :tenant AND job = :job AND holder = :holder;
