-- A claim asks by kind and touches no row but those it takes, however long the backlog is.
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (kind, state, run_at, id);
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE lease_until IS NOT NULL;
-- Runs in a row of which nobody knows how they ended: a job that ends its process must not do so for ever.
ALTER TABLE jobs ADD COLUMN abandoned INTEGER NOT NULL DEFAULT 0 CHECK (abandoned >= 0);

INSERT INTO compatible_migrations (version) VALUES ('20261201000013');
