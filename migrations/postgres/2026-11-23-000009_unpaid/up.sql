-- Placing counts the buyer's unpaid orders; without this it would read all orders of a buyer who has many.
CREATE INDEX orders_by_customer_and_state ON orders (customer_id, state, id);
