//! Tables of the portable subset, the same on both backends. Checked against both databases by a test.

#![allow(missing_docs, reason = "the migrations explain the columns")]

diesel::table! {
    compatible_migrations (version) {
        version -> Text,
    }
}

diesel::table! {
    customers (id) {
        id -> BigInt,
        openid -> Text,
        unionid -> Nullable<Text>,
        first_scene -> Nullable<Text>,
        created_at -> Timestamp,
        last_login_at -> Timestamp,
        nickname_sealed -> Nullable<Binary>,
        language -> Nullable<Text>,
        phone_sealed -> Nullable<Binary>,
        phone_index -> Nullable<Binary>,
        closing_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    data_keys (id) {
        id -> Binary,
        subject -> Text,
        epoch -> Nullable<Text>,
        wrapped -> Nullable<Binary>,
        wrapped_at -> Timestamp,
        created_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    legal_documents (document, version) {
        document -> Text,
        version -> Text,
        text_zh -> Text,
        text_ko -> Text,
        text_en -> Text,
        published_at -> Timestamp,
    }
}

diesel::table! {
    consents (id) {
        id -> BigInt,
        customer_id -> BigInt,
        document -> Text,
        version -> Text,
        language -> Text,
        text_hash -> Binary,
        request_id -> Text,
        given_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
        age_confirmed -> Bool,
    }
}

diesel::table! {
    wechat_messages (id) {
        id -> BigInt,
        message_key -> Binary,
        event -> Text,
        outcome -> Text,
        received_at -> Timestamp,
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        sid -> Text,
        customer_id -> BigInt,
        generation -> BigInt,
        rotated_at -> Timestamp,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        revoked_reason -> Nullable<Text>,
    }
}

diesel::table! {
    addresses (id) {
        id -> BigInt,
        public_id -> Text,
        customer_id -> BigInt,
        name_sealed -> Binary,
        phone_sealed -> Binary,
        detail_sealed -> Binary,
        province -> Text,
        city -> Text,
        district -> Text,
        region_code -> Text,
        is_default -> Bool,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    identities (customer_id) {
        customer_id -> BigInt,
        name_sealed -> Binary,
        id_number_sealed -> Binary,
        id_number_index -> Binary,
        consent_version -> Text,
        consented_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    categories (id) {
        id -> BigInt,
        slug -> Text,
        name_zh -> Text,
        name_ko -> Text,
        name_en -> Text,
        position -> Integer,
    }
}

diesel::table! {
    vendors (id) {
        id -> BigInt,
        slug -> Text,
        name_zh -> Text,
        name_ko -> Text,
        name_en -> Text,
        intro_zh -> Text,
        intro_ko -> Text,
        intro_en -> Text,
        founded -> Integer,
    }
}

diesel::table! {
    products (id) {
        id -> BigInt,
        slug -> Text,
        vendor_id -> BigInt,
        category_id -> BigInt,
        name_zh -> Text,
        name_ko -> Text,
        name_en -> Text,
        summary_zh -> Text,
        summary_ko -> Text,
        summary_en -> Text,
        description_zh -> Text,
        description_ko -> Text,
        description_en -> Text,
        maker_zh -> Text,
        maker_ko -> Text,
        maker_en -> Text,
        origin_country -> Text,
        label_zh -> Text,
        search_terms -> Text,
        image -> Text,
        supervision -> Text,
        published -> Bool,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    skus (id) {
        id -> BigInt,
        product_id -> BigInt,
        code -> Text,
        spec_zh -> Text,
        spec_ko -> Text,
        spec_en -> Text,
        price_fen -> BigInt,
        gross_weight_g -> BigInt,
        limit_per_order -> BigInt,
        shelf_life_days -> Nullable<Integer>,
        on_sale -> Bool,
    }
}

diesel::table! {
    sku_customs (sku_id) {
        sku_id -> BigInt,
        gcode -> Text,
        name_zh -> Text,
        unit -> Text,
        unit1 -> Text,
        unit2 -> Nullable<Text>,
        qty1_per_piece -> Text,
        qty2_per_piece -> Nullable<Text>,
        net_content -> Text,
        net_content_unit -> Text,
        origin_code -> Text,
        currency_code -> Text,
        status -> Text,
    }
}

diesel::table! {
    catalogue_version (id) {
        id -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    freight_rules (province) {
        province -> Text,
        served -> Bool,
        first_weight_g -> BigInt,
        first_fee_fen -> BigInt,
        step_weight_g -> BigInt,
        step_fee_fen -> BigInt,
        free_from_fen -> Nullable<BigInt>,
    }
}

diesel::table! {
    notices (version) {
        version -> Text,
        text_zh -> Text,
        text_ko -> Text,
        text_en -> Text,
    }
}

diesel::table! {
    stock (sku_id) {
        sku_id -> BigInt,
        available -> BigInt,
        held -> BigInt,
        sold -> BigInt,
    }
}

diesel::table! {
    stock_moves (id) {
        id -> BigInt,
        sku_id -> BigInt,
        kind -> Text,
        quantity -> BigInt,
        order_no -> Nullable<Text>,
        at -> Timestamp,
    }
}

diesel::table! {
    cart_items (customer_id, sku_id) {
        customer_id -> BigInt,
        sku_id -> BigInt,
        quantity -> BigInt,
        added_at -> Timestamp,
    }
}

diesel::table! {
    orders (id) {
        id -> BigInt,
        order_no -> Text,
        customer_id -> BigInt,
        state -> Text,
        hold -> Nullable<Text>,
        goods_fen -> BigInt,
        freight_fen -> BigInt,
        tax_fen -> BigInt,
        discount_fen -> BigInt,
        payable_fen -> BigInt,
        paid_fen -> BigInt,
        refund_committed_fen -> BigInt,
        refunded_fen -> BigInt,
        notice_version -> Text,
        scene -> Nullable<Text>,
        province -> Text,
        city -> Text,
        district -> Text,
        region_code -> Text,
        consignee_sealed -> Binary,
        identity_sealed -> Nullable<Binary>,
        placed_at -> Timestamp,
        expires_at -> Timestamp,
        payment_opened_at -> Nullable<Timestamp>,
        paid_at -> Nullable<Timestamp>,
        cancelled_at -> Nullable<Timestamp>,
        cancel_reason -> Nullable<Text>,
        wipe_after -> Nullable<Timestamp>,
        supervision -> Text,
    }
}

diesel::table! {
    order_lines (id) {
        id -> BigInt,
        order_id -> BigInt,
        sku_id -> BigInt,
        product_id -> BigInt,
        vendor_id -> BigInt,
        sku_code -> Text,
        name_zh -> Text,
        name_ko -> Text,
        name_en -> Text,
        spec_zh -> Text,
        spec_ko -> Text,
        spec_en -> Text,
        image -> Text,
        unit_price_fen -> BigInt,
        quantity -> BigInt,
        line_fen -> BigInt,
        tax_fen -> BigInt,
        gross_weight_g -> BigInt,
    }
}

diesel::table! {
    order_events (id) {
        id -> BigInt,
        order_id -> BigInt,
        kind -> Text,
        actor -> Text,
        from_state -> Nullable<Text>,
        to_state -> Nullable<Text>,
        amount_fen -> Nullable<BigInt>,
        at -> Timestamp,
    }
}

diesel::table! {
    payments (id) {
        id -> BigInt,
        order_id -> BigInt,
        out_trade_no -> Text,
        payer_openid -> Text,
        amount_fen -> BigInt,
        state -> Text,
        request -> Binary,
        prepay_id -> Nullable<Text>,
        prepaid_at -> Nullable<Timestamp>,
        transaction_id -> Nullable<Text>,
        success_at -> Nullable<Timestamp>,
        call_generation -> BigInt,
        call_lease_until -> Nullable<Timestamp>,
        opened_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    wechat_notifies (id) {
        id -> BigInt,
        notify_id -> Text,
        event_type -> Text,
        serial -> Text,
        body -> Binary,
        outcome -> Text,
        received_at -> Timestamp,
    }
}

diesel::table! {
    refunds (id) {
        id -> BigInt,
        order_id -> BigInt,
        payment_id -> BigInt,
        out_refund_no -> Text,
        amount_fen -> BigInt,
        total_fen -> BigInt,
        reason -> Text,
        request -> Binary,
        state -> Text,
        refund_id -> Nullable<Text>,
        requested_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    cases (id) {
        id -> BigInt,
        kind -> Text,
        subject -> Text,
        fingerprint -> Text,
        detail -> Text,
        opened_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
        taken_by -> Nullable<Text>,
        taken_at -> Nullable<Timestamp>,
        decision -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        dedup_key -> Nullable<Text>,
        payload -> Text,
        state -> Text,
        run_at -> Timestamp,
        attempts -> Integer,
        lease_until -> Nullable<Timestamp>,
        generation -> BigInt,
        every_s -> Nullable<BigInt>,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        abandoned -> Integer,
    }
}

diesel::table! {
    idempotency_keys (id) {
        id -> BigInt,
        principal -> Text,
        route -> Text,
        idempotency_key -> Text,
        body_hash -> Binary,
        response -> Nullable<Text>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    operators (id) {
        id -> BigInt,
        name -> Text,
        role -> Text,
        password_hash -> Text,
        password_expires_at -> Nullable<Timestamp>,
        totp_sealed -> Nullable<Binary>,
        totp_confirmed_at -> Nullable<Timestamp>,
        totp_last_step -> BigInt,
        failed_attempts -> BigInt,
        locked_until -> Nullable<Timestamp>,
        created_at -> Timestamp,
        disabled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    operator_sessions (id) {
        id -> BigInt,
        sid -> Text,
        operator_id -> BigInt,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        stepped_up_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
        revoked_reason -> Nullable<Text>,
    }
}

diesel::table! {
    audit_log (id) {
        id -> BigInt,
        at -> Timestamp,
        actor -> Text,
        action -> Text,
        peer -> Text,
        object_kind -> Nullable<Text>,
        object_id -> Nullable<Text>,
        reason -> Nullable<Text>,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    access_tokens (appid) {
        appid -> Text,
        generation -> BigInt,
        token_sealed -> Nullable<Binary>,
        fetched_at -> Nullable<Timestamp>,
        expires_at -> Nullable<Timestamp>,
        forced_at -> Nullable<Timestamp>,
        forced_that_day -> Integer,
        lease_holder -> Nullable<Text>,
        lease_until -> Nullable<Timestamp>,
    }
}

diesel::joinable!(sessions -> customers (customer_id));
diesel::joinable!(addresses -> customers (customer_id));
diesel::joinable!(identities -> customers (customer_id));
diesel::joinable!(consents -> customers (customer_id));
diesel::joinable!(products -> vendors (vendor_id));
diesel::joinable!(products -> categories (category_id));
diesel::joinable!(skus -> products (product_id));
diesel::joinable!(sku_customs -> skus (sku_id));
diesel::joinable!(stock -> skus (sku_id));
diesel::joinable!(stock_moves -> skus (sku_id));
diesel::joinable!(cart_items -> customers (customer_id));
diesel::joinable!(cart_items -> skus (sku_id));
diesel::joinable!(orders -> customers (customer_id));
diesel::joinable!(order_lines -> orders (order_id));
diesel::joinable!(order_lines -> skus (sku_id));
diesel::joinable!(order_lines -> products (product_id));
diesel::joinable!(order_lines -> vendors (vendor_id));
diesel::joinable!(order_events -> orders (order_id));
diesel::joinable!(payments -> orders (order_id));
diesel::joinable!(refunds -> orders (order_id));
diesel::joinable!(refunds -> payments (payment_id));
diesel::joinable!(operator_sessions -> operators (operator_id));

diesel::allow_tables_to_appear_in_same_query!(
    customers,
    sessions,
    addresses,
    identities,
    legal_documents,
    consents,
    wechat_messages,
    categories,
    vendors,
    products,
    skus,
    sku_customs,
    catalogue_version,
    freight_rules,
    notices,
    stock,
    stock_moves,
    cart_items,
    orders,
    order_lines,
    order_events,
    payments,
    wechat_notifies,
    refunds,
    cases,
    jobs,
    idempotency_keys,
    operators,
    operator_sessions,
    audit_log,
    access_tokens,
    data_keys,
);
