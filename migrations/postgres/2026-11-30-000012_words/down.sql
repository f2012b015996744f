DROP TABLE compatible_migrations;

UPDATE jobs SET payload = '' WHERE every_s IS NOT NULL;
UPDATE jobs SET payload = substr(payload, 19, length(payload) - 20) WHERE every_s IS NULL AND kind = 'refund';
UPDATE jobs SET payload = substr(payload, 14, length(payload) - 15)
WHERE every_s IS NULL AND kind IN ('payment_query', 'payment_close', 'order_expiry');

DROP INDEX cases_open;
DROP INDEX orders_by_state;
ALTER TABLE stock_moves DROP CONSTRAINT stock_moves_once;
ALTER TABLE stock_moves DROP CONSTRAINT stock_moves_quantity;
ALTER TABLE payments DROP CONSTRAINT payments_paid_by_a_transaction;
ALTER TABLE orders DROP CONSTRAINT orders_cancelled_at;
ALTER TABLE orders DROP CONSTRAINT orders_paid_in_full;
ALTER TABLE order_events DROP CONSTRAINT order_events_kind_check;
