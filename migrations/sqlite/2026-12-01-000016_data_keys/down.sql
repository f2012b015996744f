DELETE FROM jobs WHERE kind = 'reseal';
DROP TABLE data_keys;
