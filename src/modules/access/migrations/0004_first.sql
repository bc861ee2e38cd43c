-- For how many days a password that somebody else gave opens the way to one's own.
ALTER TABLE security_setting ADD COLUMN first_days BIGINT NOT NULL DEFAULT 7;
