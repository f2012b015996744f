DELETE FROM compatible_migrations WHERE version = '20261201000015';
DROP INDEX jobs_dead;
DROP INDEX jobs_suspect;
