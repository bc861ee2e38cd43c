CREATE TABLE bench_order (
    tenant BIGINT NOT NULL,
    id BIGINT NOT NULL,
    no TEXT NOT NULL,
    unit BIGINT NOT NULL,
    unit_path TEXT NOT NULL,
    matter BIGINT NOT NULL,
    procedure_code TEXT NOT NULL,
    subject TEXT NOT NULL,
    party_masked TEXT NOT NULL,
    step TEXT NOT NULL,
    owner BIGINT,
    due_legal_at BIGINT,
    due_safe_day TEXT,
    version BIGINT NOT NULL,
    head %BYTES% NOT NULL,
    wrapped_key %BYTES% NOT NULL,
    recorded_at BIGINT NOT NULL,
    closed_at BIGINT,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX bench_order_no ON bench_order (tenant, no);
CREATE INDEX bench_order_owner ON bench_order (tenant, owner, due_legal_at) WHERE closed_at IS NULL;
CREATE INDEX bench_order_unit ON bench_order (tenant, unit, due_legal_at) WHERE closed_at IS NULL;
CREATE TABLE bench_event (
    tenant BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    hash %BYTES% NOT NULL,
    body %BYTES% NOT NULL,
    PRIMARY KEY (tenant, order_id, seq)
);
CREATE TABLE bench_outbox (
    tenant BIGINT NOT NULL,
    id BIGINT NOT NULL,
    order_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);
