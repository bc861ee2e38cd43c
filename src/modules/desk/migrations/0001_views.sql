-- Lists that a person keeps: a name and the filters, as the address of the list says them.  What was typed
-- in the search box is never among them: it may be a name or a telephone number.
CREATE TABLE saved_view (
    tenant  BIGINT NOT NULL,
    staff   BIGINT NOT NULL,
    id      BIGINT NOT NULL,
    title   TEXT   NOT NULL,
    filters TEXT   NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, staff, id)
);

CREATE UNIQUE INDEX saved_view_title ON saved_view (tenant, staff, title);
