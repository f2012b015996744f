-- The buyer's remark may name people and numbers: it is sealed with the consignee from now on. Nothing was sold before this.
ALTER TABLE orders DROP COLUMN remark;
