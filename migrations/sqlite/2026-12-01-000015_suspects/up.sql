-- Few, however long the backlog is: what may be what ends its process runs alone, and readiness and operators ask for what is dead.
CREATE INDEX jobs_suspect ON jobs (run_at, id) WHERE abandoned >= 2;
CREATE INDEX jobs_dead ON jobs (run_at, id) WHERE state = 'dead';

INSERT INTO compatible_migrations (version) VALUES ('20261201000015');
