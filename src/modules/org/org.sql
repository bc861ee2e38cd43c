-- name: org_tenant_by_id
SELECT tenant AS id, code, name, city, hotline, host, centre, own_days
  FROM tenant
 WHERE tenant = :tenant;

-- name: org_tenant_by_code
SELECT tenant AS id, code, name, city, hotline, host, centre, own_days
  FROM tenant
 WHERE code = :code;

-- name: org_tenant_list
SELECT tenant AS id, code, name, city, hotline, host, centre, own_days
  FROM tenant
 ORDER BY tenant;

-- name: org_tenant_at_host
-- The one with that host, else the oldest without a host, else the oldest.
SELECT tenant AS id
  FROM tenant
 ORDER BY CASE WHEN host = :host THEN 0 WHEN host IS NULL THEN 1 ELSE 2 END, tenant
 LIMIT 1;

-- name: org_tenant_add
INSERT INTO tenant (tenant, code, name, city, hotline, host, made_at)
VALUES (:tenant, :code, :name, :city, :hotline, :host, :now)
ON CONFLICT DO NOTHING;

-- name: org_tenant_set_centre
UPDATE tenant SET centre = :unit WHERE tenant = :tenant AND centre = 0;

-- name: org_tenant_set_own_days
UPDATE tenant SET own_days = :version WHERE tenant = :tenant;

-- name: org_unit_by_id
SELECT id, parent, path, kind, code, name, short_name, division, address, phone, hours, open
  FROM unit
 WHERE tenant = :tenant AND id = :id;

-- name: org_unit_by_code
SELECT id, parent, path, kind, code, name, short_name, division, address, phone, hours, open
  FROM unit
 WHERE tenant = :tenant AND code = :code;

-- name: org_unit_list
-- Paths hold digits and slashes only, so ':' is above every path that begins with :path.
SELECT id, parent, path, kind, code, name, short_name, division, address, phone, hours, open
  FROM unit
 WHERE tenant = :tenant AND path COLLATE "C" >= :path AND path COLLATE "C" < :path_end
 ORDER BY path COLLATE "C";

-- name: org_unit_add
INSERT INTO unit (tenant, id, parent, path, kind, code, name, short_name, division, address, phone, hours, open)
VALUES (:tenant, :id, :parent, :path, :kind, :code, :name, :short_name, :division, :address, :phone, :hours, :open)
ON CONFLICT DO NOTHING;

-- name: org_unit_change
UPDATE unit
   SET name = :name, short_name = :short_name, division = :division, address = :address,
       phone = :phone, hours = :hours, open = :open
 WHERE tenant = :tenant AND id = :id;

-- name: org_window_by_id
SELECT id, unit, name, kind
  FROM unit_window
 WHERE tenant = :tenant AND id = :id;

-- name: org_window_list
SELECT id, unit, name, kind
  FROM unit_window
 WHERE tenant = :tenant AND (unit = :unit OR CAST(:unit AS BIGINT) = 0)
 ORDER BY unit, id;

-- name: org_window_add
INSERT INTO unit_window (tenant, id, unit, name, kind)
VALUES (:tenant, :id, :unit, :name, :kind)
ON CONFLICT DO NOTHING;
