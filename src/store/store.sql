-- The store's own table: which migrations this database has seen.

-- name: store_migration_hash
SELECT hash FROM schema_migration WHERE module = :module AND number = :number;

-- name: store_migration_last
SELECT MAX(number) AS number FROM schema_migration WHERE module = :module;

-- name: store_migration_add
INSERT INTO schema_migration (module, number, name, hash, applied_at)
VALUES (:module, :number, :name, :hash, :applied_at);
