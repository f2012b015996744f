DELETE FROM compatible_migrations WHERE version = '20261201000013';
ALTER TABLE jobs DROP COLUMN abandoned;
DROP INDEX jobs_leased;
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (state, run_at, id);
