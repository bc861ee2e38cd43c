-- name: keys_add
INSERT INTO tenant_key (tenant, purpose, version, wrapped_by, wrapped, made_at)
VALUES (:tenant, :purpose, :version, :wrapped_by, :wrapped, :now);

-- name: keys_current_version
SELECT version
  FROM tenant_key
 WHERE tenant = :tenant AND purpose = :purpose
 ORDER BY version DESC
 LIMIT 1;

-- name: keys_by_version
SELECT wrapped_by, wrapped
  FROM tenant_key
 WHERE tenant = :tenant AND purpose = :purpose AND version = :version;

-- name: keys_wrapped_by_others
SELECT tenant, purpose, version, wrapped_by, wrapped
  FROM tenant_key
 WHERE wrapped_by <> :wrapped_by
 ORDER BY tenant, purpose, version
 LIMIT :limit_rows;

-- name: keys_wrap_again
UPDATE tenant_key
   SET wrapped = :wrapped, wrapped_by = :wrapped_by
 WHERE tenant = :tenant AND purpose = :purpose AND version = :version;

-- name: keys_rotation
SELECT version, holder, last_row
  FROM key_rotation
 WHERE tenant = :tenant;

-- name: keys_rotation_begin
INSERT INTO key_rotation (tenant, version, holder, last_row, begun_at)
VALUES (:tenant, :version, '', 0, :now);

-- name: keys_rotation_reached
UPDATE key_rotation
   SET holder = :holder, last_row = :last_row
 WHERE tenant = :tenant;

-- name: keys_rotation_end
DELETE FROM key_rotation WHERE tenant = :tenant;

-- name: keys_retire
UPDATE tenant_key
   SET retired_at = :now
 WHERE tenant = :tenant AND purpose = 'data' AND version < :version AND retired_at IS NULL;

-- name: keys_forget
DELETE FROM tenant_key
 WHERE tenant = :tenant AND purpose = 'data' AND retired_at IS NOT NULL AND retired_at < :before;
