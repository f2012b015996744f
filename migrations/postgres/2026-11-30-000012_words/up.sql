-- The words of states and kinds are CHECKs; what is always true of money and stock becomes one too.
ALTER TABLE order_events ADD CONSTRAINT order_events_kind_check CHECK (kind IN ('placed', 'paid', 'closing', 'cancelled_by_customer', 'expired', 'closed_upstream', 'late_payment', 'refund_requested', 'refunded', 'refund_failed')) NOT VALID;
ALTER TABLE order_events VALIDATE CONSTRAINT order_events_kind_check;
ALTER TABLE orders ADD CONSTRAINT orders_paid_in_full CHECK (state IN ('pending_payment', 'cancelled') OR paid_fen = payable_fen) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_paid_in_full;
ALTER TABLE orders ADD CONSTRAINT orders_cancelled_at CHECK (state <> 'cancelled' OR cancelled_at IS NOT NULL) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_cancelled_at;
ALTER TABLE payments ADD CONSTRAINT payments_paid_by_a_transaction CHECK (state <> 'paid' OR transaction_id IS NOT NULL) NOT VALID;
ALTER TABLE payments VALIDATE CONSTRAINT payments_paid_by_a_transaction;
ALTER TABLE stock_moves ADD CONSTRAINT stock_moves_quantity CHECK (quantity > 0 OR kind = 'adjust' OR (kind = 'initial' AND quantity = 0)) NOT VALID;
ALTER TABLE stock_moves VALIDATE CONSTRAINT stock_moves_quantity;
ALTER TABLE stock_moves ADD CONSTRAINT stock_moves_once UNIQUE (order_no, sku_id, kind);
CREATE INDEX orders_by_state ON orders (state, id);
CREATE INDEX cases_open ON cases (id) WHERE closed_at IS NULL;

-- A migration that programs before it can run with says so here, by its version (migrations/README.md).
CREATE TABLE compatible_migrations (
    version TEXT PRIMARY KEY NOT NULL
);

-- What a job is about is JSON from now on. Recurring jobs are about nothing.
UPDATE jobs SET payload = '{}' WHERE every_s IS NOT NULL;
UPDATE jobs SET payload = '{"out_refund_no":"' || payload || '"}' WHERE every_s IS NULL AND kind = 'refund';
UPDATE jobs SET payload = '{"order_no":"' || payload || '"}'
WHERE every_s IS NULL AND kind IN ('payment_query', 'payment_close', 'order_expiry');
