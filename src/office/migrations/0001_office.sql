-- Who runs which job until when.
CREATE TABLE job_lease (
    tenant   BIGINT NOT NULL,
    job      TEXT   NOT NULL,
    holder   BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, job)
);
