-- What people are told; sent after the commit by the outbox job.  `sealed` holds phone, text and facts.
CREATE TABLE notice (
    tenant      BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    order_id    BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    party_n     BIGINT NOT NULL,
    staff       BIGINT NOT NULL,
    unit        BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    channel     TEXT   NOT NULL,
    status      TEXT   NOT NULL CHECK (status IN ('waiting', 'sent', 'failed', 'to-call', 'seen')),
    tries       BIGINT NOT NULL,
    next_at     BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    sent_at     BIGINT NOT NULL,
    sealed      %BYTES% NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX notice_order ON notice (tenant, order_id, id);
CREATE INDEX notice_waiting ON notice (tenant, next_at) WHERE status = 'waiting';
CREATE INDEX notice_staff ON notice (tenant, staff, id) WHERE staff <> 0 AND status = 'to-call';

-- Documents.  `sealed` holds everything the paper shows, frozen; the PDF is drawn after the commit.
CREATE TABLE paper (
    tenant      BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    order_id    BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    unit        BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    no          TEXT   NOT NULL,
    template    BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    drawn_at    BIGINT NOT NULL,
    blob        TEXT   NOT NULL,
    pdf_hash    %BYTES%,
    sealed      %BYTES% NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX paper_order ON paper (tenant, order_id, id);
CREATE INDEX paper_undrawn ON paper (tenant, id) WHERE drawn_at = 0;

-- Gap-free numbers of papers per unit, year and prefix.
CREATE TABLE paper_counter (
    tenant BIGINT NOT NULL,
    unit   BIGINT NOT NULL,
    year   BIGINT NOT NULL,
    prefix TEXT   NOT NULL,
    value  BIGINT NOT NULL,
    PRIMARY KEY (tenant, unit, year, prefix)
);
