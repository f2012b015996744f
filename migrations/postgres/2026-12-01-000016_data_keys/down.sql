DROP INDEX audit_log_by_act;
ALTER TABLE consents DROP COLUMN age_confirmed;
DROP INDEX operator_sessions_by_expiry;
DROP INDEX customers_closed;
DROP INDEX customers_by_login;
DROP TABLE data_keys;
