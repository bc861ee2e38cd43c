-- What a clerk took beside what was suggested, counted by day: no text, no person, no order.
CREATE TABLE knowledge_triage (
    tenant    BIGINT NOT NULL,
    day       TEXT   NOT NULL,
    topic     TEXT   NOT NULL, -- empty: the triage was silent
    suggested TEXT   NOT NULL, -- the first matter suggested
    taken     TEXT   NOT NULL, -- the matter registered
    place     BIGINT NOT NULL, -- of the taken one among the suggestions, from 1; 0: not among them
    times     BIGINT NOT NULL,
    PRIMARY KEY (tenant, day, topic, suggested, taken, place)
);
