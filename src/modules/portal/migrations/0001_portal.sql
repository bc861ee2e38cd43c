-- Applications not handed in yet.  `id` is a keyed hash of the resume code and `body` is sealed with a
-- key that the code gives, so a row alone tells nothing.
CREATE TABLE portal_draft (
    tenant     BIGINT NOT NULL,
    id         TEXT   NOT NULL,
    body       %BYTES% NOT NULL,
    version    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX portal_draft_until ON portal_draft (tenant, until);

-- Uploads of a draft, named here so that they go with it.
CREATE TABLE portal_draft_file (
    tenant BIGINT NOT NULL,
    draft  TEXT   NOT NULL,
    blob   TEXT   NOT NULL,
    PRIMARY KEY (tenant, draft, blob)
);
