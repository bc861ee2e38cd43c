-- Committed events in an order that never changes: the sequencer takes what is new and numbers it.  Nobody
-- follows a table by id, for a transaction that commits late would be skipped.
CREATE TABLE event_new (
    tenant   BIGINT NOT NULL,
    id       BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE event_feed (
    tenant   BIGINT NOT NULL,
    n        BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    PRIMARY KEY (tenant, n)
);
