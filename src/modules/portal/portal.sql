-- name: portal_draft_get
SELECT body, version, until
  FROM portal_draft
 WHERE tenant = :tenant AND id = :id AND until > :now;

-- name: portal_draft_add
INSERT INTO portal_draft (tenant, id, body, version, changed_at, until)
VALUES (:tenant, :id, :body, :version, :now, :until);

-- name: portal_draft_change
-- The version is the lock: of two tabs that save what they saw, one changes no row.
UPDATE portal_draft
   SET body = :body, version = version + 1, changed_at = :now, until = :until
 WHERE tenant = :tenant AND id = :id AND version = :version;

-- name: portal_draft_drop
DELETE FROM portal_draft WHERE tenant = :tenant AND id = :id;

-- name: portal_draft_count
SELECT COUNT(*) FROM portal_draft WHERE tenant = :tenant;

-- name: portal_draft_idle
-- Begun and left at once: they never got a second version, so they name no files.
SELECT id FROM portal_draft
 WHERE tenant = :tenant AND until < :before AND version = 1
 ORDER BY until
 LIMIT 200;

-- name: portal_draft_expired
SELECT id FROM portal_draft
 WHERE tenant = :tenant AND until <= :now
 ORDER BY until
 LIMIT 100;

-- name: portal_draft_file_add
INSERT INTO portal_draft_file (tenant, draft, blob)
VALUES (:tenant, :draft, :blob)
ON CONFLICT (tenant, draft, blob) DO NOTHING;

-- name: portal_draft_files
SELECT blob FROM portal_draft_file WHERE tenant = :tenant AND draft = :draft;

-- name: portal_draft_files_drop
DELETE FROM portal_draft_file WHERE tenant = :tenant AND draft = :draft;

-- name: portal_blobs
SELECT DISTINCT blob FROM portal_draft_file WHERE tenant = :tenant AND blob >= :from AND blob < :to;
