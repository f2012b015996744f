ALTER TABLE orders DROP COLUMN supervision;
