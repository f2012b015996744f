-- What is for sale. Reads are served from a snapshot; `catalogue_version` tells every node to build a new one.
CREATE TABLE categories (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name_zh TEXT NOT NULL,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL,
    position INTEGER NOT NULL
);

CREATE TABLE vendors (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name_zh TEXT NOT NULL,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL,
    intro_zh TEXT NOT NULL,
    intro_ko TEXT NOT NULL,
    intro_en TEXT NOT NULL,
    founded INTEGER NOT NULL
);

CREATE TABLE products (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    vendor_id BIGINT NOT NULL REFERENCES vendors (id),
    category_id BIGINT NOT NULL REFERENCES categories (id),
    name_zh TEXT NOT NULL,
    name_ko TEXT NOT NULL,
    name_en TEXT NOT NULL,
    summary_zh TEXT NOT NULL,
    summary_ko TEXT NOT NULL,
    summary_en TEXT NOT NULL,
    description_zh TEXT NOT NULL,
    description_ko TEXT NOT NULL,
    description_en TEXT NOT NULL,
    maker_zh TEXT NOT NULL,
    maker_ko TEXT NOT NULL,
    maker_en TEXT NOT NULL,
    origin_country TEXT NOT NULL,
    -- The Chinese electronic label that stands in for a paper one (SUP-486).
    label_zh TEXT NOT NULL,
    -- JSON array of synonyms.
    search_terms TEXT NOT NULL,
    image TEXT NOT NULL,
    supervision TEXT NOT NULL CHECK (supervision IN ('bonded_1210', 'domestic')),
    published BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX products_by_vendor ON products (vendor_id, id);
CREATE INDEX products_by_category ON products (category_id, id);

CREATE TABLE skus (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    product_id BIGINT NOT NULL REFERENCES products (id),
    code TEXT NOT NULL UNIQUE,
    spec_zh TEXT NOT NULL,
    spec_ko TEXT NOT NULL,
    spec_en TEXT NOT NULL,
    price_fen BIGINT NOT NULL CHECK (price_fen > 0),
    gross_weight_g BIGINT NOT NULL CHECK (gross_weight_g > 0),
    limit_per_order BIGINT NOT NULL CHECK (limit_per_order BETWEEN 1 AND 999),
    shelf_life_days INTEGER,
    on_sale BOOLEAN NOT NULL
);
CREATE INDEX skus_by_product ON skus (product_id, id);

-- Customs facts as the broker has to confirm them; quantities are decimal text, never floats.
CREATE TABLE sku_customs (
    sku_id BIGINT PRIMARY KEY NOT NULL REFERENCES skus (id),
    gcode TEXT NOT NULL,
    name_zh TEXT NOT NULL,
    unit TEXT NOT NULL,
    unit1 TEXT NOT NULL,
    unit2 TEXT,
    qty1_per_piece TEXT NOT NULL,
    qty2_per_piece TEXT,
    net_content TEXT NOT NULL,
    net_content_unit TEXT NOT NULL,
    origin_code TEXT NOT NULL,
    currency_code TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('to_be_confirmed_by_broker', 'confirmed'))
);

CREATE TABLE catalogue_version (
    id BIGINT PRIMARY KEY NOT NULL CHECK (id = 1),
    version BIGINT NOT NULL
);
INSERT INTO catalogue_version (id, version) VALUES (1, 1);

-- By the first two digits of the region code. A province without a row, or not served, gets no parcel.
CREATE TABLE freight_rules (
    province TEXT PRIMARY KEY NOT NULL,
    served BOOLEAN NOT NULL,
    first_weight_g BIGINT NOT NULL CHECK (first_weight_g > 0),
    first_fee_fen BIGINT NOT NULL CHECK (first_fee_fen >= 0),
    step_weight_g BIGINT NOT NULL CHECK (step_weight_g > 0),
    step_fee_fen BIGINT NOT NULL CHECK (step_fee_fen >= 0),
    free_from_fen BIGINT CHECK (free_from_fen >= 0)
);

-- Consumer notices (SUP-486): the newest one must be agreed to with every order.
CREATE TABLE notices (
    version TEXT PRIMARY KEY NOT NULL,
    text_zh TEXT NOT NULL,
    text_ko TEXT NOT NULL,
    text_en TEXT NOT NULL
);
