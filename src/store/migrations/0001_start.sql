-- installation-wide: IF NOT EXISTS, because this table says itself which migrations were applied.
CREATE TABLE IF NOT EXISTS schema_migration (
    module TEXT NOT NULL,
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (module, number)
);
