-- A city that is being taken in from an archive: which one, and how many of its rows are here already.
-- The city itself (its row in tenant) comes last, so nobody meets half of it.
CREATE TABLE city_import (
    tenant     BIGINT NOT NULL,
    code       TEXT   NOT NULL,
    archive    TEXT   NOT NULL, -- the hash that ends the archive
    table_name TEXT   NOT NULL,
    rows_done  BIGINT NOT NULL,
    begun_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);
