-- name: session_add
INSERT INTO session (tenant, id, hash, staff, grant_id, window_id, order_id, party_n, second_due, made_at, seen_at, proved_at)
VALUES (:tenant, :id, :hash, :staff, :grant_id, :window_id, :order_id, :party_n, :second_due, :now, :now, :now);

-- name: session_by_hash
SELECT s.id, s.staff, s.grant_id, s.window_id, s.order_id, s.party_n, s.second_due, s.made_at, s.seen_at, s.proved_at,
       p.name, p.login, p.state, p.must_change, g.post, g.unit, g.from_day, g.to_day,
       CASE WHEN p.totp IS NULL THEN 0 ELSE 1 END AS totp, c.second_factor
  FROM session s
  LEFT JOIN staff p ON p.tenant = s.tenant AND p.id = s.staff
  LEFT JOIN staff_grant g ON g.tenant = s.tenant AND g.id = s.grant_id
  LEFT JOIN security_setting c ON c.tenant = s.tenant
 WHERE s.tenant = :tenant AND s.hash = :hash;

-- name: session_seen
UPDATE session SET seen_at = :now WHERE tenant = :tenant AND id = :id AND seen_at < :now;

-- name: session_second_done
UPDATE session SET second_due = 0, proved_at = :now WHERE tenant = :tenant AND id = :id;

-- name: session_renew
-- Another secret for the same session: what knew the old one is out.
UPDATE session SET hash = :hash, proved_at = :proved_at WHERE tenant = :tenant AND id = :id;

-- name: session_of_staff
-- The one used last first; a person has a handful.
SELECT id, made_at, seen_at FROM session
 WHERE tenant = :tenant AND staff = :staff AND staff <> 0 AND made_at >= :made_after AND seen_at >= :seen_after
 ORDER BY seen_at DESC, id
 LIMIT 50;

-- name: session_security
SELECT second_factor, first_days FROM security_setting WHERE tenant = :tenant;

-- name: session_set_security
INSERT INTO security_setting (tenant, second_factor, set_at)
VALUES (:tenant, :second_factor, :now)
ON CONFLICT (tenant) DO UPDATE SET second_factor = excluded.second_factor, set_at = excluded.set_at;

-- name: session_set_first_days
INSERT INTO security_setting (tenant, second_factor, first_days, set_at)
VALUES (:tenant, 'administrators', :first_days, :now)
ON CONFLICT (tenant) DO UPDATE SET first_days = excluded.first_days, set_at = excluded.set_at;

-- name: session_set_post
UPDATE session SET grant_id = :grant_id, window_id = :window_id WHERE tenant = :tenant AND id = :id;

-- name: session_stands
SELECT COUNT(*) AS n FROM session WHERE tenant = :tenant AND id = :id AND staff = :staff;

-- name: session_end
DELETE FROM session WHERE tenant = :tenant AND id = :id;

-- name: session_end_all
-- All of one person, but for the one that asks (0: none is spared).
DELETE FROM session WHERE tenant = :tenant AND staff = :staff AND id <> :spared AND staff <> 0;

-- name: session_end_order
DELETE FROM session WHERE tenant = :tenant AND order_id = :order_id AND order_id <> 0;

-- name: session_sweep
DELETE FROM session WHERE tenant = :tenant AND (made_at < :made_before OR seen_at < :seen_before);

-- name: session_try_read
SELECT failures, last_at, locked_until
  FROM sign_in_try
 WHERE tenant = :tenant AND kind = :kind AND subject = :subject;

-- name: session_try_put
INSERT INTO sign_in_try (tenant, kind, subject, failures, last_at, locked_until)
VALUES (:tenant, :kind, :subject, :failures, :now, :locked_until)
ON CONFLICT (tenant, kind, subject) DO UPDATE
   SET failures = excluded.failures, last_at = excluded.last_at, locked_until = excluded.locked_until;

-- name: session_try_forget
DELETE FROM sign_in_try WHERE tenant = :tenant AND kind = :kind AND subject = :subject;

-- name: session_try_take_back
UPDATE sign_in_try
   SET failures = failures - 1, locked_until = 0
 WHERE tenant = :tenant AND kind = :kind AND subject = :subject AND failures > 0;

-- name: session_try_sweep
DELETE FROM sign_in_try WHERE tenant = :tenant AND last_at < :before AND locked_until < :now;

-- name: session_token_add
INSERT INTO token (tenant, id, hash, name, staff, grant_id, made_at, expires_at, seen_at, revoked_at)
VALUES (:tenant, :id, :hash, :name, :staff, :grant_id, :now, :expires_at, 0, 0);

-- name: session_token_by_hash
SELECT k.id, k.staff, k.grant_id, k.expires_at, k.seen_at, k.revoked_at,
       p.name, p.login, p.state, g.post, g.unit, g.from_day, g.to_day
  FROM token k
  JOIN staff p ON p.tenant = k.tenant AND p.id = k.staff
  JOIN staff_grant g ON g.tenant = k.tenant AND g.id = k.grant_id
 WHERE k.tenant = :tenant AND k.hash = :hash;

-- name: session_token_seen
UPDATE token SET seen_at = :now WHERE tenant = :tenant AND id = :id AND seen_at < :now;

-- name: session_tokens_of
SELECT id, name, grant_id, made_at, expires_at, seen_at, revoked_at
  FROM token
 WHERE tenant = :tenant AND staff = :staff
 ORDER BY id DESC;

-- name: session_token_revoke
UPDATE token SET revoked_at = :now WHERE tenant = :tenant AND id = :id AND staff = :staff AND revoked_at = 0;

-- name: session_token_named
SELECT id, name, staff FROM token WHERE tenant = :tenant AND id = :id;

-- name: session_tokens_in_force
-- Of one person, or of all (0): what would be let in now.
SELECT k.id, k.name, k.staff, k.made_at, k.expires_at, k.seen_at, p.name AS owner, p.login, g.post, g.unit
  FROM token k
  JOIN staff p ON p.tenant = k.tenant AND p.id = k.staff
  JOIN staff_grant g ON g.tenant = k.tenant AND g.id = k.grant_id
 WHERE k.tenant = :tenant AND k.revoked_at = 0 AND (CAST(:staff AS BIGINT) = 0 OR k.staff = :staff)
   AND k.expires_at > :now AND g.to_day >= :today
 ORDER BY p.login COLLATE "C", k.id
 LIMIT :most;

-- name: session_token_revoke_all
UPDATE token SET revoked_at = :now WHERE tenant = :tenant AND staff = :staff AND revoked_at = 0;

-- name: session_as_granted
-- Whether or not it still holds.
SELECT g.staff, g.id AS grant_id, g.post, g.unit, g.from_day, g.to_day, p.name, p.login, p.state
  FROM staff_grant g
  JOIN staff p ON p.tenant = g.tenant AND p.id = g.staff
 WHERE g.tenant = :tenant AND g.id = :grant_id;

-- name: session_as_grant
SELECT g.staff, g.id AS grant_id, g.post, g.unit, g.from_day, g.to_day, p.name, p.login, p.state
  FROM staff_grant g
  JOIN staff p ON p.tenant = g.tenant AND p.id = g.staff
 WHERE g.tenant = :tenant AND g.id = :grant_id AND p.state = 'active';
