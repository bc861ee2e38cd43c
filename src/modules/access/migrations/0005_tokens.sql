-- The few that are in force, for who watches over them.
CREATE INDEX token_in_force ON token (tenant, staff) WHERE revoked_at = 0;
