-- Citizens and firms.  `sealed` is the identity under the key in `wrapped_key`; both are NULL after
-- erasure.  `number_hash` makes one record per paper number.
CREATE TABLE party (
    tenant      BIGINT NOT NULL,
    id          BIGINT NOT NULL,
    kind        TEXT   NOT NULL CHECK (kind IN ('person', 'firm', 'other')),
    masked      TEXT   NOT NULL,
    wrapped_key %BYTES%,
    sealed      %BYTES%,
    number_hash %BYTES%,
    made_at     BIGINT NOT NULL,
    changed_at  BIGINT NOT NULL,
    erased_at   BIGINT,
    PRIMARY KEY (tenant, id)
);

CREATE UNIQUE INDEX party_by_number ON party (tenant, number_hash) WHERE number_hash IS NOT NULL;

-- Keyed hashes that find a record: name, phone, tail (last four digits), number, household, employer.
CREATE TABLE party_look_up (
    tenant BIGINT  NOT NULL,
    kind   TEXT    NOT NULL,
    hash   %BYTES% NOT NULL,
    party  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, kind, hash, party)
);

CREATE INDEX party_look_up_of ON party_look_up (tenant, party);
