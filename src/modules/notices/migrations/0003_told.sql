-- A person spoke instead of the message, or the one it was for has seen it: who, when, how.
ALTER TABLE notice ADD COLUMN told_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notice ADD COLUMN told_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE notice ADD COLUMN told_how TEXT NOT NULL DEFAULT '';
