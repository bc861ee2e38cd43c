-- What the robot answers from.  Tenant 0 is the installation: what every tenant reads alike.
CREATE TABLE knowledge_law (
    tenant    BIGINT NOT NULL,
    code      TEXT   NOT NULL,
    title     TEXT   NOT NULL,
    short     TEXT   NOT NULL, -- without 中华人民共和国: what people and other laws call it
    kind      TEXT   NOT NULL,
    region    TEXT   NOT NULL, -- empty: national
    version   TEXT   NOT NULL, -- day of the version kept
    expired   BIGINT NOT NULL CHECK (expired IN (0, 1)),
    loaded_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, code)
);
CREATE INDEX knowledge_law_short ON knowledge_law (tenant, short);

-- changed: the number of knowledge_state at which the row became what it is; an index follows it.
CREATE TABLE knowledge_article (
    tenant   BIGINT NOT NULL,
    id       TEXT   NOT NULL,
    law      TEXT   NOT NULL,
    position BIGINT NOT NULL,
    article  TEXT   NOT NULL,
    chapter  TEXT   NOT NULL,
    text     TEXT   NOT NULL,
    changed  BIGINT NOT NULL,
    gone     BIGINT NOT NULL CHECK (gone IN (0, 1)),
    PRIMARY KEY (tenant, id)
);
CREATE INDEX knowledge_article_order ON knowledge_article (tenant, law, position);
CREATE INDEX knowledge_article_changed ON knowledge_article (tenant, changed, id);

-- Wording that a later version replaced.
CREATE TABLE knowledge_article_past (
    tenant      BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    replaced_at BIGINT NOT NULL,
    version     TEXT   NOT NULL,
    article     TEXT   NOT NULL,
    text        TEXT   NOT NULL,
    PRIMARY KEY (tenant, id, replaced_at)
);

CREATE TABLE knowledge_answer (
    tenant      BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    question    TEXT   NOT NULL,
    answer      TEXT   NOT NULL,
    answered_by TEXT   NOT NULL, -- as the source says it
    machine     BIGINT NOT NULL CHECK (machine IN (0, 1)), -- written by a machine: never the short answer
    answered_on TEXT   NOT NULL, -- day, empty when not known
    topic       TEXT   NOT NULL,
    laws        TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    approved_by TEXT   NOT NULL, -- who of this house stands for it; empty: nobody yet
    approved_at BIGINT NOT NULL,
    changed     BIGINT NOT NULL,
    gone        BIGINT NOT NULL CHECK (gone IN (0, 1)),
    PRIMARY KEY (tenant, id)
);
CREATE INDEX knowledge_answer_changed ON knowledge_answer (tenant, changed, id);

CREATE TABLE knowledge_case (
    tenant    BIGINT NOT NULL,
    id        TEXT   NOT NULL,
    kind      TEXT   NOT NULL,
    title     TEXT   NOT NULL,
    court     TEXT   NOT NULL,
    case_no   TEXT   NOT NULL,
    published TEXT   NOT NULL,
    cause     TEXT   NOT NULL,
    outcome   TEXT   NOT NULL,
    text      TEXT   NOT NULL,
    source    TEXT   NOT NULL,
    changed   BIGINT NOT NULL,
    gone      BIGINT NOT NULL CHECK (gone IN (0, 1)),
    PRIMARY KEY (tenant, id)
);
CREATE INDEX knowledge_case_changed ON knowledge_case (tenant, changed, id);

CREATE TABLE knowledge_state (
    tenant  BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant)
);

-- A load under way, so that one that broke off goes on where it stopped.
CREATE TABLE knowledge_load (
    tenant   BIGINT NOT NULL,
    source   TEXT   NOT NULL, -- what tells this very file from another
    lines    BIGINT NOT NULL,
    finished BIGINT NOT NULL CHECK (finished IN (0, 1)),
    at_ms    BIGINT NOT NULL,
    PRIMARY KEY (tenant, source)
);

-- What people asked, numbers masked, for the knowledge officer.  No address, no session: nobody's.
CREATE TABLE knowledge_asked (
    tenant   BIGINT NOT NULL,
    id       BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,
    question %BYTES% NOT NULL, -- sealed with the tenant's key
    verdict  TEXT   NOT NULL,
    best     TEXT   NOT NULL, -- id of the first article
    answer   TEXT   NOT NULL, -- id of the nearest answered question
    channel  TEXT   NOT NULL,
    useful   BIGINT NOT NULL, -- 0 not said, 1 yes, 2 no
    PRIMARY KEY (tenant, id)
);
CREATE INDEX knowledge_asked_at ON knowledge_asked (tenant, asked_at);

-- What a clerk took or put aside of what was offered beside the form.
CREATE TABLE knowledge_offer (
    tenant  BIGINT NOT NULL,
    id      BIGINT NOT NULL,
    at_ms   BIGINT NOT NULL,
    staff   BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    offered TEXT   NOT NULL,
    taken   BIGINT NOT NULL CHECK (taken IN (0, 1)),
    PRIMARY KEY (tenant, id)
);

-- Articles, cases and answers that somebody put to an order.
CREATE TABLE knowledge_citation (
    tenant  BIGINT NOT NULL,
    orders  BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    doc     TEXT   NOT NULL,
    staff   BIGINT NOT NULL,
    at_ms   BIGINT NOT NULL,
    PRIMARY KEY (tenant, orders, kind, doc)
);

-- Words that mean the same, drafts of them, and the questions kept to see what a change does.
CREATE TABLE knowledge_words (
    tenant   BIGINT NOT NULL,
    version  BIGINT NOT NULL,
    text     TEXT   NOT NULL,
    live     BIGINT NOT NULL CHECK (live IN (0, 1)),
    staff    BIGINT NOT NULL,
    at_ms    BIGINT NOT NULL,
    PRIMARY KEY (tenant, version)
);
CREATE TABLE knowledge_kept (
    tenant   BIGINT NOT NULL,
    id       BIGINT NOT NULL,
    question TEXT   NOT NULL,
    expected TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);
