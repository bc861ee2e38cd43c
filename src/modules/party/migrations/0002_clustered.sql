-- A look-up is its key and nothing else: one tree instead of two (SQLite: WITHOUT ROWID).  Of a keyed hash
-- 16 bytes are enough: two people out of 10 million share one with a chance of 1 in 10^24.
CREATE TABLE clustered_look_up (
    tenant BIGINT  NOT NULL,
    kind   TEXT    NOT NULL,
    hash   %BYTES% NOT NULL,
    party  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, kind, hash, party)
) /*%CLUSTERED%*/;
INSERT INTO clustered_look_up (tenant, kind, hash, party)
SELECT tenant, kind, substr(hash, 1, 16), party FROM party_look_up ORDER BY 1, 2, 3, 4;
DROP TABLE party_look_up;
ALTER TABLE clustered_look_up RENAME TO party_look_up;
CREATE INDEX party_look_up_of ON party_look_up (tenant, party);
UPDATE party SET number_hash = substr(number_hash, 1, 16) WHERE number_hash IS NOT NULL;
