-- name: catalog_state
SELECT version FROM catalog_state WHERE tenant = :tenant;

-- name: catalog_state_raise
INSERT INTO catalog_state (tenant, version) VALUES (:tenant, 1)
ON CONFLICT (tenant) DO UPDATE SET version = catalog_state.version + 1;

-- name: catalog_matters_now
SELECT m.code, m.version, m.active, m.position, m.text
  FROM matter m
 WHERE m.tenant = :tenant
   AND m.version = (SELECT MAX(n.version) FROM matter n WHERE n.tenant = m.tenant AND n.code = m.code)
 ORDER BY m.position, m.code COLLATE "C";

-- name: catalog_matter_add
INSERT INTO matter (tenant, code, version, active, position, text, loaded_at)
VALUES (:tenant, :code, :version, :active, :position, :text, :now);

-- name: catalog_routing_now
SELECT version, text FROM routing WHERE tenant = :tenant ORDER BY version DESC LIMIT 1;

-- name: catalog_routing_add
INSERT INTO routing (tenant, version, text, loaded_at) VALUES (:tenant, :version, :text, :now);

-- name: catalog_procedure_newest
SELECT MAX(version) AS version FROM procedure_version WHERE tenant = :tenant AND code = :code;

-- name: catalog_procedure_text
SELECT version, text FROM procedure_version WHERE tenant = :tenant AND code = :code AND version = :version;

-- name: catalog_procedure_add
INSERT INTO procedure_version (tenant, code, version, title, nature, text, loaded_at)
VALUES (:tenant, :code, :version, :title, :nature, :text, :now);

-- name: catalog_procedures_now
SELECT p.code, p.version, p.title, p.nature, p.loaded_at
  FROM procedure_version p
 WHERE p.tenant = :tenant
   AND p.version = (SELECT MAX(n.version) FROM procedure_version n WHERE n.tenant = p.tenant AND n.code = p.code)
 ORDER BY p.code COLLATE "C";
