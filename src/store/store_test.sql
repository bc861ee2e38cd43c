-- Queries of the store's tests.

-- name: item_add
INSERT INTO item (tenant, id, name, day, amount, open, at, body)
VALUES (:tenant, :id, :name, :day, :amount, :open, :at, :body);

-- name: item_by_id
-- one: id
SELECT id, name, day, amount, open, at, body FROM item WHERE tenant = :tenant AND id = :id;

-- name: item_list
SELECT id, name, day, amount, open, at, body FROM item WHERE tenant = :tenant ORDER BY name COLLATE "C";

-- name: item_all
SELECT id, name, day FROM item ORDER BY id;

-- name: item_count
SELECT COUNT(*) AS n FROM item WHERE tenant = :tenant;

-- name: item_largest
SELECT MAX(amount) AS amount FROM item WHERE tenant = :tenant;

-- name: item_spend
UPDATE item SET amount = amount - :amount WHERE tenant = :tenant;

-- name: item_set
-- one: id
UPDATE item SET amount = :amount WHERE tenant = :tenant AND id = :id;

-- name: item_take
-- one: id
UPDATE item SET amount = amount - 1 WHERE tenant = :tenant AND id = :id RETURNING amount;

-- name: item_remove
DELETE FROM item WHERE tenant = :tenant AND id = :id;

-- name: item_stray
SELECT id, name AS stray FROM item WHERE tenant = :tenant;

-- name: item_missing
SELECT id, nobody FROM item WHERE tenant = :tenant;
