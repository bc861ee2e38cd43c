-- What was signed, and when: each seal covers the events of the feed since the one before it, and signs
-- its hash too.  Never updated, never deleted; what is signed stands in src/modules/orders/seal.h.
CREATE TABLE seal (
    tenant     BIGINT NOT NULL,
    n          BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    last_event BIGINT NOT NULL,
    digest     %BYTES% NOT NULL,
    audit_seq  BIGINT NOT NULL,
    audit_hash %BYTES% NOT NULL,
    hash       %BYTES% NOT NULL,
    signature  %BYTES% NOT NULL,
    PRIMARY KEY (tenant, n)
);

-- Which files are named: the sweep of those that nothing names reads a stretch of names at a time.
CREATE INDEX attachment_blob ON attachment (tenant, blob);
