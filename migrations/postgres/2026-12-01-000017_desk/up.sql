-- Who looks after a case, and how it ended: without an end a shop drowns in what it has long dealt with.
ALTER TABLE cases ADD COLUMN taken_by TEXT;
ALTER TABLE cases ADD COLUMN taken_at TIMESTAMP;
ALTER TABLE cases ADD COLUMN decision TEXT CHECK (decision IN ('dealt_with', 'nothing_wrong'));
ALTER TABLE cases ADD COLUMN decided_by TEXT;
ALTER TABLE cases ADD COLUMN note TEXT;

-- What came in today and this month.
CREATE INDEX payments_by_success ON payments (success_at, amount_fen) WHERE success_at IS NOT NULL;

INSERT INTO compatible_migrations (version) VALUES ('20261201000017');
