-- name: party_by_id
SELECT id, kind, masked, wrapped_key, sealed
  FROM party
 WHERE tenant = :tenant AND id = :id;

-- name: party_by_number
SELECT id
  FROM party
 WHERE tenant = :tenant AND number_hash = :hash;

-- name: party_by_phone_and_name
SELECT p.party AS id
  FROM party_look_up p
  JOIN party_look_up n ON n.tenant = p.tenant AND n.party = p.party
 WHERE p.tenant = :tenant AND p.kind = 'phone' AND p.hash = :phone
   AND n.kind = 'name' AND n.hash = :name
 ORDER BY p.party DESC
 LIMIT 1;

-- name: party_add
INSERT INTO party (tenant, id, kind, masked, wrapped_key, sealed, number_hash, made_at, changed_at)
VALUES (:tenant, :id, :kind, :masked, :wrapped_key, :sealed, :number_hash, :now, :now);

-- name: party_change
UPDATE party
   SET kind = :kind, masked = :masked, sealed = :sealed, number_hash = :number_hash, changed_at = :now
 WHERE tenant = :tenant AND id = :id;

-- name: party_look_up_add
INSERT INTO party_look_up (tenant, kind, hash, party)
VALUES (:tenant, :kind, :hash, :party)
ON CONFLICT (tenant, kind, hash, party) DO NOTHING;

-- name: party_look_up_drop
DELETE FROM party_look_up WHERE tenant = :tenant AND party = :party;

-- name: party_found
SELECT party
  FROM party_look_up
 WHERE tenant = :tenant AND kind = :kind AND hash = :hash AND party <> :but
 ORDER BY party DESC
 LIMIT :most;

-- name: party_erase
UPDATE party
   SET masked = '（已删除）', wrapped_key = NULL, sealed = NULL, number_hash = NULL, erased_at = :now
 WHERE tenant = :tenant AND id = :id AND erased_at IS NULL;

-- name: party_keys_after
SELECT id, wrapped_key
  FROM party
 WHERE tenant = :tenant AND id > :after
 ORDER BY id
 LIMIT :most;

-- name: party_set_key
UPDATE party SET wrapped_key = :wrapped_key WHERE tenant = :tenant AND id = :id;
