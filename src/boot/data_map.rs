//! Which data the shop keeps, of whom, and until when: every column of every table. A column that is not here fails the build, and so does a
//! table without a term. `docs/data.md` is written from it; what is a person's own, a copy gives out and the end of the account takes away.

/// Whose a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Of the shop, its goods and its machines: about nobody.
    Shop,
    /// A buyer's, in plain.
    Person,
    /// A buyer's, sealed under the data key of the person or of the trade.
    Sealed,
    /// Keyed hash of something of a buyer's: finds equal ones, opens nothing.
    Index,
    /// Stands for a buyer and names nobody.
    Pseudonym,
    /// What was bought, paid and paid back: the books.
    Trade,
    /// Of somebody who works here.
    Staff,
    /// A secret of the shop, sealed or hashed.
    Secret,
}

/// What takes old rows away, or why they stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// A job of this name, or the end of the account that it brings about.
    Job(&'static str),
    /// Nothing: the reason is in the text.
    Kept,
}

/// One table.
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// How long a row lives, for people.
    pub until: &'static str,
    /// Who sees to it.
    pub term: Term,
    /// Every column, by class.
    pub columns: &'static [(Class, &'static [&'static str])],
}

macro_rules! tables {
    ($($name:ident until $until:literal by $term:expr => { $($class:ident: $($column:ident)+;)+ })+) => {
        /// All tables.
        pub const TABLES: &[Table] = &[$(Table {
            name: stringify!($name),
            until: $until,
            term: $term,
            columns: &[$((Class::$class, &[$(stringify!($column)),+]),)+],
        },)+];
    };
}

const ENDINGS: Term = Term::Job("account_endings");

