-- The statements of the transaction that places an order of one line (src/flows/place_order/mod.rs, insert), as the shop sends them to
-- PostgreSQL, BEGIN and the question for the transaction's number included. Buyers and 27 SKUs are drawn.
\set customer random(:first_customer, :last_customer)
\set sku random(1, 27)
\set number random(1000000000000, 9000000000000000)
BEGIN;
SELECT concat(pg_current_xact_id());
INSERT INTO idempotency_keys (principal, route, idempotency_key, body_hash, response, created_at) VALUES ('customer:' || :customer::text, 'POST /orders', 'key-' || :number::text, '\x0707070707070707070707070707070707070707070707070707070707070707', 'B' || :number::text, '2026-01-02 03:04:05.678') ON CONFLICT DO NOTHING;
SELECT skus.id, skus.code, skus.spec_zh, skus.spec_ko, skus.spec_en, skus.price_fen, skus.gross_weight_g, skus.limit_per_order, skus.on_sale, products.id, products.vendor_id, products.name_zh, products.name_ko, products.name_en, products.image, products.supervision, products.published, stock.available FROM skus INNER JOIN products ON skus.product_id = products.id LEFT OUTER JOIN stock ON stock.sku_id = skus.id WHERE skus.id = ANY(ARRAY[:sku]::bigint[]) ORDER BY skus.id;
SELECT first_weight_g, first_fee_fen, step_weight_g, step_fee_fen, free_from_fen FROM freight_rules WHERE province = '31' AND served = TRUE;
SELECT max(version) FROM notices;
UPDATE customers SET last_login_at = last_login_at WHERE id = :customer AND closing_at IS NULL AND closed_at IS NULL;
SELECT orders.id, order_lines.sku_id, order_lines.quantity FROM orders INNER JOIN order_lines ON order_lines.order_id = orders.id WHERE orders.customer_id = :customer AND orders.state = 'pending_payment' ORDER BY orders.id, order_lines.sku_id LIMIT 250;
INSERT INTO orders (order_no, customer_id, state, goods_fen, freight_fen, tax_fen, discount_fen, payable_fen, paid_fen, refund_committed_fen, refunded_fen, notice_version, province, city, district, region_code, consignee_sealed, placed_at, expires_at) VALUES ('B' || :number::text, :customer, 'pending_payment', 100, 0, 0, 0, 100, 0, 0, 0, '2026-11-01', '上海市', '上海市', '浦东新区', '310115', decode(repeat('07', 128), 'hex'), '2026-01-02 03:04:05.678', '2026-01-02 03:34:05.678') RETURNING id AS order_id \gset
INSERT INTO order_lines (order_id, sku_id, product_id, vendor_id, sku_code, name_zh, name_ko, name_en, spec_zh, spec_ko, spec_en, image, unit_price_fen, quantity, line_fen, tax_fen, gross_weight_g) VALUES (:order_id, :sku, 1, 1, 'GP-SRD-MASK-05', '积雪草舒缓面膜', '어성초 진정 마스크', 'Heartleaf Soothing Sheet Mask', '5 片', '5매', '5 sheets', '/media/products/heartleaf-soothing-mask.jpg', 100, 1, 100, 0, 190);
INSERT INTO order_events (order_id, kind, actor, from_state, to_state, amount_fen, at) VALUES (:order_id, 'placed', 'customer', NULL, 'pending_payment', NULL, '2026-01-02 03:04:05.678');
SELECT sku_id FROM cart_items WHERE customer_id = :customer ORDER BY sku_id LIMIT 200;
INSERT INTO jobs (kind, dedup_key, payload, state, run_at, attempts, generation, created_at) VALUES ('order_expiry', 'order_expiry:' || 'B' || :number::text, 'B' || :number::text, 'ready', '2026-01-02 03:34:05.678', 0, 0, '2026-01-02 03:04:05.678') ON CONFLICT (dedup_key) DO NOTHING;
UPDATE stock SET available = available - 1, held = held + 1 WHERE sku_id = :sku AND available >= 1;
INSERT INTO stock_moves (sku_id, kind, quantity, order_no, at) VALUES (:sku, 'hold', 1, 'B' || :number::text, '2026-01-02 03:04:05.678');
COMMIT;
