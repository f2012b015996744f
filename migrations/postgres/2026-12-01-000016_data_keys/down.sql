DELETE FROM jobs WHERE kind = 'reseal';
DROP INDEX customers_closed;
DROP INDEX customers_by_login;
DROP TABLE data_keys;
