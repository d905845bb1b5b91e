-- The main database: what must not be lost, and the counters that charts read.
-- Times are milliseconds since 1970 UTC, spans are milliseconds.

-- Numbers that grow with every change of a kind, so that a process that sees that the file has
-- changed knows what to read anew.
CREATE TABLE generations (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO generations VALUES ('keys', 1), ('rests', 1), ('limits', 1), ('tokens', 1),
                               ('settings', 1);

-- Facts of the store itself.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- --- keys ---------------------------------------------------------------------------------------

-- AUTOINCREMENT: the number of a deleted key is in logs and counters and must not come back.
CREATE TABLE keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('gemini', 'vertex', 'paid')),
    hash TEXT NOT NULL,
    sealed TEXT NOT NULL,
    hint TEXT NOT NULL,
    label TEXT NOT NULL DEFAULT '',
    project TEXT NOT NULL DEFAULT '',
    proxy_sealed TEXT NOT NULL DEFAULT '',
    weight REAL NOT NULL DEFAULT 1 CHECK (weight > 0),
    state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'dead')),
    reason TEXT NOT NULL DEFAULT '',
    state_since_ms INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT '',
    last_error_ms INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    UNIQUE (kind, hash)
);

-- Written by every batch of counters, hence apart from the wide rows.
CREATE TABLE key_activity (
    key_id INTEGER PRIMARY KEY REFERENCES keys (id) ON DELETE CASCADE,
    last_used_ms INTEGER NOT NULL
);

-- Keys that a person deleted: a seed does not bring them back.
CREATE TABLE key_tombstones (
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    deleted_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, hash)
) WITHOUT ROWID;

-- model '': the whole key.
CREATE TABLE rests (
    key_id INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    streak INTEGER NOT NULL,
    PRIMARY KEY (key_id, model)
) WITHOUT ROWID;

-- What 429 bodies taught: either key_id is set, or project.
CREATE TABLE learned_limits (
    key_id INTEGER NOT NULL DEFAULT 0,
    project TEXT NOT NULL DEFAULT '',
    model TEXT NOT NULL,
    metric TEXT NOT NULL CHECK (metric IN ('requests_minute', 'tokens_minute', 'requests_day',
                                           'tokens_day')),
    quota_id TEXT NOT NULL,
    value INTEGER NOT NULL,
    learned_ms INTEGER NOT NULL,
    PRIMARY KEY (key_id, project, model, metric)
) WITHOUT ROWID;

CREATE TABLE rotation (
    model TEXT NOT NULL,
    key_id INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    progress REAL NOT NULL,
    PRIMARY KEY (model, key_id)
) WITHOUT ROWID;
CREATE INDEX rotation_by_key ON rotation (key_id);

-- --- tokens, settings, people -------------------------------------------------------------------

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL UNIQUE,
    sealed TEXT NOT NULL,
    hint TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    seeded INTEGER NOT NULL DEFAULT 0,
    paused INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL DEFAULT 0,
    models TEXT NOT NULL DEFAULT '',
    requests_per_minute INTEGER NOT NULL DEFAULT 0,
    requests_per_day INTEGER NOT NULL DEFAULT 0,
    tokens_per_day INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE token_activity (
    token_id INTEGER PRIMARY KEY REFERENCES tokens (id) ON DELETE CASCADE,
    last_used_ms INTEGER NOT NULL
);

CREATE TABLE token_tombstones (
    hash TEXT PRIMARY KEY,
    deleted_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    secret INTEGER NOT NULL DEFAULT 0,
    changed_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- NULL: the default. Values of secret settings are not kept.
CREATE TABLE settings_history (
    id INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    name TEXT NOT NULL,
    secret INTEGER NOT NULL,
    old_value TEXT,
    new_value TEXT
);
CREATE INDEX settings_history_by_name ON settings_history (name, id);

CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    csrf TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    address TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_ms);

CREATE TABLE login_failures (
    id INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX login_failures_by_time ON login_failures (time_ms);
CREATE INDEX login_failures_by_address ON login_failures (address, time_ms);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    time_ms INTEGER NOT NULL,
    who TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_time ON audit (time_ms);

-- --- what requests leave behind for later ones --------------------------------------------------

-- Resources of one key: files, caches, batches, operations, uploads, conversations.
CREATE TABLE pins (
    name TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    key_id INTEGER NOT NULL REFERENCES keys (id) ON DELETE CASCADE,
    token_id INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    detail TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX pins_by_expiry ON pins (expires_ms);
CREATE INDEX pins_by_key ON pins (key_id);
CREATE INDEX pins_by_kind ON pins (kind, created_ms);
CREATE INDEX pins_by_token ON pins (token_id, kind, created_ms);

CREATE TABLE signatures (
    call_id TEXT PRIMARY KEY,
    signature TEXT NOT NULL,
    expires_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX signatures_by_expiry ON signatures (expires_ms);

-- --- jobs ---------------------------------------------------------------------------------------

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE job_runs (
    name TEXT PRIMARY KEY,
    ended_ms INTEGER NOT NULL,
    result TEXT NOT NULL
) WITHOUT ROWID;

-- --- usage --------------------------------------------------------------------------------------

-- Short numbers for names that repeat in every row (here: models).
CREATE TABLE names (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (kind, text)
);

-- Rollups. span 0: minutes, 1: hours, both since 1970 UTC; 2: days since 1970, of the Pacific
-- calendar for keys (their quotas begin anew at Pacific midnight), of UTC for the others.

-- Attempts on upstream by key and model.
CREATE TABLE usage_key (
    span INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    model_id INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    failed_429 INTEGER NOT NULL,
    failed_403 INTEGER NOT NULL,
    failed_400 INTEGER NOT NULL,
    failed_5xx INTEGER NOT NULL,
    failed_other INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    thought_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    first_ms_sum INTEGER NOT NULL,
    first_count INTEGER NOT NULL,
    duration_ms_sum INTEGER NOT NULL,
    PRIMARY KEY (span, bucket, key_id, model_id)
) WITHOUT ROWID;
CREATE INDEX usage_key_by_key ON usage_key (key_id, span, bucket);

-- Requests of clients by token and model.
CREATE TABLE usage_token (
    span INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    token_id INTEGER NOT NULL,
    model_id INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    failed_429 INTEGER NOT NULL,
    failed_403 INTEGER NOT NULL,
    failed_400 INTEGER NOT NULL,
    failed_5xx INTEGER NOT NULL,
    failed_other INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    thought_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    first_ms_sum INTEGER NOT NULL,
    first_count INTEGER NOT NULL,
    duration_ms_sum INTEGER NOT NULL,
    PRIMARY KEY (span, bucket, token_id, model_id)
) WITHOUT ROWID;
CREATE INDEX usage_token_by_token ON usage_token (token_id, span, bucket);

-- All requests of clients: one row a bucket, so that a chart of any width is read at once.
CREATE TABLE usage_total (
    span INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    failed_429 INTEGER NOT NULL,
    failed_403 INTEGER NOT NULL,
    failed_400 INTEGER NOT NULL,
    failed_5xx INTEGER NOT NULL,
    failed_other INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    thought_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    first_ms_sum INTEGER NOT NULL,
    first_count INTEGER NOT NULL,
    duration_ms_sum INTEGER NOT NULL,
    PRIMARY KEY (span, bucket)
) WITHOUT ROWID;
