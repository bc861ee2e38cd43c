CREATE TABLE item (
    tenant BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    day TEXT,
    amount BIGINT NOT NULL DEFAULT 0 CHECK (amount >= 0),
    open BIGINT NOT NULL DEFAULT 0,
    at BIGINT,
    body %BYTES%,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX item_name ON item (tenant, name COLLATE "C");
