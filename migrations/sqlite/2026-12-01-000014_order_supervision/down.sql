DELETE FROM compatible_migrations WHERE version = '20261201000014';
ALTER TABLE orders DROP COLUMN supervision;
