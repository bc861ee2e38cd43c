-- A paper that cannot be drawn waits longer each time, out of the way of the others; `failure` says why.
ALTER TABLE paper ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE paper ADD COLUMN next_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE paper ADD COLUMN failure TEXT NOT NULL DEFAULT '';
DROP INDEX paper_undrawn;
CREATE INDEX paper_waiting ON paper (tenant, next_at, id) WHERE drawn_at = 0;
