-- name: moving_begin
INSERT INTO city_import (tenant, code, archive, table_name, rows_done, begun_at)
VALUES (:tenant, :code, :archive, '', 0, :now);

-- name: moving_find
SELECT code, archive, table_name, rows_done FROM city_import WHERE tenant = :tenant;

-- name: moving_of_code
-- Every unfinished import: few, and looked for by the code alone.
SELECT tenant FROM city_import WHERE code = :code ORDER BY tenant LIMIT 1;

-- name: moving_reached
-- Changes no row when another import of the same archive went on, or somebody takes it away.
UPDATE city_import SET table_name = :table_name, rows_done = :rows_done
 WHERE tenant = :tenant AND archive = :archive AND rows_done = :rows_before;

-- name: moving_spoil
-- No archive has this hash: nothing goes on from here.
UPDATE city_import SET archive = '' WHERE tenant = :tenant;

-- name: moving_end
DELETE FROM city_import WHERE tenant = :tenant;

-- name: moving_clash
SELECT tenant, code, COALESCE(host, '') AS host FROM tenant
 WHERE tenant = :tenant OR code = :code OR host = :host
 ORDER BY tenant LIMIT 1;

-- name: moving_keys
SELECT purpose, version, wrapped_by, wrapped FROM tenant_key
 WHERE tenant = :tenant ORDER BY purpose, version;
