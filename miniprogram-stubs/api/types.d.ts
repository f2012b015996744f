/**
 * Made from the shop's API document by `npm run types`; do not edit.
 */
export interface paths {
    "/api/v1/addresses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The buyer's addresses. */
        get: operations["addresses_list"];
        put?: never;
        /** Adds an address. The first one is the default. */
        post: operations["addresses_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/addresses/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replaces an address. */
        put: operations["addresses_update"];
        post?: never;
        /** Deletes an address. If it was the default, the newest one becomes it. Orders keep their own copy. */
        delete: operations["addresses_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Logs in with a code of `wx.login`. */
        post: operations["auth_login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends this session at once. */
        post: operations["auth_logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Exchanges a refresh token for new tokens. For 30 seconds the token before the newest gets the same successor again. */
        post: operations["auth_refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The buyer's cart. */
        get: operations["cart_show"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/cart/items/{sku_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sets the pieces of a SKU, and answers the whole cart. */
        put: operations["cart_put"];
        post?: never;
        /** Takes a SKU out of the cart, whether it is in or not. */
        delete: operations["cart_remove"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/categories": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All categories. */
        get: operations["catalogue_categories"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/identity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The buyer's identity, masked. */
        get: operations["identity_show"];
        /** Leaves an identity, or replaces the one there is. */
        put: operations["identity_put"];
        post?: never;
        /** Withdraws the consent; the identity is deleted. Orders keep the copy that customs law asks for. */
        delete: operations["identity_delete"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/legal/{document}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The version that counts now, in the caller's language. */
        get: operations["legal_newest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The buyer's profile; the phone is masked. `/me/export` gives everything. */
        get: operations["me_show"];
        /** As PATCH, for mini programs: `wx.request` knows no PATCH. What is left out stays here too. */
        put: operations["me_change_by_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /** Changes nickname or language; what is left out stays. */
        patch: operations["me_change"];
        trace?: never;
    };
    "/api/v1/me/close": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Closes the account, without a human. At once if no money is open; else it is closing, and is closed by itself when
         *     nothing is open any more, at the latest after 15 days. Personal data is deleted; orders stay for the books, and what
         *     is sealed on them goes after three years.
         */
        post: operations["me_close"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/consents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Agrees to the newest version of a document. Agreed to twice, the first proof stands. */
        post: operations["me_agree"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/consents/{document}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Takes a consent back. The proof that it was given stays. */
        delete: operations["me_withdraw"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Everything that is kept of the buyer, opened, as one JSON file: profile, identity, addresses, cart, consents, times of
         *     sessions, and the newest 1,000 orders with payments and refunds (`orders_cut` says if there are more).
         */
        post: operations["me_export"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/keep": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keeps an account that is closing. Nothing happens to one that is not. */
        post: operations["me_keep"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/phone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Binds the phone that WeChat names for a code. A phone is never taken from the client. */
        post: operations["me_bind_phone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the buyer is logged in. */
        get: operations["me_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/me/sessions/end-others": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Logs out on all other phones, at once here and within five seconds elsewhere. */
        post: operations["me_end_others"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The buyer's orders, newest first. */
        get: operations["orders_list"];
        put?: never;
        /** Places an order and reserves its stock for 30 minutes. */
        post: operations["orders_place"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_no}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One order with its timeline. */
        get: operations["orders_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_no}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancels an order that is not paid. 200: cancelled. 202: WeChat has not confirmed the end yet; the order is on hold `closing` and ends
         *     by itself, as cancelled or, if the money was faster, as paid.
         */
        post: operations["orders_cancel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_no}/pay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Opens the payment. Called again, it gives a fresh set of parameters for the same payment.
         * @description `Idempotency-Key` is not needed: one order has one payment for ever.
         */
        post: operations["payments_pay"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/orders/{order_no}/payment/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Asks WeChat how the payment stands and answers the order. What the phone believes does not count. */
        post: operations["payments_sync"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Products on sale. An unknown category or vendor has none. */
        get: operations["catalogue_products"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/products/{product}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One product, by id or slug. */
        get: operations["catalogue_product"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quotes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Prices a basket for one of the buyer's addresses. */
        post: operations["quotes_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/search/suggest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Completions of a query. */
        get: operations["catalogue_suggest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vendors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All firms. */
        get: operations["catalogue_vendors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/vendors/{slug}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One firm. */
        get: operations["catalogue_vendor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description Who made a move.
         * @enum {string}
         */
        Actor: "customer" | "system" | "wechat" | "operator";
        /** @description All addresses of a buyer. */
        AddressList: {
            /** @description The default first, then the newest; at most 20. */
            items: components["schemas"]["AddressView"][];
        };
        /** @description An address to be stored. */
        AddressRequest: {
            /** @example 临沂市 */
            city: string;
            /**
             * @description Street and house.
             * @example 金雀山路1号
             */
            detail: string;
            /**
             * @description May be empty where a city has no districts (Dongguan).
             * @example 兰山区
             */
            district: string;
            /** @description Makes it the default. Leaving it out does not unset it: set another one. */
            is_default?: boolean;
            /**
             * @description Consignee.
             * @example 张三
             */
            name: string;
            /**
             * @description Mainland mobile number. A `PUT` may give the masked one back: then it stays as it is.
             * @example 13800000000
             */
            phone: string;
            /**
             * @description Must agree with `region_code`, as must city and district (`mismatch`).
             * @example 山东省
             */
            province: string;
            /**
             * @description Six digits of the district (GB/T 2260); `nationalCode` of `wx.chooseAddress`.
             * @example 371302
             */
            region_code: string;
        };
        /** @description An address as it is shown to its owner. */
        AddressView: {
            /** @example 临沂市 */
            city: string;
            /** @example 金雀山路1号 */
            detail: string;
            /** @example 兰山区 */
            district: string;
            /**
             * @description Random.
             * @example 8k3v9x0q7m2tznpa
             */
            id: string;
            /** @description Exactly one of a buyer's addresses is the default. */
            is_default: boolean;
            /** @example 张三 */
            name: string;
            /**
             * @description Masked.
             * @example 138****0000
             */
            phone: string;
            /** @example 山东省 */
            province: string;
            /** @example 371302 */
            region_code: string;
        };
        /**
         * @description Why an order was cancelled.
         * @enum {string}
         */
        CancelReason: "customer" | "expired" | "closed_upstream";
        /** @description Lines that can go into one order. */
        CartGroup: {
            /** @description Goods, fen, of the lines that can be ordered. */
            goods_fen: components["schemas"]["Fen"];
            /** @description Oldest first; those that can't be ordered too. */
            lines: components["schemas"]["CartLine"][];
            /** @description What they have in common. */
            supervision: components["schemas"]["Supervision"];
        };
        /** @description One SKU of a cart. */
        CartLine: {
            /** @description When it came into the cart. */
            added_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Pieces left, at most `limit_per_order`.
             */
            available: number;
            /** @description Picture. */
            image: string;
            /**
             * Format: int64
             * @description Pieces that one order may hold.
             */
            limit_per_order: number;
            /** @description Price of the line now, fen. */
            line_fen: components["schemas"]["Fen"];
            /** @description Name of the product. */
            name: string;
            problem?: components["schemas"]["ProblemCode"] | null;
            /** @description Its product. */
            product_id: string;
            /** @description Its product's name in addresses. */
            product_slug: string;
            /**
             * Format: int64
             * @description Pieces.
             */
            quantity: number;
            /** @description Code of the SKU. */
            sku_code: string;
            /** @description SKU. */
            sku_id: string;
            /** @description What tells it from the other SKUs. */
            spec: string;
            /** @description Price of one piece now, fen. */
            unit_price_fen: components["schemas"]["Fen"];
        };
        /** @description A cart, priced now. */
        CartView: {
            /** @description What can go into one order each. */
            groups: components["schemas"]["CartGroup"][];
        };
        /** @description An account that waits for open money. */
        ClosingStarted: components["schemas"]["ClosingView"] & {
            /**
             * Format: int64
             * @description Orders that are not over, or whose money has not gone back.
             */
            open_orders: number;
            /**
             * Format: int64
             * @description Refunds that have not arrived.
             */
            open_refunds: number;
        };
        /** @description An account whose end has begun. */
        ClosingView: {
            /**
             * @description The account is closed when no money is open any more, and then at the latest. Until then `POST /me/keep` takes it
             *     back.
             */
            at_latest: components["schemas"]["Timestamp"];
            /** @description When the buyer asked for it. */
            requested_at: components["schemas"]["Timestamp"];
        };
        /** @description A consent, as its giver sees it. */
        Consent: {
            /** @description The giver is at least 14 years old, or a guardian agrees too (PIPL article 31). */
            age_confirmed: boolean;
            /** @description To what. */
            document: components["schemas"]["Document"];
            /** @description When. */
            given_at: components["schemas"]["Timestamp"];
            /** @description In which language it was shown. */
            language: components["schemas"]["Language"];
            /** @description The request that gave it (`X-Request-Id`). */
            request_id: string;
            /** @description SHA-256 of that text, hex. */
            text_sha256: string;
            /**
             * @description To which version.
             * @example 2026-11-01
             */
            version: string;
            withdrawn_at?: components["schemas"]["Timestamp"] | null;
        };
        /** @description What is agreed to. */
        ConsentRequest: {
            /** @description The buyer is at least 14 years old, or a guardian agrees too. Without it nobody agrees to the privacy text. */
            age_confirmed?: boolean;
            document: components["schemas"]["Document"];
            /**
             * @description The newest version, as `/legal/{document}` gives it. The language that was shown goes by `Accept-Language`.
             * @example 2026-11-01
             */
            version: string;
        };
        /** @description Where an order goes; the phone is masked. */
        ConsigneeView: {
            city: string;
            detail: string;
            district: string;
            name: string;
            phone: string;
            province: string;
            region_code: string;
        };
        /**
         * @description Where the next page begins: the key of the last item seen. Clients hand it back as it is.
         * @example MTIz
         */
        Cursor: string;
        /** @description Whose session. */
        CustomerView: {
            /** @example 1 */
            id: string;
            /** @description The buyer's very first login. */
            is_new: boolean;
        };
        /**
         * @description A text that buyers agree to.
         * @enum {string}
         */
        Document: "terms" | "privacy" | "identity";
        /**
         * @description What stands on an order's timeline.
         * @enum {string}
         */
        EventKind: "placed" | "paid" | "closing" | "cancelled_by_customer" | "expired" | "closed_upstream" | "late_payment" | "refund_requested" | "refunded" | "refund_failed";
        /** @description A step of the timeline. */
        EventView: {
            actor: components["schemas"]["Actor"];
            amount_fen?: components["schemas"]["Fen"] | null;
            at: components["schemas"]["Timestamp"];
            kind: components["schemas"]["EventKind"];
            state?: components["schemas"]["OrderState"] | null;
        };
        /**
         * Format: int64
         * @description An amount in fen. May be negative only as a difference; columns that hold sums have CHECKs.
         * @example 19900
         */
        Fen: number;
        /** @description One field that was refused, with the reason as a stable word. */
        FieldError: {
            /** @description Where: `items[0].quantity`. */
            field: string;
            /** @description What: `missing`, `unknown`, `wrong_type`, `too_long`, `out_of_range`, `not_found`, `invalid`. */
            reason: string;
        };
        /** @description Proof that the buyer is the one who asks: a token alone may have been stolen. */
        FreshLogin: {
            /** @description What `wx.login` gave just now. Good once, for five minutes. */
            code: string;
        };
        /**
         * @description Why an order waits though its state would let it go on.
         * @enum {string}
         */
        Hold: "closing" | "review";
        /** @description An identity to be left. */
        IdentityRequest: {
            /**
             * @description Version of `/legal/identity` that the buyer agreed to, separately from everything else. It must be the newest.
             * @example 2026-11-01
             */
            consent_version: string;
            /**
             * @description Chinese resident identity number (GB 11643-1999), 18 characters. Under 18 years of age: `under_age`.
             * @example 11010519491231002X
             */
            id_number: string;
            /**
             * @description As on the identity card: 2 to 30 Chinese characters, letters, or `·`.
             * @example 张三
             */
            name: string;
        };
        /** @description An identity as it is shown. */
        IdentityView: {
            /** @description The consent text that was agreed to. */
            consent_version: string;
            /** @description When. */
            consented_at: components["schemas"]["Timestamp"];
            /**
             * @description Masked.
             * @example 110105********002X
             */
            id_number: string;
            /**
             * @description Masked.
             * @example 张*
             */
            name: string;
        };
        /** @description A SKU and how many of it. */
        Item: {
            /**
             * Format: int64
             * @description Pieces.
             */
            quantity: number;
            /**
             * @description Which SKU.
             * @example 7
             */
            sku_id: string;
        };
        /** @description A product in a list, but for what is left. */
        ItemHead: {
            /** @description Slug of its category. */
            category: string;
            /**
             * @description Product.
             * @example 7
             */
            id: string;
            /**
             * @description Picture.
             * @example /media/products/peony-eye-cream.jpg
             */
            image: string;
            /** @description Its name for people. */
            name: string;
            /** @description Price of its cheapest SKU, fen. */
            price_fen: components["schemas"]["Fen"];
            /** @description Its name in addresses. */
            slug: string;
            /** @description Import tax on that piece, without freight, fen. Not computed yet: 0. */
            tax_fen: components["schemas"]["Fen"];
            /** @description Who makes it. */
            vendor: components["schemas"]["VendorRef"];
        };
        /**
         * @description A language as it is stored.
         * @enum {string}
         */
        Language: "zh" | "ko" | "en";
        /** @description A document in one language. */
        LegalView: {
            document: components["schemas"]["Document"];
            language: components["schemas"]["Language"];
            published_at: components["schemas"]["Timestamp"];
            /** @description Paragraphs are separated by line breaks. */
            text: string;
            /** @description SHA-256 of `text`, hex: what the proof of consent keeps. */
            text_sha256: string;
            /**
             * @description To be named with the consent.
             * @example 2026-11-01
             */
            version: string;
        };
        /** @description A line of an order, as it was shown when it was placed. */
        LineView: {
            image: string;
            line_fen: components["schemas"]["Fen"];
            name: string;
            product_id: string;
            /** Format: int64 */
            quantity: number;
            sku_code: string;
            sku_id: string;
            spec: string;
            tax_fen: components["schemas"]["Fen"];
            unit_price_fen: components["schemas"]["Fen"];
        };
        /** @description A list that has no pages. */
        Listing_CategoryView: {
            /** @description All of them. */
            items: {
                /** @description Picture. */
                image: string;
                /** @description Its name for people. */
                name: string;
                /** @description Products on sale. */
                product_count: number;
                /**
                 * @description Its name in addresses.
                 * @example cosmetics
                 */
                slug: string;
            }[];
        };
        /** @description A list that has no pages. */
        Listing_VendorView: {
            /** @description All of them. */
            items: {
                /**
                 * Format: int32
                 * @description Year.
                 */
                founded: number;
                /** @description Picture. */
                image: string;
                /** @description What it makes, and how. */
                intro: string;
                /** @description Its name for people. */
                name: string;
                /** @description Products on sale. */
                product_count: number;
                /** @description Its name in addresses. */
                slug: string;
            }[];
        };
        /** @description A login by WeChat. */
        LoginRequest: {
            /**
             * @description What `wx.login` gave. Good once, for five minutes.
             * @example 0a3FdV000WMyLT1Ylk100z5xvz0FdV0k
             */
            code: string;
            /** @description The scene of the code that was scanned, if one was. */
            scene?: string | null;
        };
        /** @description A text that a buyer has to agree to. */
        NoticeView: {
            /** @description In the language asked for; the Chinese one counts. */
            text: string;
            /**
             * @description Which text; give it back as `notice_version` when ordering.
             * @example 2026-11-01
             */
            version: string;
        };
        /** @description SKUs that can go into one order. */
        OrderGroup: {
            /** @description In id order. */
            sku_ids: string[];
            /** @description What they have in common. */
            supervision: components["schemas"]["Supervision"];
        };
        /**
         * @description Where an order stands.
         * @enum {string}
         */
        OrderState: "pending_payment" | "paid" | "cleared" | "shipped" | "delivered" | "completed" | "cancelled";
        /** @description An order. */
        OrderView: components["schemas"]["Sums"] & {
            cancel_reason?: components["schemas"]["CancelReason"] | null;
            cancelled_at?: components["schemas"]["Timestamp"] | null;
            /** @description Where it goes. */
            consignee: components["schemas"]["ConsigneeView"];
            /** @description When it is cancelled unless paid. */
            expires_at: components["schemas"]["Timestamp"];
            hold?: components["schemas"]["Hold"] | null;
            /** @description What was bought. */
            lines: components["schemas"]["LineView"][];
            /** @description Consumer notice that was agreed to. */
            notice_version: string;
            /**
             * @description Number; also the `out_trade_no` at WeChat.
             * @example 20261123k3v9x0a7b2c5d8
             */
            order_no: string;
            paid_at?: components["schemas"]["Timestamp"] | null;
            /** @description What came in, fen. */
            paid_fen: components["schemas"]["Fen"];
            /** @description When it was placed. */
            placed_at: components["schemas"]["Timestamp"];
            /** @description What went back, fen. */
            refunded_fen: components["schemas"]["Fen"];
            /** @description The buyer's remark. */
            remark: string;
            /** @description Fulfilment. */
            state: components["schemas"]["OrderState"];
            /** @description How the tax came about. */
            tax_basis: components["schemas"]["TaxBasis"];
            /** @description What happened, oldest first. Empty in lists. */
            timeline: components["schemas"]["EventView"][];
        };
        /** @description One page of a list. */
        Page_OrderView: {
            /** @description The items. */
            items: (components["schemas"]["Sums"] & {
                cancel_reason?: components["schemas"]["CancelReason"] | null;
                cancelled_at?: components["schemas"]["Timestamp"] | null;
                /** @description Where it goes. */
                consignee: components["schemas"]["ConsigneeView"];
                /** @description When it is cancelled unless paid. */
                expires_at: components["schemas"]["Timestamp"];
                hold?: components["schemas"]["Hold"] | null;
                /** @description What was bought. */
                lines: components["schemas"]["LineView"][];
                /** @description Consumer notice that was agreed to. */
                notice_version: string;
                /**
                 * @description Number; also the `out_trade_no` at WeChat.
                 * @example 20261123k3v9x0a7b2c5d8
                 */
                order_no: string;
                paid_at?: components["schemas"]["Timestamp"] | null;
                /** @description What came in, fen. */
                paid_fen: components["schemas"]["Fen"];
                /** @description When it was placed. */
                placed_at: components["schemas"]["Timestamp"];
                /** @description What went back, fen. */
                refunded_fen: components["schemas"]["Fen"];
                /** @description The buyer's remark. */
                remark: string;
                /** @description Fulfilment. */
                state: components["schemas"]["OrderState"];
                /** @description How the tax came about. */
                tax_basis: components["schemas"]["TaxBasis"];
                /** @description What happened, oldest first. Empty in lists. */
                timeline: components["schemas"]["EventView"][];
            })[];
            next_cursor?: components["schemas"]["Cursor"] | null;
        };
        /** @description Parameters of `wx.requestPayment`, ready to be handed over as they are. */
        PayParams: {
            nonceStr: string;
            /** @description `prepay_id=...`. */
            package: string;
            paySign: string;
            /** @description `RSA`. */
            signType: string;
            /** @description Unix seconds, as text. */
            timeStamp: string;
        };
        /** @description A code of the phone button. */
        PhoneRequest: {
            /** @description What the event of the button `open-type="getPhoneNumber"` gave. Good once, for five minutes. */
            code: string;
        };
        /** @description An order to be placed. */
        PlaceOrderBody: {
            /** @description One of the buyer's addresses. */
            address_id: string;
            /** @description The sum that the buyer saw, fen. Another one is answered with 409 `price_changed`. */
            expected_payable_fen: components["schemas"]["Fen"];
            /** @description What to buy; the same SKU on two lines counts as one line. */
            items: components["schemas"]["Item"][];
            /**
             * @description The consumer notice that the buyer agreed to.
             * @example 2026-11-01
             */
            notice_version: string;
            /** @description For the warehouse. */
            remark?: string | null;
            /** @description The code that was scanned. */
            scene?: string | null;
        };
        /** @description The error document (RFC 9457). Some codes add members, for example the new quote to `price_changed`. */
        Problem: {
            /**
             * @description Stable; clients decide by it.
             * @example out_of_stock
             */
            code: string;
            /** @description What to do, in the caller's language. */
            detail: string;
            /** @description The fields at fault. */
            errors: components["schemas"]["FieldError"][];
            /**
             * Format: int32
             * @description As in the status line.
             * @example 409
             */
            status: number;
            /** @description Names the kind of problem, in the caller's language. */
            title: string;
            /** @description Give it to customer service; the log has it too, but for a 503 because the shop is full. */
            trace_id: string;
            /**
             * @description Explains the code: `/docs/errors#out_of_stock`.
             * @example /docs/errors#out_of_stock
             */
            type: string;
        };
        /**
         * @description What stands against an order.
         * @enum {string}
         */
        ProblemCode: "not_on_sale" | "out_of_stock" | "not_enough_stock" | "over_limit" | "place_not_served" | "split_required" | "identity_required" | "value_limit";
        /** @description A product, but for its SKUs. */
        ProductHead: components["schemas"]["ItemHead"] & {
            /** @description In full. */
            description: string;
            /** @description Expiry of the oldest goods, a date. Not known yet: `null`. */
            earliest_expiry?: string | null;
            /** @description The Chinese electronic label that stands in for a paper one, one entry a line. */
            label_zh: string;
            /** @description Who makes it, and where. */
            maker: string;
            /** @description What a buyer has to agree to: the newest consumer notice. */
            notices: components["schemas"]["NoticeView"][];
            /**
             * @description Country of origin, ISO 3166.
             * @example KR
             */
            origin: string;
            /** @description In one sentence. */
            summary: string;
            /** @description How customs sees it. */
            supervision: components["schemas"]["Supervision"];
        };
        /** @description A product in a list. */
        ProductItem: components["schemas"]["ItemHead"] & {
            /** @description Whether one of its SKUs can be had. */
            in_stock: boolean;
        };
        /** @description One page of products. */
        ProductPage: {
            /** @description In the order asked for. */
            items: components["schemas"]["ProductItem"][];
            next_cursor?: components["schemas"]["Cursor"] | null;
            /** @description How many match in all. */
            total: number;
        };
        /** @description A product. */
        ProductView: components["schemas"]["ProductHead"] & {
            /** @description Whether one of its SKUs can be had. */
            in_stock: boolean;
            /** @description What of it can be bought. */
            skus: components["schemas"]["SkuView"][];
        };
        /** @description What may be changed. Anything else is an unknown field. */
        ProfileRequest: {
            language?: components["schemas"]["Language"] | null;
            /**
             * @description 1 to 20 characters, which WeChat may refuse; null takes it away.
             * @example 小明
             */
            nickname?: string | null;
        };
        /** @description The buyer's own data. */
        ProfileView: {
            closing?: components["schemas"]["ClosingView"] | null;
            /** @description What stands; withdrawn ones are in the export. */
            consents: components["schemas"]["Consent"][];
            created_at: components["schemas"]["Timestamp"];
            /** @example 1 */
            id: string;
            language?: components["schemas"]["Language"] | null;
            nickname?: string | null;
            /**
             * @description Masked.
             * @example 138****0000
             */
            phone?: string | null;
        };
        /** @description How many. */
        PutItem: {
            /**
             * Format: int64
             * @description Pieces; replaces what is in the cart.
             */
            quantity: number;
        };
        /** @description What is left of the buyer's yearly limit for bonded goods. */
        QuotaView: Record<string, never>;
        /** @description One SKU of a quote. */
        QuoteLineView: {
            /** @description Picture. */
            image: string;
            /** @description Price of the line, fen. */
            line_fen: components["schemas"]["Fen"];
            /** @description Name of the product. */
            name: string;
            /** @description Its product. */
            product_id: string;
            /**
             * Format: int64
             * @description Pieces.
             */
            quantity: number;
            /** @description Code of the SKU. */
            sku_code: string;
            /** @description SKU. */
            sku_id: string;
            /** @description What tells it from the other SKUs of the product. */
            spec: string;
            /** @description How customs sees it. */
            supervision: components["schemas"]["Supervision"];
            /** @description Import tax of the line, fen. */
            tax_fen: components["schemas"]["Fen"];
            /** @description Price of one piece, fen. */
            unit_price_fen: components["schemas"]["Fen"];
        };
        /** @description One thing that stands against an order. */
        QuoteProblem: {
            /**
             * Format: int64
             * @description Pieces asked for, all lines of the SKU together.
             */
            asked?: number | null;
            /**
             * Format: int64
             * @description Pieces left (`not_enough_stock`, `out_of_stock`).
             */
            available?: number | null;
            /** @description What. */
            code: components["schemas"]["ProblemCode"];
            /** @description The orders it takes (`split_required`). */
            groups?: components["schemas"]["OrderGroup"][];
            /**
             * Format: int64
             * @description Pieces that one order may hold (`over_limit`).
             */
            limit?: number | null;
            limit_fen?: components["schemas"]["Fen"] | null;
            /** @description Which SKU, if it is one. */
            sku_id?: string | null;
        };
        /** @description What to price. */
        QuoteRequest: {
            /** @description One of the buyer's addresses: freight depends on it. */
            address_id: string;
            /** @description 1 to 50 lines; lines of the same SKU are summed. */
            items: components["schemas"]["Item"][];
        };
        /** @description What an order would cost now. Nothing is set aside by asking. */
        QuoteView: components["schemas"]["Sums"] & {
            /**
             * Format: int64
             * @description Weight of the parcel, grams.
             */
            gross_weight_g: number;
            /** @description One for each SKU, in id order. SKUs that are not on sale have none. */
            lines: components["schemas"]["QuoteLineView"][];
            /** @description The consumer notice in force; give it back as `notice_version` when ordering. */
            notice_version: string;
            /** @description What stands against an order; empty when it can be placed. */
            problems: components["schemas"]["QuoteProblem"][];
            /** @description What is left of the buyer's yearly limit for bonded goods; empty until that is counted. */
            quota: components["schemas"]["QuotaView"];
            /** @description How the tax came about. */
            tax_basis: components["schemas"]["TaxBasis"];
        };
        /** @description A refresh token, in exchange for new tokens. */
        RefreshRequest: {
            /** @description The newest one that was given. */
            refresh_token: string;
        };
        /** @description The buyer's live sessions: one a phone, at most 20. */
        SessionList: {
            /** @description The newest first. */
            items: components["schemas"]["SessionView"][];
        };
        /** @description A live session of the buyer. */
        SessionView: {
            /** @description The login. */
            began_at: components["schemas"]["Timestamp"];
            /** @description When it ends, used or not. */
            ends_at: components["schemas"]["Timestamp"];
            /** @description The one that asks. */
            is_this: boolean;
            /** @description The newest refresh. */
            refreshed_at: components["schemas"]["Timestamp"];
        };
        /** @description A SKU, but for what is left. */
        SkuHead: {
            /** @description Its code in the warehouse. */
            code: string;
            /**
             * @description SKU.
             * @example 9
             */
            id: string;
            /**
             * Format: int64
             * @description Pieces that one order may hold.
             */
            limit_per_order: number;
            /** @description Price of one piece, fen. */
            price_fen: components["schemas"]["Fen"];
            /** @description What tells it from the other SKUs. */
            spec: string;
            /** @description Import tax on one piece, fen. Not computed yet: 0. */
            tax_fen: components["schemas"]["Fen"];
        };
        /** @description A SKU. */
        SkuView: components["schemas"]["SkuHead"] & {
            /**
             * Format: int64
             * @description Pieces left, at most `limit_per_order`.
             */
            available: number;
        };
        /** @description How it may go on. */
        Suggestions: {
            /** @description At most 10 queries that find something, best first. */
            suggestions: string[];
        };
        /** @description What an order costs. `payable = goods + freight + tax - discount`, by a CHECK. */
        Sums: {
            /** @description Discount, fen. */
            discount_fen: components["schemas"]["Fen"];
            /** @description Freight, fen. */
            freight_fen: components["schemas"]["Fen"];
            /** @description Goods, fen. */
            goods_fen: components["schemas"]["Fen"];
            /** @description To pay, fen. */
            payable_fen: components["schemas"]["Fen"];
            /** @description Import tax, fen. */
            tax_fen: components["schemas"]["Fen"];
        };
        /**
         * @description How customs sees the goods. Goods of different kinds can't go into one order: one order is one customs list and
         *     one parcel.
         * @enum {string}
         */
        Supervision: "bonded_1210" | "domestic";
        /**
         * @description How the tax of a quote or an order came about.
         * @enum {string}
         */
        TaxBasis: "not_computed";
        /**
         * Format: date-time
         * @description A UTC moment with millisecond precision, as stored. Goes out as RFC 3339 with +08:00.
         * @example 2026-11-23T20:00:00.000+08:00
         */
        Timestamp: string;
        /** @description Tokens of a session. */
        TokenView: {
            /** @description For the `Authorization` header. */
            access_token: string;
            customer: components["schemas"]["CustomerView"];
            /**
             * Format: int64
             * @description Seconds that the access token is good for.
             * @example 7200
             */
            expires_in: number;
            /** @description For the next refresh; replaces the one before. The session ends 90 days after its login. */
            refresh_token: string;
            /**
             * @description Always `Bearer`.
             * @example Bearer
             */
            token_type: string;
        };
        /** @description The firm of a product. */
        VendorRef: {
            /** @description Its name for people. */
            name: string;
            /** @description Its name in addresses. */
            slug: string;
        };
        /** @description A firm of Gunpo. Its products: `GET /products?vendor={slug}`. */
        VendorView: {
            /**
             * Format: int32
             * @description Year.
             */
            founded: number;
            /** @description Picture. */
            image: string;
            /** @description What it makes, and how. */
            intro: string;
            /** @description Its name for people. */
            name: string;
            /** @description Products on sale. */
            product_count: number;
            /** @description Its name in addresses. */
            slug: string;
        };
    };
    responses: {
        /** @description `internal_error`: a fault of ours; give the `trace_id` to customer service */
        InternalError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_request`: `errors` names the fields */
        InvalidRequest: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `payload_too_large`: a body has at most 16 KiB */
        PayloadTooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `request_timeout`: the body did not arrive within 15 seconds */
        RequestTimeout: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too_many_requests`: again after `Retry-After` seconds */
        TooManyRequests: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unavailable`: too busy, nothing was done; again after `Retry-After` seconds */
        Unavailable: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unsupported_media_type`: a body is `application/json`, not compressed */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `uri_too_long`: the address has at most 2048 bytes */
        UriTooLong: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    addresses_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The default first, then the newest */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddressList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    addresses_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddressRequest"];
            };
        };
        responses: {
            /** @description Stored */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddressView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `limit_reached`: a buyer has at most 20; or `consent_required`: to the privacy text, named in `version` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    addresses_update: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AddressRequest"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddressView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: no such address, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `consent_required`: to the privacy text, named in `version` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    addresses_delete: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: no such address, or not yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    auth_login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description A new session; the oldest ones beyond 20 end */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_login_code`: ask `wx.login` for a new one */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `account_blocked` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description `too_many_requests`: wait for `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["InternalError"];
            /** @description `wechat_refused` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_unavailable`: try again with a NEW code */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    auth_logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Neither token of the session is good any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    auth_refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description New tokens of the same session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_refresh_token`: log in again. An old one ends its session */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description `too_many_requests`: wait for `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    cart_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cart, priced now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CartView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    cart_put: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description SKU */
                sku_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PutItem"];
            };
        };
        responses: {
            /** @description The cart, priced now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CartView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: no such SKU on sale */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `limit_reached`, with `limit_of` and `limit` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    cart_remove: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description SKU */
                sku_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is not in the cart */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    catalogue_categories: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In display order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_CategoryView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            414: components["responses"]["UriTooLong"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    identity_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Masked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: the buyer left none */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    identity_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["IdentityRequest"];
            };
        };
        responses: {
            /** @description Stored, sealed; masked here */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: no consent text is published (`gunpo-mall legal publish`) */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `document_changed`: there is a newer text, named in `version`; or `consent_required`: to the privacy text */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    identity_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone, or was never there */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    legal_newest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                document: components["schemas"]["Document"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LegalView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: nothing is published */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            /** @description `too_many_requests`: wait for `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    me_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    me_change_by_put: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `consent_required`: a nickname wants consent to the privacy text */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    me_change: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProfileRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `consent_required`: a nickname wants consent to the privacy text */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    me_close: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FreshLogin"];
            };
        };
        responses: {
            /** @description Closing: no new orders; `POST /me/keep` takes it back */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ClosingStarted"];
                };
            };
            /** @description Closed; no token is good any more */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`, or `invalid_login_code`: the code is used, or of somebody else */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description `too_many_requests` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["InternalError"];
            /** @description `wechat_refused` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_unavailable`: try again with a NEW code */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me_agree: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsentRequest"];
            };
        };
        responses: {
            /** @description The proof that is kept */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Consent"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: nothing is published */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `document_changed`: there is a newer version, named in `version` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    me_withdraw: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Which */
                document: components["schemas"]["Document"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Withdrawn, or there was none */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    me_export: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["FreshLogin"];
            };
        };
        responses: {
            /** @description A file, by `Content-Disposition` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`, or `invalid_login_code`: the code is used, or of somebody else */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description `too_many_requests`: one a minute */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["InternalError"];
            /** @description `wechat_refused` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_unavailable`: try again with a NEW code */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me_keep: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized`: also if it is closed by now */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    me_bind_phone: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PhoneRequest"];
            };
        };
        responses: {
            /** @description Bound; masked here */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            /** @description `invalid_request`: the code is used, expired, unknown, or another user's */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `consent_required`: to the privacy text, named in `version` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            /** @description `wechat_refused` */
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_unavailable`: try again with a NEW code */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    me_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    me_end_others: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    orders_list: {
        parameters: {
            query?: {
                /** @description `next_cursor` of the page before. */
                cursor?: components["schemas"]["Cursor"];
                /** @description 20 if left out; more than 100 counts as 100. */
                limit?: number;
                /** @description Only orders in this state. */
                state?: components["schemas"]["OrderState"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_OrderView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    orders_place: {
        parameters: {
            query?: never;
            header: {
                /** @description 8 to 64 visible characters; kept for 24 hours */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PlaceOrderBody"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `price_changed` (with the new quote), `out_of_stock` (with the lines), `notice_changed`, `place_not_served`, `split_required`, `limit_reached`, `identity_required`, `value_limit` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description `idempotency_key_reused` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    orders_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Order number */
                order_no: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    orders_cancel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Order number */
                order_no: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `already_paid` */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    payments_pay: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Order number */
                order_no: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PayParams"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `already_paid`, `wrong_state`, `identity_required`, or `payment_in_progress`: try again in a moment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            502: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    payments_sync: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Order number */
                order_no: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    catalogue_products: {
        parameters: {
            query?: {
                /** @description Slug of a category. */
                category?: string;
                /** @description `next_cursor` of the page before; good only with the same `q` and `sort`. */
                cursor?: string;
                /** @description Products on a page: 20 unless told; more than 100 counts as 100. */
                limit?: number;
                /** @description Words that must all be found, 64 characters at most. Taken literally. */
                q?: string;
                /** @description Order; `default` is the best match first, then by category. */
                sort?: "default" | "price_asc" | "price_desc" | "newest";
                /** @description Slug of a vendor. */
                vendor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductPage"];
                };
            };
            /** @description Unchanged since the `ETag` in `If-None-Match` */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            /** @description `too_many_requests` (with `q`): wait for `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    catalogue_product: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or slug */
                product: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The product */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProductView"];
                };
            };
            /** @description Unchanged since the `ETag` in `If-None-Match` */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `not_found`: unknown or not on sale */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    quotes_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["QuoteRequest"];
            };
        };
        responses: {
            /** @description The price now, and what stands against an order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuoteView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: not the buyer's address */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    catalogue_suggest: {
        parameters: {
            query?: {
                /** @description At most 64 characters. */
                q?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Completions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Suggestions"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            /** @description `too_many_requests`: wait for `Retry-After` */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    catalogue_vendors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All firms */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Listing_VendorView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            414: components["responses"]["UriTooLong"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
    catalogue_vendor: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Vendor */
                slug: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The firm */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VendorView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `not_found` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            500: components["responses"]["InternalError"];
            503: components["responses"]["Unavailable"];
        };
    };
}
