-- Who works here, what they may do where, and how they prove who they are.

CREATE TABLE staff (
    tenant        BIGINT  NOT NULL,
    id            BIGINT  NOT NULL,
    login         TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('active', 'suspended')),
    state_why     TEXT    NOT NULL,
    password      TEXT    NOT NULL,
    password_at   BIGINT  NOT NULL,
    must_change   BIGINT  NOT NULL CHECK (must_change IN (0, 1)),
    wrapped_key   %BYTES% NOT NULL,
    facts         %BYTES%,
    totp          %BYTES%,
    totp_next     %BYTES%,
    totp_last     BIGINT  NOT NULL,
    last_grant    BIGINT  NOT NULL,
    last_window   BIGINT  NOT NULL,
    made_at       BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, login)
);

-- Single-use codes for who lost the device; keyed hashes.
CREATE TABLE recovery_code (
    tenant BIGINT  NOT NULL,
    staff  BIGINT  NOT NULL,
    hash   %BYTES% NOT NULL,
    PRIMARY KEY (tenant, staff, hash)
);

-- A post at a unit from day to day; '9999-12-31' is an open end.  `settled`: its orders were handed
-- back after the grant ended.
CREATE TABLE staff_grant (
    tenant   BIGINT NOT NULL,
    id       BIGINT NOT NULL,
    staff    BIGINT NOT NULL,
    post     TEXT   NOT NULL,
    unit     BIGINT NOT NULL,
    from_day TEXT   NOT NULL,
    to_day   TEXT   NOT NULL,
    made_at  BIGINT NOT NULL,
    made_by  BIGINT NOT NULL,
    settled  BIGINT NOT NULL CHECK (settled IN (0, 1)),
    PRIMARY KEY (tenant, id)
);

CREATE INDEX staff_grant_of_staff ON staff_grant (tenant, staff, id);
CREATE INDEX staff_grant_at_unit ON staff_grant (tenant, unit, post);
CREATE INDEX staff_grant_ending ON staff_grant (tenant, to_day) WHERE settled = 0;

-- Failed tries; an account by its login, whether it exists or not, an address as the server saw it.
CREATE TABLE sign_in_try (
    tenant       BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('account', 'address')),
    subject      TEXT   NOT NULL,
    failures     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, subject)
);

-- Only the hash of a session's id is kept.  Of staff: staff and grant; of a citizen: order and party.
CREATE TABLE session (
    tenant     BIGINT  NOT NULL,
    id         BIGINT  NOT NULL,
    hash       %BYTES% NOT NULL,
    staff      BIGINT  NOT NULL,
    grant_id   BIGINT  NOT NULL,
    window_id  BIGINT  NOT NULL,
    order_id   BIGINT  NOT NULL,
    party_n    BIGINT  NOT NULL,
    second_due BIGINT  NOT NULL CHECK (second_due IN (0, 1)),
    made_at    BIGINT  NOT NULL,
    seen_at    BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, hash)
);

CREATE INDEX session_of_staff ON session (tenant, staff) WHERE staff <> 0;
CREATE INDEX session_of_order ON session (tenant, order_id) WHERE order_id <> 0;

-- For programs: a name, a grant whose reach it has, an end.
CREATE TABLE token (
    tenant     BIGINT  NOT NULL,
    id         BIGINT  NOT NULL,
    hash       %BYTES% NOT NULL,
    name       TEXT    NOT NULL,
    staff      BIGINT  NOT NULL,
    grant_id   BIGINT  NOT NULL,
    made_at    BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    seen_at    BIGINT  NOT NULL,
    revoked_at BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE (tenant, hash)
);

CREATE INDEX token_of_staff ON token (tenant, staff, id);
