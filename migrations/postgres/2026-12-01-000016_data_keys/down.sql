DELETE FROM jobs WHERE kind = 'reseal';
ALTER TABLE consents DROP COLUMN age_confirmed;
DROP INDEX customers_closed;
DROP INDEX customers_by_login;
DROP TABLE data_keys;
