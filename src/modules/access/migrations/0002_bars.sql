-- Why somebody may not work, one row for each reason in force: the administrator (order_id 0), or the decision of an
-- accountability order.  until_day is the last day; '9999-12-31' is an open end.  staff.state follows: suspended
-- while any row stands.
CREATE TABLE staff_bar (
    tenant    BIGINT NOT NULL,
    staff     BIGINT NOT NULL,
    order_id  BIGINT NOT NULL,
    until_day TEXT   NOT NULL,
    why       TEXT   NOT NULL,
    made_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, staff, order_id)
);

CREATE INDEX staff_bar_ending ON staff_bar (tenant, until_day);

INSERT INTO staff_bar (tenant, staff, order_id, until_day, why, made_at)
SELECT tenant, id, 0, '9999-12-31', state_why, made_at FROM staff WHERE state = 'suspended';

-- A post that a decision took away, and until when it would have lasted: a revoked decision gives it back.
ALTER TABLE staff_grant ADD COLUMN ended_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE staff_grant ADD COLUMN was_to TEXT NOT NULL DEFAULT '';