tables! {
    customers until "the account ends; unused for three years it ends by itself; a number and a keyed tombstone stay" by ENDINGS => {
        Pseudonym: id; Person: openid unionid first_scene language created_at last_login_at closing_at closed_at;
        Sealed: nickname_sealed phone_sealed; Index: phone_index;
    }
    addresses until "deleted by the buyer, or with the account" by ENDINGS => {
        Shop: id; Pseudonym: public_id customer_id; Sealed: name_sealed phone_sealed detail_sealed;
        Person: province city district region_code is_default created_at updated_at;
    }
    identities until "deleted by the buyer, with the consent, or with the account" by ENDINGS => {
        Pseudonym: customer_id; Sealed: name_sealed id_number_sealed; Index: id_number_index;
        Person: consent_version consented_at updated_at;
    }
    consents until "kept as proof; of an ended account by its number only" by Term::Kept => {
        Shop: id; Pseudonym: customer_id; Person: document version language text_hash request_id given_at withdrawn_at age_confirmed;
    }
    sessions until "30 days after the last refresh" by Term::Job("prune_sessions") => {
        Shop: id; Pseudonym: sid customer_id; Person: created_at rotated_at expires_at revoked_at revoked_reason; Shop: generation;
    }
    cart_items until "ordered, deleted by the buyer, or with the account" by ENDINGS => {
        Pseudonym: customer_id; Person: sku_id quantity added_at;
    }
    orders until "the books stay; what is sealed and the scanned code go 30 days after an unpaid order, three years and three months after a payment" by ENDINGS => {
        Shop: id hold; Pseudonym: customer_id;
        Trade: order_no state goods_fen freight_fen tax_fen discount_fen payable_fen paid_fen refund_committed_fen refunded_fen notice_version
            placed_at expires_at payment_opened_at paid_at cancelled_at cancel_reason wipe_after supervision;
        Person: scene province city district region_code; Sealed: consignee_sealed identity_sealed;
    }
    order_lines until "the books stay" by Term::Kept => {
        Shop: id order_id product_id vendor_id image gross_weight_g name_ko name_en spec_ko spec_en;
        Trade: sku_id sku_code name_zh spec_zh unit_price_fen quantity line_fen tax_fen;
    }
    order_events until "the books stay" by Term::Kept => {
        Shop: id order_id from_state; Trade: kind actor to_state amount_fen at;
    }
    payments until "the books stay; payer and request go with what is sealed on the order" by ENDINGS => {
        Shop: id order_id call_generation call_lease_until; Person: payer_openid; Sealed: request;
        Trade: out_trade_no amount_fen state prepay_id prepaid_at transaction_id success_at opened_at closed_at;
    }
    refunds until "the books stay" by Term::Kept => {
        Shop: id order_id payment_id; Trade: out_refund_no amount_fen total_fen reason request state refund_id requested_at finished_at;
    }
    wechat_notifies until "three years and three months" by Term::Job("prune_wechat_notifies") => {
        Shop: id notify_id event_type serial outcome received_at; Sealed: body;
    }
    wechat_messages until "30 days" by Term::Job("prune_wechat_messages") => {
        Shop: id message_key event outcome received_at;
    }
    data_keys until "the key itself until its person or its trade ends; its number stays" by Term::Job("rotate_keys") => {
        Shop: id epoch wrapped_at created_at ended_at; Pseudonym: subject; Secret: wrapped;
    }
    idempotency_keys until "24 hours" by Term::Job("prune_idempotency_keys") => {
        Shop: id route created_at; Pseudonym: principal; Trade: idempotency_key body_hash response;
    }
    cases until "kept: what went wrong with money or stock, by number" by Term::Kept => {
        Shop: id kind subject fingerprint detail opened_at closed_at taken_at decision note; Staff: taken_by decided_by;
    }
    jobs until "done; a dead one until a person gives it a new life" by Term::Kept => {
        Shop: id kind dedup_key payload state run_at attempts lease_until generation every_s last_error created_at abandoned;
    }
    operators until "kept: the audit log names them" by Term::Kept => {
        Shop: id; Staff: name role created_at disabled_at password_expires_at totp_confirmed_at totp_last_step failed_attempts locked_until;
        Secret: password_hash totp_sealed;
    }
    operator_sessions until "90 days after its end" by Term::Job("prune_sessions") => {
        Shop: id; Staff: sid operator_id created_at last_seen_at expires_at stepped_up_at revoked_at revoked_reason;
    }
    audit_log until "kept; the database refuses to change or remove a row" by Term::Kept => {
        Shop: id; Staff: at actor action peer object_kind object_id reason detail;
    }
    access_tokens until "the next token" by Term::Kept => {
        Shop: appid generation fetched_at expires_at forced_at forced_that_day lease_holder lease_until; Secret: token_sealed;
    }
    legal_documents until "kept: somebody agreed to it" by Term::Kept => {
        Shop: document version text_zh text_ko text_en published_at;
    }
    notices until "kept: somebody agreed to it" by Term::Kept => { Shop: version text_zh text_ko text_en; }
    categories until "kept: the catalogue" by Term::Kept => { Shop: id slug name_zh name_ko name_en position; }
    vendors until "kept: the catalogue" by Term::Kept => { Shop: id slug name_zh name_ko name_en intro_zh intro_ko intro_en founded; }
    products until "kept: the catalogue" by Term::Kept => {
        Shop: id slug vendor_id category_id name_zh name_ko name_en summary_zh summary_ko summary_en description_zh description_ko
            description_en maker_zh maker_ko maker_en origin_country label_zh search_terms image supervision published created_at updated_at;
    }
    skus until "kept: the catalogue" by Term::Kept => {
        Shop: id product_id code spec_zh spec_ko spec_en price_fen gross_weight_g limit_per_order shelf_life_days on_sale;
    }
    sku_customs until "kept: the catalogue" by Term::Kept => {
        Shop: sku_id gcode name_zh unit unit1 unit2 qty1_per_piece qty2_per_piece net_content net_content_unit origin_code currency_code status;
    }
    catalogue_version until "kept: one row" by Term::Kept => { Shop: id version; }
    freight_rules until "kept: a row a province" by Term::Kept => {
        Shop: province served first_weight_g first_fee_fen step_weight_g step_fee_fen free_from_fen;
    }
    stock until "kept: a row a SKU" by Term::Kept => { Shop: sku_id available held sold; }
    stock_moves until "the books stay" by Term::Kept => { Shop: id sku_id kind quantity at; Pseudonym: order_no; }
    compatible_migrations until "kept: a row a migration" by Term::Kept => { Shop: version; }
}

/// The page `docs/data.md`.
pub fn page() -> String {
    use std::fmt::Write;
    let mut page = String::from(
        "# What is kept, of whom, and until when\n\n\
         Written from `src/boot/data_map.rs` by `gunpo-mall data`; a test keeps both equal. *Sealed* is under a key of the person or of the\n\
         trade, which ends with it (docs/architecture.md, Keys). Columns of the shop alone are not named here.\n\n\
         | table | until | by | a buyer's, in plain | sealed | index | pseudonym | staff | secret |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for table in TABLES {
        let of = |class: Class| {
            let columns = table.columns.iter().filter(|(of, _)| *of == class);
            columns.flat_map(|(_, columns)| *columns).copied().collect::<Vec<_>>().join(", ")
        };
        let by = match table.term {
            Term::Job(name) => format!("job `{name}`"),
            Term::Kept => String::new(),
        };
        let cells = [Class::Person, Class::Sealed, Class::Index, Class::Pseudonym, Class::Staff, Class::Secret].map(of);
        // Writing to a text can't fail.
        let _ = writeln!(page, "| `{}` | {} | {by} | {} |", table.name, table.until, cells.join(" | "));
    }
    page
}
