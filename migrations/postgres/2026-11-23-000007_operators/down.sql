DROP TABLE audit_log;
DROP FUNCTION audit_log_is_append_only();
DROP TABLE operator_sessions;
DROP TABLE operators;
