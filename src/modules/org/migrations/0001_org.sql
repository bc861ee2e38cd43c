-- Tenants, their keys, their tree of units and the windows of these.

CREATE TABLE tenant (
    tenant   BIGINT NOT NULL,
    code     TEXT   NOT NULL UNIQUE,
    name     TEXT   NOT NULL,
    city     TEXT   NOT NULL,
    hotline  TEXT   NOT NULL,
    host     TEXT,
    centre   BIGINT NOT NULL DEFAULT 0,
    own_days BIGINT NOT NULL DEFAULT 0,
    made_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);

CREATE UNIQUE INDEX tenant_host ON tenant (host) WHERE host IS NOT NULL;

-- purpose 'data': wraps the keys of rows, rotated by a new version.
-- purpose 'lasting': look-up hashes are derived from it; version 1 for ever.
CREATE TABLE tenant_key (
    tenant     BIGINT  NOT NULL,
    purpose    TEXT    NOT NULL CHECK (purpose IN ('data', 'lasting')),
    version    BIGINT  NOT NULL,
    wrapped_by TEXT    NOT NULL,
    wrapped    %BYTES% NOT NULL,
    made_at    BIGINT  NOT NULL,
    retired_at BIGINT,
    PRIMARY KEY (tenant, purpose, version)
);

-- A rotation under way: which holder is being re-wrapped, and up to which row.
CREATE TABLE key_rotation (
    tenant   BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    holder   TEXT   NOT NULL,
    last_row BIGINT NOT NULL,
    begun_at BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);

CREATE TABLE unit (
    tenant     BIGINT NOT NULL,
    id         BIGINT NOT NULL,
    parent     BIGINT NOT NULL,
    path       TEXT   NOT NULL,
    kind       TEXT   NOT NULL CHECK (kind IN ('city', 'town', 'village', 'park', 'industry', 'department')),
    code       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    short_name TEXT   NOT NULL,
    division   TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    phone      TEXT   NOT NULL,
    hours      TEXT   NOT NULL,
    open       BIGINT NOT NULL CHECK (open IN (0, 1)),
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, code),
    UNIQUE (tenant, path)
);

CREATE TABLE unit_window (
    tenant BIGINT NOT NULL,
    id     BIGINT NOT NULL,
    unit   BIGINT NOT NULL,
    name   TEXT   NOT NULL,
    kind   TEXT   NOT NULL CHECK (kind IN ('mediation', 'legal-aid', 'consultation', 'comprehensive')),
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, unit, name)
);
