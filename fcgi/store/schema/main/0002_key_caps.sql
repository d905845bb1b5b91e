-- Limits of our own for a key, for each model; 0: none. cap_share: percent of Google's limits.
ALTER TABLE keys ADD COLUMN cap_share INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN cap_requests_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN cap_tokens_minute INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN cap_requests_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN cap_tokens_day INTEGER NOT NULL DEFAULT 0;
