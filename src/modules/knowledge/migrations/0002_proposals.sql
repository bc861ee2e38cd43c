-- Answers of the house on their way to everybody: who gave them proposes, the knowledge officer
-- approves.  Question and answer are sealed with the tenant's key until then: a name may still be in.
CREATE TABLE knowledge_proposal (
    tenant        BIGINT NOT NULL,
    id            BIGINT NOT NULL,
    order_id      BIGINT NOT NULL, -- the consultation it comes from; 0: none
    sealed        %BYTES% NOT NULL,
    state         TEXT   NOT NULL CHECK (state IN ('waiting', 'approved', 'returned', 'withdrawn')),
    staff         BIGINT NOT NULL,
    proposed_by   TEXT   NOT NULL,
    decided_staff BIGINT NOT NULL,
    decided_by    TEXT   NOT NULL,
    changed_at    BIGINT NOT NULL,
    proposed_at   BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX knowledge_proposal_state ON knowledge_proposal (tenant, state, id);
