-- The tenant's calendar: every loaded version, kept for ever, and which is in force.

-- `days` is a whole calendar of its kind in the format of data/README.md: what was loaded, put into
-- what was there before, so that one row says all.
CREATE TABLE calendar_version (
    tenant          BIGINT NOT NULL,
    version         BIGINT NOT NULL,
    kind            TEXT   NOT NULL CHECK (kind IN ('national', 'own')),
    days            TEXT   NOT NULL,
    hash            TEXT   NOT NULL,
    published_until TEXT,
    note            TEXT   NOT NULL,
    loaded_by       BIGINT NOT NULL,
    loaded_name     TEXT   NOT NULL,
    loaded_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant, version)
);

-- In force: the last version of all, and the last of each kind (0: none was loaded).
CREATE TABLE calendar_head (
    tenant   BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    national BIGINT NOT NULL,
    own      BIGINT NOT NULL,
    hash     TEXT   NOT NULL,
    PRIMARY KEY (tenant)
);

-- How far open duties have been reckoned again after a version was loaded.
CREATE TABLE calendar_recompute (
    tenant   BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    reached  BIGINT NOT NULL,
    done     BIGINT NOT NULL CHECK (done IN (0, 1)),
    PRIMARY KEY (tenant, version)
);
