-- name: staff_add
INSERT INTO staff (tenant, id, login, name, state, state_why, password, password_at, must_change, wrapped_key,
       totp_last, last_grant, last_window, made_at)
VALUES (:tenant, :id, :login, :name, 'active', '', :password, :now, :must_change, :wrapped_key, 0, 0, 0, :now)
ON CONFLICT (tenant, login) DO NOTHING;

-- name: staff_by_id
SELECT id, login, name, state, state_why, must_change, password_at, made_at,
       CASE WHEN totp IS NULL THEN 0 ELSE 1 END AS totp
  FROM staff
 WHERE tenant = :tenant AND id = :id;

-- name: staff_by_login
SELECT id, login, name, state, state_why, must_change, password_at, made_at,
       CASE WHEN totp IS NULL THEN 0 ELSE 1 END AS totp
  FROM staff
 WHERE tenant = :tenant AND login = :login;

-- name: staff_all
SELECT id, login, name, state, state_why, must_change, password_at, made_at,
       CASE WHEN totp IS NULL THEN 0 ELSE 1 END AS totp
  FROM staff
 WHERE tenant = :tenant
 ORDER BY login COLLATE "C";

-- name: staff_secrets
SELECT id, password, state, wrapped_key, facts, totp, totp_next, totp_last, last_grant, last_window
  FROM staff
 WHERE tenant = :tenant AND id = :id;

-- name: staff_set_password
UPDATE staff
   SET password = :password, password_at = :now, must_change = :must_change
 WHERE tenant = :tenant AND id = :id;

-- name: staff_set_state
UPDATE staff SET state = :state, state_why = :why WHERE tenant = :tenant AND id = :id;

-- name: staff_bar_add
INSERT INTO staff_bar (tenant, staff, order_id, until_day, why, made_at)
VALUES (:tenant, :staff, :order_id, :until_day, :why, :now)
ON CONFLICT (tenant, staff, order_id) DO NOTHING;

-- name: staff_bar_lift
DELETE FROM staff_bar WHERE tenant = :tenant AND staff = :staff AND order_id = :order_id;

-- name: staff_bars_of
-- The one that lasts longest first.
SELECT staff, order_id, until_day, why FROM staff_bar
 WHERE tenant = :tenant AND staff = :staff
 ORDER BY until_day DESC, order_id;

-- name: staff_bars_ended
SELECT staff, order_id, until_day, why FROM staff_bar
 WHERE tenant = :tenant AND until_day < :today
 ORDER BY until_day, staff
 LIMIT 100;

-- name: staff_is_suspended
SELECT COUNT(*) AS n FROM staff WHERE tenant = :tenant AND id = :id AND state = 'suspended';

-- name: staff_set_facts
UPDATE staff SET facts = :facts WHERE tenant = :tenant AND id = :id;

-- name: staff_set_totp_next
UPDATE staff SET totp_next = :secret WHERE tenant = :tenant AND id = :id;

-- name: staff_set_totp
UPDATE staff SET totp = :secret, totp_next = NULL, totp_last = :counter WHERE tenant = :tenant AND id = :id;

-- name: staff_totp_used
-- The counter only grows, so a code is taken once.
UPDATE staff SET totp_last = :counter WHERE tenant = :tenant AND id = :id AND totp_last < :counter;

-- name: staff_set_last
UPDATE staff SET last_grant = :grant_id, last_window = :window_id WHERE tenant = :tenant AND id = :id;

-- name: staff_recovery_add
INSERT INTO recovery_code (tenant, staff, hash) VALUES (:tenant, :staff, :hash);

-- name: staff_recovery_use
DELETE FROM recovery_code WHERE tenant = :tenant AND staff = :staff AND hash = :hash;

-- name: staff_recovery_drop
DELETE FROM recovery_code WHERE tenant = :tenant AND staff = :staff;

-- name: staff_recovery_count
SELECT COUNT(*) AS n FROM recovery_code WHERE tenant = :tenant AND staff = :staff;

-- name: staff_keys_after
SELECT id, wrapped_key FROM staff WHERE tenant = :tenant AND id > :after ORDER BY id LIMIT :most;

-- name: staff_set_key
UPDATE staff SET wrapped_key = :wrapped_key WHERE tenant = :tenant AND id = :id;

-- name: staff_grant_add
INSERT INTO staff_grant (tenant, id, staff, post, unit, from_day, to_day, made_at, made_by, settled)
VALUES (:tenant, :id, :staff, :post, :unit, :from_day, :to_day, :now, :made_by, 0);

-- name: staff_grant_by_id
SELECT id, staff, post, unit, from_day, to_day
  FROM staff_grant
 WHERE tenant = :tenant AND id = :id;

-- name: staff_grants_of
SELECT id, staff, post, unit, from_day, to_day
  FROM staff_grant
 WHERE tenant = :tenant AND staff = :staff
 ORDER BY id;

-- name: staff_grants_now
SELECT id, staff, post, unit, from_day, to_day
  FROM staff_grant
 WHERE tenant = :tenant AND staff = :staff AND from_day <= :today AND to_day >= :today
 ORDER BY id;

-- name: staff_grants_all
SELECT id, staff, post, unit, from_day, to_day
  FROM staff_grant
 WHERE tenant = :tenant AND to_day >= :today
 ORDER BY staff, id;

-- name: staff_grants_of_admins
-- All that is open of people in one of the posts that go with few others.
SELECT id, staff, post, unit, from_day, to_day
  FROM staff_grant
 WHERE tenant = :tenant AND to_day >= :today
   AND staff IN (SELECT staff FROM staff_grant
                  WHERE tenant = :tenant AND to_day >= :today AND post IN ('sysadmin', 'secadmin', 'auditor'))
 ORDER BY staff, id;

-- name: staff_grant_end
UPDATE staff_grant SET to_day = :to_day WHERE tenant = :tenant AND id = :id AND to_day > :to_day;

-- name: staff_grants_take
-- Every post, also one that begins later: a decision takes them for good.
UPDATE staff_grant SET ended_by = :order_id, was_to = to_day, to_day = :to_day, settled = 1
 WHERE tenant = :tenant AND staff = :staff AND to_day > :to_day;

-- name: staff_grants_taken
SELECT post, unit, was_to FROM staff_grant
 WHERE tenant = :tenant AND staff = :staff AND ended_by = :order_id AND was_to >= :today
 ORDER BY id;

-- name: staff_grants_ended
SELECT id, staff, post, unit, from_day, to_day
  FROM staff_grant
 WHERE tenant = :tenant AND settled = 0 AND to_day < :today
 ORDER BY id
 LIMIT 100;

-- name: staff_grant_settle
UPDATE staff_grant SET settled = 1 WHERE tenant = :tenant AND id = :id;

-- name: staff_at
-- Who holds this post at this unit today and works.
SELECT p.id, p.login, p.name, g.id AS grant_id, g.post, g.unit
  FROM staff_grant g
  JOIN staff p ON p.tenant = g.tenant AND p.id = g.staff
 WHERE g.tenant = :tenant AND g.unit = :unit
   AND (g.post = :post OR CAST(:post AS TEXT) = '')
   AND g.from_day <= :today AND g.to_day >= :today
   AND p.state = 'active'
 ORDER BY p.id, g.id;
