DROP TABLE identities;
DROP TABLE addresses;
DROP TABLE sessions;
DROP TABLE customers;
