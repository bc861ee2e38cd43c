-- Tries of who signed in before, in this browser or into this session, are counted apart from those of strangers.
-- What was counted until now is a day's memory at most: it begins anew.
DROP TABLE sign_in_try;
CREATE TABLE sign_in_try (
    tenant       BIGINT NOT NULL,
    kind         TEXT   NOT NULL CHECK (kind IN ('account', 'known', 'address')),
    subject      TEXT   NOT NULL,
    failures     BIGINT NOT NULL,
    last_at      BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    PRIMARY KEY (tenant, kind, subject)
);
