-- Files that nothing named when a sweep last saw them, and since when.
CREATE TABLE blob_suspect (
    tenant   BIGINT NOT NULL,
    blob     TEXT   NOT NULL,
    since    BIGINT NOT NULL,
    PRIMARY KEY (tenant, blob)
);
