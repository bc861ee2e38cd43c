-- When the person last proved who they are in this session: dangerous acts ask again (ROUTE_PROVE).
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;

-- Few hold these posts, and few others go with them.
CREATE INDEX staff_grant_of_admin ON staff_grant (tenant, to_day) WHERE post IN ('sysadmin', 'secadmin', 'auditor');

-- Who must sign in with a second factor; a tenant without a row: administrators.
CREATE TABLE security_setting (
    tenant        BIGINT NOT NULL,
    second_factor TEXT   NOT NULL CHECK (second_factor IN ('choice', 'administrators', 'everybody')),
    set_at        BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);
