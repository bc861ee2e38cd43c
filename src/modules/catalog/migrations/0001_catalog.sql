-- What can be asked for, as it was loaded: the newest version of a code holds, older ones stay readable
-- for the orders that began under them.
CREATE TABLE matter (
    tenant    BIGINT NOT NULL,
    code      TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    active    BIGINT NOT NULL CHECK (active IN (0, 1)),
    position  BIGINT NOT NULL,
    text      TEXT   NOT NULL,
    loaded_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, code, version)
);

CREATE TABLE procedure_version (
    tenant    BIGINT NOT NULL,
    code      TEXT   NOT NULL,
    version   BIGINT NOT NULL,
    title     TEXT   NOT NULL,
    nature    TEXT   NOT NULL,
    text      TEXT   NOT NULL,
    loaded_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, code, version)
);

-- Rules of routing, whole.
CREATE TABLE routing (
    tenant    BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    text      TEXT   NOT NULL,
    loaded_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, version)
);

-- Raised by every load of matters or routing, so that a server knows when what it keeps in memory is old.
CREATE TABLE catalog_state (
    tenant    BIGINT NOT NULL,
    version   BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);
