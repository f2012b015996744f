DROP TABLE notices;
DROP TABLE freight_rules;
DROP TABLE catalogue_version;
DROP TABLE sku_customs;
DROP TABLE skus;
DROP TABLE products;
DROP TABLE vendors;
DROP TABLE categories;
