-- name: views_of_staff
SELECT id, title, filters FROM saved_view
 WHERE tenant = :tenant AND staff = :staff
 ORDER BY id
 LIMIT 20;

-- name: views_put
-- The same name again: the filters under it change.
INSERT INTO saved_view (tenant, staff, id, title, filters, made_at)
VALUES (:tenant, :staff, :id, :title, :filters, :made_at)
ON CONFLICT (tenant, staff, title) DO UPDATE SET filters = excluded.filters, made_at = excluded.made_at;

-- name: views_drop
DELETE FROM saved_view WHERE tenant = :tenant AND staff = :staff AND id = :id;
