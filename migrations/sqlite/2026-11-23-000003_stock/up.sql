-- What is left. available + held + sold = sum of the initial and adjusting moves, always.
CREATE TABLE stock (
    sku_id BIGINT PRIMARY KEY NOT NULL REFERENCES skus (id),
    available BIGINT NOT NULL CHECK (available >= 0),
    held BIGINT NOT NULL CHECK (held >= 0),
    sold BIGINT NOT NULL CHECK (sold >= 0)
);

CREATE TABLE stock_moves (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    sku_id BIGINT NOT NULL REFERENCES skus (id),
    kind TEXT NOT NULL CHECK (kind IN ('initial', 'adjust', 'hold', 'release', 'sell')),
    quantity BIGINT NOT NULL,
    order_no TEXT,
    at TIMESTAMP NOT NULL
);
CREATE INDEX stock_moves_by_sku ON stock_moves (sku_id, id);
