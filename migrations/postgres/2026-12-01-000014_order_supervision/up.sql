-- How customs sees an order's goods, frozen with it: only a bonded order has an orderer, whose identity is frozen at the first pay call.
ALTER TABLE orders ADD COLUMN supervision TEXT NOT NULL DEFAULT 'bonded_1210' CHECK (supervision IN ('bonded_1210', 'domestic'));
UPDATE orders SET supervision = 'domestic' WHERE id IN (
    SELECT order_id FROM order_lines JOIN products ON products.id = order_lines.product_id WHERE products.supervision = 'domestic'
);
-- What was frozen too early, or for goods that need nobody's name.
UPDATE orders SET identity_sealed = NULL
WHERE supervision = 'domestic' OR paid_fen = 0 AND (state = 'cancelled' OR payment_opened_at IS NULL);

-- Not compatible: a program before it would take payment for a bonded order whose orderer it does not freeze.
