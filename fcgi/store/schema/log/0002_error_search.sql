-- Failures by time with all that a search in their texts looks at: it never touches the wide rows,
-- which lie scattered, but for those that it finds. (`failed` stands there because only then SQLite
-- sees that the index is enough.)
DROP INDEX requests_failed;
CREATE INDEX requests_failed ON requests (time_ms, id, failed, status, token_id, route_id, model_id,
                                          error) WHERE failed = 1;
-- Which keys failed how often is counted without looking at the attempts themselves.
DROP INDEX attempts_failed_by_status;
CREATE INDEX attempts_failed_by_status ON attempts (status, time_ms, failed, key_id)
    WHERE failed = 1;
