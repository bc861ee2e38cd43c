-- One order: what lists and timers need stands in columns, all of it derived from `state`, which is what
-- the events say (src/modules/orders/state.h).  No personal data but the masked name.
CREATE TABLE orders (
    tenant            BIGINT NOT NULL,
    id                BIGINT NOT NULL,
    no                TEXT   NOT NULL,
    unit              BIGINT NOT NULL,
    unit_path         TEXT   NOT NULL,
    home_unit         BIGINT NOT NULL,
    home_path         TEXT   NOT NULL,
    registrar         BIGINT NOT NULL,
    procedure_code    TEXT   NOT NULL,
    procedure_version BIGINT NOT NULL,
    matter            TEXT   NOT NULL,
    nature            TEXT   NOT NULL,
    channel           TEXT   NOT NULL,
    subject           TEXT   NOT NULL,
    party_masked      TEXT   NOT NULL,
    party_count       BIGINT NOT NULL,
    green             TEXT   NOT NULL,
    emergency         BIGINT NOT NULL,
    step              TEXT   NOT NULL,
    status            TEXT   NOT NULL CHECK (status IN ('open', 'closed')),
    outcome           TEXT   NOT NULL,
    owner             BIGINT NOT NULL,
    desk              TEXT   NOT NULL,
    due_duty          TEXT   NOT NULL,
    due_legal_day     TEXT   NOT NULL,
    due_safe_day      TEXT   NOT NULL,
    due_legal_at      BIGINT NOT NULL,
    due_sort          BIGINT NOT NULL,
    due_flags         BIGINT NOT NULL,
    chain             BIGINT NOT NULL,
    parent            BIGINT NOT NULL,
    version           BIGINT NOT NULL,
    head              %BYTES% NOT NULL,
    wrapped_key       %BYTES%,
    state             TEXT   NOT NULL,
    occurred_at       BIGINT NOT NULL,
    recorded_at       BIGINT NOT NULL,
    changed_at        BIGINT NOT NULL,
    closed_at         BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX orders_no ON orders (tenant, no);
-- Lists of open work, in the order in which it is due; closed orders cost them nothing.
CREATE INDEX orders_open_all ON orders (tenant, due_sort, id) WHERE status = 'open';
CREATE INDEX orders_open_unit ON orders (tenant, unit, due_sort, id) WHERE status = 'open';
CREATE INDEX orders_open_owner ON orders (tenant, owner, due_sort, id) WHERE status = 'open' AND owner <> 0;
CREATE INDEX orders_chain ON orders (tenant, chain) WHERE chain <> id;
CREATE INDEX orders_parent ON orders (tenant, parent) WHERE parent <> 0;

-- What happened.  Never updated, never deleted.  `effects` holds the decided effects and no personal
-- data; `body` is the input, sealed with the order's key.  hash covers all columns and the hash before.
CREATE TABLE event (
    tenant       BIGINT NOT NULL,
    order_id     BIGINT NOT NULL,
    seq          BIGINT NOT NULL,
    id           BIGINT NOT NULL,
    action       TEXT   NOT NULL,
    actor_kind   BIGINT NOT NULL,
    staff        BIGINT NOT NULL,
    post         TEXT   NOT NULL,
    unit         BIGINT NOT NULL,
    occurred_at  BIGINT NOT NULL,
    recorded_at  BIGINT NOT NULL,
    cause_order  BIGINT NOT NULL,
    cause_seq    BIGINT NOT NULL,
    effects      TEXT   NOT NULL,
    body         %BYTES% NOT NULL,
    hash         %BYTES% NOT NULL,
    PRIMARY KEY (tenant, order_id, seq)
);

-- What is owed.  Derived from `state` and a calendar; rebuilt by `yimen rebuild`.
CREATE TABLE duty (
    tenant           BIGINT NOT NULL,
    order_id         BIGINT NOT NULL,
    n                BIGINT NOT NULL,
    name             TEXT   NOT NULL,
    owed_by          BIGINT NOT NULL,
    opened_seq       BIGINT NOT NULL,
    closed_seq       BIGINT NOT NULL,
    start_at         BIGINT NOT NULL,
    legal_day        TEXT   NOT NULL,
    safe_day         TEXT   NOT NULL,
    legal_at         BIGINT NOT NULL,
    safe_at          BIGINT NOT NULL,
    provisional      BIGINT NOT NULL,
    paused           BIGINT NOT NULL,
    overdue          BIGINT NOT NULL,
    calendar_version BIGINT NOT NULL,
    PRIMARY KEY (tenant, order_id, n)
);

CREATE INDEX duty_fires ON duty (tenant, legal_at)
    WHERE closed_seq = 0 AND overdue = 0 AND paused = 0 AND provisional = 0;
-- Open duties whose date may move when a calendar is loaded.
CREATE INDEX duty_open ON duty (tenant, order_id) WHERE closed_seq = 0;

-- Who takes part, with their identity as it then was (sealed with the order's key).
CREATE TABLE order_party (
    tenant    BIGINT NOT NULL,
    order_id  BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    party     BIGINT NOT NULL,
    role      TEXT   NOT NULL,
    masked    TEXT   NOT NULL,
    sealed    %BYTES% NOT NULL,
    PRIMARY KEY (tenant, order_id, n)
);

CREATE INDEX order_party_party ON order_party (tenant, party) WHERE party <> 0;

-- A citizen's number and code: only the keyed hash of the code is kept.
CREATE TABLE order_code (
    tenant    BIGINT NOT NULL,
    order_id  BIGINT NOT NULL,
    n         BIGINT NOT NULL,
    hash      %BYTES% NOT NULL,
    PRIMARY KEY (tenant, order_id, n)
);

-- Both ways: `forward` is 1 on the row of the order from which the other was opened.
CREATE TABLE order_link (
    tenant    BIGINT NOT NULL,
    order_id  BIGINT NOT NULL,
    other     BIGINT NOT NULL,
    kind      TEXT   NOT NULL,
    forward   BIGINT NOT NULL,
    seq       BIGINT NOT NULL,
    PRIMARY KEY (tenant, order_id, other, kind)
);

-- Files that were handed in; the blob is sealed with the order's key.
CREATE TABLE attachment (
    tenant      BIGINT NOT NULL,
    order_id    BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    material    TEXT   NOT NULL,
    type        TEXT   NOT NULL,
    size        BIGINT NOT NULL,
    blob        TEXT   NOT NULL,
    name_sealed %BYTES% NOT NULL,
    PRIMARY KEY (tenant, order_id, id)
);

-- Gap-free numbers: one row per unit, year and kind, raised in the transaction that uses the number.
CREATE TABLE counter (
    tenant  BIGINT NOT NULL,
    unit    BIGINT NOT NULL,
    year    BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    value   BIGINT NOT NULL,
    PRIMARY KEY (tenant, unit, year, kind)
);

-- How many open orders stand where; derived, checked by `yimen verify`.
CREATE TABLE order_count (
    tenant  BIGINT NOT NULL,
    unit    BIGINT NOT NULL,
    what    TEXT   NOT NULL,
    n       BIGINT NOT NULL,
    PRIMARY KEY (tenant, unit, what)
);

-- Answers already given: a repeated request finds its event.
CREATE TABLE idempotency (
    tenant      BIGINT NOT NULL,
    key         TEXT   NOT NULL,
    input_hash  %BYTES% NOT NULL,
    order_id    BIGINT NOT NULL,
    seq         BIGINT NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, key)
);

CREATE INDEX idempotency_age ON idempotency (tenant, recorded_at);

-- Orders of other systems: source and external number come once, for ever.
CREATE TABLE order_source (
    tenant    BIGINT NOT NULL,
    source    TEXT   NOT NULL,
    external  TEXT   NOT NULL,
    order_id  BIGINT NOT NULL,
    PRIMARY KEY (tenant, source, external)
);
