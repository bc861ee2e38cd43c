-- The record of looks and administration.  Never updated, never deleted; `hash` covers all other
-- columns and the hash of the entry before.
CREATE TABLE audit (
    tenant   BIGINT  NOT NULL,
    seq      BIGINT  NOT NULL,
    at       BIGINT  NOT NULL,
    word     TEXT    NOT NULL,
    staff    BIGINT  NOT NULL,
    name     TEXT    NOT NULL,
    post     TEXT    NOT NULL,
    unit     TEXT    NOT NULL,
    order_id BIGINT  NOT NULL,
    party_id BIGINT  NOT NULL,
    subject  TEXT    NOT NULL,
    remote   TEXT    NOT NULL,
    detail   %BYTES% NOT NULL,
    hash     %BYTES% NOT NULL,
    PRIMARY KEY (tenant, seq)
);

CREATE INDEX audit_of_order ON audit (tenant, order_id, seq) WHERE order_id <> 0;
CREATE INDEX audit_of_party ON audit (tenant, party_id, seq) WHERE party_id <> 0;

-- One row per tenant: the end of the chain, and the lock of who appends.
CREATE TABLE audit_head (
    tenant BIGINT  NOT NULL,
    seq    BIGINT  NOT NULL,
    hash   %BYTES% NOT NULL,
    PRIMARY KEY (tenant)
);
