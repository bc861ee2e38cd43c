-- name: calendar_head_read
SELECT version, national, own, hash
  FROM calendar_head
 WHERE tenant = :tenant;

-- name: calendar_head_first
INSERT INTO calendar_head (tenant, version, national, own, hash)
VALUES (:tenant, :version, :national, :own, :hash);

-- name: calendar_head_move
-- The old version is the lock: of two that load at once, one changes no row.
UPDATE calendar_head
   SET version = :version, national = :national, own = :own, hash = :hash
 WHERE tenant = :tenant AND version = :version_before;

-- name: calendar_version_add
INSERT INTO calendar_version (tenant, version, kind, days, hash, published_until, note, loaded_by, loaded_name, loaded_at)
VALUES (:tenant, :version, :kind, :days, :hash, :published_until, :note, :loaded_by, :loaded_name, :loaded_at);

-- name: calendar_version_days
SELECT days, hash
  FROM calendar_version
 WHERE tenant = :tenant AND version = :version;

-- name: calendar_version_by
SELECT loaded_by
  FROM calendar_version
 WHERE tenant = :tenant AND version = :version;

-- name: calendar_version_list
SELECT v.version, v.kind, v.hash, v.published_until, v.note, v.loaded_by, v.loaded_name, v.loaded_at,
       r.done AS recomputed
  FROM calendar_version v
  JOIN calendar_recompute r ON r.tenant = v.tenant AND r.version = v.version
 WHERE v.tenant = :tenant
 ORDER BY v.version DESC
 LIMIT :most;

-- name: calendar_recompute_add
INSERT INTO calendar_recompute (tenant, version, reached, done)
VALUES (:tenant, :version, 0, 0);

-- name: calendar_recompute_next
-- The newest only: it does the work of those before it.
SELECT version, reached
  FROM calendar_recompute
 WHERE tenant = :tenant AND done = 0
 ORDER BY version DESC
 LIMIT 1;

-- name: calendar_recompute_reached
UPDATE calendar_recompute
   SET reached = :reached
 WHERE tenant = :tenant AND version = :version;

-- name: calendar_recompute_done
UPDATE calendar_recompute
   SET done = 1
 WHERE tenant = :tenant AND version <= :version;
