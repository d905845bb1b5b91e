-- The log: one row a request, one row an attempt. Bounded by age and size; may be lost.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
-- Grows when names are removed: numbers that a process remembers are then worthless.
INSERT INTO meta VALUES ('names_epoch', 1);

-- Short numbers for texts that repeat in every row; a third of the size, and quick to compare.
CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (kind, text)
);

CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    token_id INTEGER NOT NULL,
    route_id INTEGER NOT NULL,
    dialect_id INTEGER NOT NULL,
    model_id INTEGER NOT NULL,
    served_model_id INTEGER NOT NULL,
    client TEXT NOT NULL,
    agent TEXT NOT NULL,
    status INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    streamed INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    first_token_ms INTEGER NOT NULL,
    own_us INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    thought_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    error TEXT NOT NULL
);
-- Every filter of the log ends in "newest first".
CREATE INDEX requests_by_time ON requests (time_ms);
CREATE INDEX requests_by_model ON requests (model_id, time_ms);
CREATE INDEX requests_by_token ON requests (token_id, time_ms);
CREATE INDEX requests_by_route ON requests (route_id, time_ms);
-- Failures are few: their indexes cost nothing while all goes well.
CREATE INDEX requests_failed ON requests (time_ms) WHERE failed = 1;
CREATE INDEX requests_failed_by_status ON requests (status, time_ms) WHERE failed = 1;

CREATE TABLE attempts (
    request_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    model_id INTEGER NOT NULL,
    proxy_id INTEGER NOT NULL,
    outcome_id INTEGER NOT NULL,
    status INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    rule_id INTEGER NOT NULL,
    effect_id INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    first_byte_ms INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    thought_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (request_id, number)
) WITHOUT ROWID;
CREATE INDEX attempts_by_time ON attempts (time_ms);
CREATE INDEX attempts_by_key ON attempts (key_id, time_ms);
CREATE INDEX attempts_by_rule ON attempts (rule_id, time_ms);
CREATE INDEX attempts_failed_by_status ON attempts (status, time_ms) WHERE failed = 1;

CREATE TABLE error_bodies (
    request_id INTEGER PRIMARY KEY,
    body TEXT NOT NULL
);

-- The rows with their texts.
CREATE VIEW request_rows AS
SELECT r.*, route.text AS route, dialect.text AS dialect, model.text AS model,
       served.text AS served_model
FROM requests r
LEFT JOIN names route ON route.id = r.route_id
LEFT JOIN names dialect ON dialect.id = r.dialect_id
LEFT JOIN names model ON model.id = r.model_id
LEFT JOIN names served ON served.id = r.served_model_id;

CREATE VIEW attempt_rows AS
SELECT a.*, model.text AS model, proxy.text AS proxy, outcome.text AS outcome, rule.text AS rule,
       effect.text AS effect
FROM attempts a
LEFT JOIN names model ON model.id = a.model_id
LEFT JOIN names proxy ON proxy.id = a.proxy_id
LEFT JOIN names outcome ON outcome.id = a.outcome_id
LEFT JOIN names rule ON rule.id = a.rule_id
LEFT JOIN names effect ON effect.id = a.effect_id;
