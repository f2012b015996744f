DELETE FROM compatible_migrations WHERE version = '20261201000017';
DROP INDEX payments_by_success;
ALTER TABLE cases DROP COLUMN note;
ALTER TABLE cases DROP COLUMN decided_by;
ALTER TABLE cases DROP COLUMN decision;
ALTER TABLE cases DROP COLUMN taken_at;
ALTER TABLE cases DROP COLUMN taken_by;
