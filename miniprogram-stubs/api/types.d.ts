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
        /**
         * The buyer's addresses.
         * @description The buyer's addresses.
         */
        get: operations["addresses_list"];
        put?: never;
        /**
         * Adds an address. The first one is the default.
         * @description Adds an address. The first one is the default.
         */
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
        /**
         * Replaces an address.
         * @description Replaces an address.
         */
        put: operations["addresses_update"];
        post?: never;
        /**
         * Deletes an address. If it was the default, the newest one becomes it. Orders keep their own copy.
         * @description Deletes an address. If it was the default, the newest one becomes it. Orders keep their own copy.
         */
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
        /**
         * Logs in with a code of `wx.login`.
         * @description Logs in with a code of `wx.login`.
         */
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
        /**
         * Ends this session at once.
         * @description Ends this session at once.
         */
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
        /**
         * Exchanges a refresh token for new tokens. For 30 seconds the token before the newest gets the same successor again.
         * @description Exchanges a refresh token for new tokens. For 30 seconds the token before the newest gets the same successor again.
         */
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
        /**
         * The buyer's cart.
         * @description The buyer's cart.
         */
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
        /**
         * Sets the pieces of a SKU, and answers the whole cart.
         * @description Sets the pieces of a SKU, and answers the whole cart.
         */
        put: operations["cart_put"];
        post?: never;
        /**
         * Takes a SKU out of the cart, whether it is in or not.
         * @description Takes a SKU out of the cart, whether it is in or not.
         */
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
        /**
         * All categories.
         * @description All categories.
         */
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
        /**
         * The buyer's identity, masked.
         * @description The buyer's identity, masked.
         */
        get: operations["identity_show"];
        /**
         * Leaves an identity, or replaces the one there is.
         * @description Leaves an identity, or replaces the one there is.
         */
        put: operations["identity_put"];
        post?: never;
        /**
         * Withdraws the consent; the identity is deleted. Orders keep the copy that customs law asks for.
         * @description Withdraws the consent; the identity is deleted. Orders keep the copy that customs law asks for.
         */
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
        /**
         * The version that counts now, in the caller's language.
         * @description The version that counts now, in the caller's language.
         */
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
        /**
         * The buyer's profile; the phone is masked. `/me/export` gives everything.
         * @description The buyer's profile; the phone is masked. `/me/export` gives everything.
         */
        get: operations["me_show"];
        /**
         * As PATCH, for mini programs: `wx.request` knows no PATCH. What is left out stays here too.
         * @description As PATCH, for mini programs: `wx.request` knows no PATCH. What is left out stays here too.
         */
        put: operations["me_change_by_put"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Changes nickname or language; what is left out stays.
         * @description Changes nickname or language; what is left out stays.
         */
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
         * @description Closes the account, without a human. At once if no money is open; else it is closing, and is closed by itself when
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
        /**
         * Agrees to the newest version of a document. Agreed to twice, the first proof stands.
         * @description Agrees to the newest version of a document. Agreed to twice, the first proof stands.
         */
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
        /**
         * Takes a consent back. The proof that it was given stays.
         * @description Takes a consent back. The proof that it was given stays.
         */
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
         * @description Everything that is kept of the buyer, opened, as one JSON file: profile, identity, addresses, cart, consents, times of
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
        /**
         * Keeps an account that is closing. Nothing happens to one that is not.
         * @description Keeps an account that is closing. Nothing happens to one that is not.
         */
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
        /**
         * Binds the phone that WeChat names for a code. A phone is never taken from the client.
         * @description Binds the phone that WeChat names for a code. A phone is never taken from the client.
         */
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
        /**
         * Where the buyer is logged in.
         * @description Where the buyer is logged in.
         */
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
        /**
         * Logs out on all other phones, at once here and within five seconds elsewhere.
         * @description Logs out on all other phones, at once here and within five seconds elsewhere.
         */
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
        /**
         * The buyer's orders, newest first.
         * @description The buyer's orders, newest first.
         */
        get: operations["orders_list"];
        put?: never;
        /**
         * Places an order and reserves its stock for 30 minutes.
         * @description Places an order and reserves its stock for 30 minutes.
         */
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
        /**
         * One order with its timeline.
         * @description One order with its timeline.
         */
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
         * @description Cancels an order that is not paid. 200: cancelled. 202: WeChat has not confirmed the end yet; the order is on hold `closing` and ends
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
        /**
         * Asks WeChat how the payment stands and answers the order. What the phone believes does not count.
         * @description Asks WeChat how the payment stands and answers the order. What the phone believes does not count.
         */
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
        /**
         * Products on sale. An unknown category or vendor has none.
         * @description Products on sale. An unknown category or vendor has none.
         */
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
        /**
         * One product, by id or slug.
         * @description One product, by id or slug.
         */
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
        /**
         * Prices a basket for one of the buyer's addresses.
         * @description Prices a basket for one of the buyer's addresses.
         */
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
        /**
         * Completions of a query.
         * @description Completions of a query.
         */
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
        /**
         * All firms.
         * @description All firms.
         */
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
        /**
         * One firm.
         * @description One firm.
         */
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
        /** @description A field that was refused, and what would be right. The members behind `detail` say the same to programs, where there is something to say. */
        FieldError: {
            /** @description The words that may stand here. */
            allowed?: string[];
            /** @description The byte of that line, from 1. */
            column?: number | null;
            /**
             * @description What would be right, in the caller's language.
             * @example 应在 1 到 999 之间。
             */
            detail: string;
            /**
             * @description Where: `items[0].quantity`; `body`, `query` or `path` for the whole of it.
             * @example items[0].quantity
             */
            field: string;
            /** @description Where the JSON can't be read, from 1. */
            line?: number | null;
            /**
             * Format: int64
             * @description Largest number, most items or characters.
             */
            max?: number | null;
            /**
             * Format: int64
             * @description Smallest number, fewest items or characters.
             */
            min?: number | null;
            /** @description The pattern to match (ECMA 262). */
            pattern?: string | null;
            /**
             * @description What: `missing`, `unknown`, `twice`, `wrong_type`, `too_short`, `too_long`, `out_of_range`, `not_allowed`, `mismatch`, `not_found`, `invalid`, `no_json`, or a
             *     word of the field's own rule, as `check_digit`.
             * @example out_of_range
             */
            reason: string;
            /** @description The JSON type that is asked for. */
            type?: string | null;
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
            /** @enum {string} */
            code: "invalid_request" | "unauthorized" | "invalid_login_code" | "invalid_refresh_token" | "invalid_credentials" | "totp_required" | "invalid_signature" | "forbidden" | "password_change_required" | "totp_enrolment_required" | "step_up_required" | "account_blocked" | "not_found" | "method_not_allowed" | "not_acceptable" | "request_timeout" | "wrong_state" | "out_of_stock" | "price_changed" | "notice_changed" | "document_changed" | "consent_required" | "account_closing" | "split_required" | "place_not_served" | "identity_required" | "value_limit" | "already_paid" | "payment_in_progress" | "limit_reached" | "payload_too_large" | "uri_too_long" | "unsupported_media_type" | "idempotency_key_reused" | "too_many_requests" | "wechat_refused" | "wechat_unavailable" | "unavailable" | "internal_error";
            /** @description What to do, in the caller's language. */
            detail: string;
            /** @description With `consent_required`. What must be agreed to: `/api/v1/legal/{document}`. */
            document?: string;
            /** @description The fields at fault. */
            errors: components["schemas"]["FieldError"][];
            /** @description With `split_required`. What can go into one order each. */
            groups?: components["schemas"]["OrderGroup"][];
            /** @description With `wrong_state`. What holds the order, or null. */
            hold?: string | null;
            /** @description With `limit_reached`. How many are allowed. */
            limit?: number;
            /** @description With `value_limit`. Most that an order may be worth, fen. */
            limit_fen?: number;
            /** @description With `out_of_stock`, `limit_reached`. The lines at fault. */
            lines?: components["schemas"]["QuoteProblem"][];
            /** @description With `notice_changed`. The consumer notice that counts now. */
            notice_version?: string;
            /** @description With `out_of_stock`, `limit_reached`, `split_required`, `place_not_served`, `value_limit`, `identity_required`. Everything that stands against the order. */
            problems?: components["schemas"]["QuoteProblem"][];
            quote?: components["schemas"]["QuoteView"];
            /** @description With `unauthorized`, `limit_reached`. Which of the code's cases it is. `unauthorized`: `no_token`, `wrong_scheme`, `invalid_token`, `expired_token`, `session_ended`. `limit_reached`: `per_order`, `cart_lines`, `unpaid_orders`, `unpaid_pieces`, `addresses`. */
            reason?: string;
            /** @description With `too_many_requests`, `wechat_unavailable`. Seconds to wait; the header `Retry-After` says the same. */
            retry_after_s?: number;
            /** @description With `wrong_state`. The state that it is in now. */
            state?: string;
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
             * @description The page that explains the code.
             * @example /docs/errors/out_of_stock
             */
            type: string;
            /** @description With `document_changed`, `consent_required`. The version that counts now. */
            version?: string;
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
                /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `invalid_request`: `errors` names every field at fault */
        InvalidRequest: {
            headers: {
                /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `payload_too_large`: a body has at most 16 KiB */
        PayloadTooLarge: {
            headers: {
                /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `request_timeout`: the body did not arrive within 15 seconds */
        RequestTimeout: {
            headers: {
                /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `too_many_requests`: again after `Retry-After` seconds */
        TooManyRequests: {
            headers: {
                /** @description Seconds to wait. */
                "Retry-After"?: number;
                /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unavailable`: too busy, nothing was done; again after `Retry-After` seconds */
        Unavailable: {
            headers: {
                /** @description Seconds to wait. */
                "Retry-After"?: number;
                /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `unsupported_media_type`: a body is `application/json`, not compressed */
        UnsupportedMediaType: {
            headers: {
                /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                "X-Request-Id"?: string;
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description `uri_too_long`: the address has at most 2048 bytes */
        UriTooLong: {
            headers: {
                /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The default first, then the newest */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "city": "上海市",
                     *           "detail": "世纪大道 100 号 1201 室",
                     *           "district": "浦东新区",
                     *           "id": "8k3v9x0q7m2tznpa",
                     *           "is_default": true,
                     *           "name": "王小明",
                     *           "phone": "138****8000",
                     *           "province": "上海市",
                     *           "region_code": "310115"
                     *         },
                     *         {
                     *           "city": "上海市",
                     *           "detail": "世纪大道 100 号 1201 室",
                     *           "district": "浦东新区",
                     *           "id": "8k3v9x0q7m2tznpa",
                     *           "is_default": false,
                     *           "name": "王小明",
                     *           "phone": "138****8000",
                     *           "province": "上海市",
                     *           "region_code": "310115"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["AddressList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "city": "上海市",
                 *       "detail": "世纪大道 100 号 1201 室",
                 *       "district": "浦东新区",
                 *       "is_default": true,
                 *       "name": "王小明",
                 *       "phone": "13800138000",
                 *       "province": "上海市",
                 *       "region_code": "310115"
                 *     }
                 */
                "application/json": components["schemas"]["AddressRequest"];
            };
        };
        responses: {
            /** @description Stored */
            201: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "city": "上海市",
                     *       "detail": "世纪大道 100 号 1201 室",
                     *       "district": "浦东新区",
                     *       "id": "8k3v9x0q7m2tznpa",
                     *       "is_default": true,
                     *       "name": "王小明",
                     *       "phone": "138****8000",
                     *       "province": "上海市",
                     *       "region_code": "310115"
                     *     }
                     */
                    "application/json": components["schemas"]["AddressView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "请检查标出的字段后重试。",
                     *       "errors": [
                     *         {
                     *           "detail": "此项必填。",
                     *           "field": "name",
                     *           "reason": "missing"
                     *         },
                     *         {
                     *           "detail": "请填写 11 位中国大陆手机号。",
                     *           "field": "phone",
                     *           "reason": "invalid"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "请求无效",
                     *       "trace_id": "01998c5f0a7e4d21",
                     *       "type": "/docs/errors/invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "city": "上海市",
                 *       "detail": "世纪大道 100 号 1201 室",
                 *       "district": "浦东新区",
                 *       "is_default": true,
                 *       "name": "王小明",
                 *       "phone": "13800138000",
                 *       "province": "上海市",
                 *       "region_code": "310115"
                 *     }
                 */
                "application/json": components["schemas"]["AddressRequest"];
            };
        };
        responses: {
            /** @description As it is now */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "city": "上海市",
                     *       "detail": "世纪大道 100 号 1201 室",
                     *       "district": "浦东新区",
                     *       "id": "8k3v9x0q7m2tznpa",
                     *       "is_default": true,
                     *       "name": "王小明",
                     *       "phone": "138****8000",
                     *       "province": "上海市",
                     *       "region_code": "310115"
                     *     }
                     */
                    "application/json": components["schemas"]["AddressView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: no such address, or not yours */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: no such address, or not yours */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "0a3FdV000WMyLT1Ylk100z5xvz0FdV0k"
                 *     }
                 */
                "application/json": components["schemas"]["LoginRequest"];
            };
        };
        responses: {
            /** @description A new session; the oldest ones beyond 20 end */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.3hS9mK0cXb7Qw2vT5yLr8nPz1aGd4fJe6uHi0oKs2cE",
                     *       "customer": {
                     *         "id": "8k3v9x0q7m2tznpa",
                     *         "is_new": false
                     *       },
                     *       "expires_in": 7200,
                     *       "refresh_token": "3mk9x0q7v2tznpa8.1.Q2hhbmdlIG1lIG9uY2UgYW4gaG91cg",
                     *       "token_type": "Bearer"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_login_code`: ask `wx.login` for a new one */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_login_code",
                     *       "detail": "微信登录凭证无效或已使用，请重新登录。",
                     *       "errors": [],
                     *       "status": 401,
                     *       "title": "登录凭证无效",
                     *       "trace_id": "01998c5f0a7e4d21",
                     *       "type": "/docs/errors/invalid_login_code"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `account_blocked` */
            403: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_unavailable`: try again with a NEW code */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Neither token of the session is good any more */
            204: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "refresh_token": "3mk9x0q7v2tznpa8.1.Q2hhbmdlIG1lIG9uY2UgYW4gaG91cg"
                 *     }
                 */
                "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        responses: {
            /** @description New tokens of the same session */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.3hS9mK0cXb7Qw2vT5yLr8nPz1aGd4fJe6uHi0oKs2cE",
                     *       "customer": {
                     *         "id": "8k3v9x0q7m2tznpa",
                     *         "is_new": false
                     *       },
                     *       "expires_in": 7200,
                     *       "refresh_token": "3mk9x0q7v2tznpa8.1.Q2hhbmdlIG1lIG9uY2UgYW4gaG91cg",
                     *       "token_type": "Bearer"
                     *     }
                     */
                    "application/json": components["schemas"]["TokenView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `invalid_refresh_token`: log in again. An old one ends its session */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The cart, priced now */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "groups": [
                     *         {
                     *           "goods_fen": 23800,
                     *           "lines": [
                     *             {
                     *               "added_at": "2026-12-01T10:00:00.000+08:00",
                     *               "available": 10,
                     *               "image": "/media/products/red-ginseng-stick.jpg",
                     *               "limit_per_order": 10,
                     *               "line_fen": 23800,
                     *               "name": "六年根红参浓缩液便携条",
                     *               "problem": null,
                     *               "product_id": "10",
                     *               "product_slug": "red-ginseng-stick",
                     *               "quantity": 2,
                     *               "sku_code": "GP-HST-STICK-10",
                     *               "sku_id": "14",
                     *               "spec": "10 条装",
                     *               "unit_price_fen": 11900
                     *             }
                     *           ],
                     *           "supervision": "bonded_1210"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CartView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path: {
                /** @description SKU */
                sku_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "quantity": 2
                 *     }
                 */
                "application/json": components["schemas"]["PutItem"];
            };
        };
        responses: {
            /** @description The cart, priced now */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "groups": [
                     *         {
                     *           "goods_fen": 23800,
                     *           "lines": [
                     *             {
                     *               "added_at": "2026-12-01T10:00:00.000+08:00",
                     *               "available": 10,
                     *               "image": "/media/products/red-ginseng-stick.jpg",
                     *               "limit_per_order": 10,
                     *               "line_fen": 23800,
                     *               "name": "六年根红参浓缩液便携条",
                     *               "problem": null,
                     *               "product_id": "10",
                     *               "product_slug": "red-ginseng-stick",
                     *               "quantity": 2,
                     *               "sku_code": "GP-HST-STICK-10",
                     *               "sku_id": "14",
                     *               "spec": "10 条装",
                     *               "unit_price_fen": 11900
                     *             }
                     *           ],
                     *           "supervision": "bonded_1210"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["CartView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "请检查标出的字段后重试。",
                     *       "errors": [
                     *         {
                     *           "detail": "应在 1 到 999 之间。",
                     *           "field": "quantity",
                     *           "max": 999,
                     *           "min": 1,
                     *           "reason": "out_of_range"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "请求无效",
                     *       "trace_id": "01998c5f0a7e4d21",
                     *       "type": "/docs/errors/invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: no such SKU on sale */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `limit_reached`: `reason` is `per_order` or `cart_lines`, with `limit` */
            409: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In display order */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "image": "/media/categories/cosmetics.png",
                     *           "name": "美妆护肤",
                     *           "product_count": 9,
                     *           "slug": "cosmetics"
                     *         },
                     *         {
                     *           "image": "/media/categories/health-food.png",
                     *           "name": "健康食品",
                     *           "product_count": 6,
                     *           "slug": "health-food"
                     *         }
                     *       ]
                     *     }
                     */
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Masked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consent_version": "2026-11-01",
                     *       "consented_at": "2026-12-01T10:00:00.000+08:00",
                     *       "id_number": "110105********002X",
                     *       "name": "王**"
                     *     }
                     */
                    "application/json": components["schemas"]["IdentityView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: the buyer left none */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "consent_version": "2026-11-01",
                 *       "id_number": "11010519491231002X",
                 *       "name": "王小明"
                 *     }
                 */
                "application/json": components["schemas"]["IdentityRequest"];
            };
        };
        responses: {
            /** @description Stored, sealed; masked here */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "consent_version": "2026-11-01",
                     *       "consented_at": "2026-12-01T10:00:00.000+08:00",
                     *       "id_number": "110105********002X",
                     *       "name": "王**"
                     *     }
                     */
                    "application/json": components["schemas"]["IdentityView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: no consent text is published (`gunpo-mall legal publish`) */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Gone, or was never there */
            204: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path: {
                /** @description Which */
                document: components["schemas"]["Document"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "document": "privacy",
                     *       "language": "zh",
                     *       "published_at": "2026-12-01T10:00:00.000+08:00",
                     *       "text": "本政策说明军浦馆小程序如何处理您的个人信息。个人信息处理者：军浦馆（临沂）国际贸易有限公司（演示用虚构名称），地址：山东省临沂市兰山区综合保税区；联系方式：小程序“我的－联系客服”。\n\n一、我们收集什么、为什么。\n1. 微信登录标识（openid）：识别您的账号。\n2. 收货人姓名、电话、地址：配送商品。\n3. 姓名和身份证号（敏感个人信息）：仅在您首次购买跨境商品时，经您单独同意后收集，用于海关申报；不提供则无法购买跨境商品，但不影响其他功能。\n4. 手机号：仅在您主动绑定时由微信提供，用于联系您；可以不绑定。\n5. 昵称和语言：由您自愿填写。\n6. 订单、付款和退款记录：履行合同并依法保存。\n二、如何保存。数据存放在中国境内的服务器上，姓名、电话、地址、身份证号、手机号和昵称均加密保存。\n三、提供给谁。海关及申报企业（姓名、身份证号、订单）、微信支付（付款）、快递企业（收货信息）。韩国企业和军浦市只能看到商品、数量和金额，看不到您的个人信息。\n四、保存多久。您可随时删除地址和身份信息。交易记录依法自交易完成之日起保存三年，期满删除其中的个人信息。\n五、您的权利。您可以在“我的”页面查看、更正、下载全部个人信息，撤回同意，注销账号，均无需人工审核。注销后个人信息即被删除，备份中的最迟三十日后无法再打开；依法须保存的订单中的信息加密封存，期满删除。\n六、未成年人。本店不向未满十八周岁的人销售需实名申报的商品。\n七、变更。本政策更新时会发布新版本，并请您重新同意。",
                     *       "text_sha256": "87aabb6c73c93a9f251342fc1f7efdd1774f9c6b546eaee5818582e812281ed8",
                     *       "version": "2026-11-01"
                     *     }
                     */
                    "application/json": components["schemas"]["LegalView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: nothing is published */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closing": null,
                     *       "consents": [
                     *         {
                     *           "age_confirmed": false,
                     *           "document": "identity",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "4577d84615b182e01d73326b467fdfd9d7db411ca668e6724134eae8a9c91080",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         },
                     *         {
                     *           "age_confirmed": true,
                     *           "document": "privacy",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "87aabb6c73c93a9f251342fc1f7efdd1774f9c6b546eaee5818582e812281ed8",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         }
                     *       ],
                     *       "created_at": "2026-12-01T10:00:00.000+08:00",
                     *       "id": "8k3v9x0q7m2tznpa",
                     *       "language": "zh",
                     *       "nickname": "小明",
                     *       "phone": "138****7801"
                     *     }
                     */
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "unauthorized",
                     *       "detail": "请先登录：请求没有 Authorization 头（Bearer <令牌>）。",
                     *       "errors": [],
                     *       "reason": "no_token",
                     *       "status": 401,
                     *       "title": "请先登录",
                     *       "trace_id": "01998c5f0a7e4d21",
                     *       "type": "/docs/errors/unauthorized"
                     *     }
                     */
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "language": "zh",
                 *       "nickname": "小明"
                 *     }
                 */
                "application/json": components["schemas"]["ProfileRequest"];
            };
        };
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closing": null,
                     *       "consents": [
                     *         {
                     *           "age_confirmed": false,
                     *           "document": "identity",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "4577d84615b182e01d73326b467fdfd9d7db411ca668e6724134eae8a9c91080",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         },
                     *         {
                     *           "age_confirmed": true,
                     *           "document": "privacy",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "87aabb6c73c93a9f251342fc1f7efdd1774f9c6b546eaee5818582e812281ed8",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         }
                     *       ],
                     *       "created_at": "2026-12-01T10:00:00.000+08:00",
                     *       "id": "8k3v9x0q7m2tznpa",
                     *       "language": "zh",
                     *       "nickname": "小明",
                     *       "phone": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "language": "zh",
                 *       "nickname": "小明"
                 *     }
                 */
                "application/json": components["schemas"]["ProfileRequest"];
            };
        };
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closing": null,
                     *       "consents": [
                     *         {
                     *           "age_confirmed": false,
                     *           "document": "identity",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "4577d84615b182e01d73326b467fdfd9d7db411ca668e6724134eae8a9c91080",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         },
                     *         {
                     *           "age_confirmed": true,
                     *           "document": "privacy",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "87aabb6c73c93a9f251342fc1f7efdd1774f9c6b546eaee5818582e812281ed8",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         }
                     *       ],
                     *       "created_at": "2026-12-01T10:00:00.000+08:00",
                     *       "id": "8k3v9x0q7m2tznpa",
                     *       "language": "zh",
                     *       "nickname": "小明",
                     *       "phone": null
                     *     }
                     */
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            /** @description `invalid_request`: names the field */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "0a3FdV000WMyLT1Ylk100z5xvz0FdV0k"
                 *     }
                 */
                "application/json": components["schemas"]["FreshLogin"];
            };
        };
        responses: {
            /** @description Closing: no new orders; `POST /me/keep` takes it back */
            202: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "at_latest": "2026-12-01T10:00:00.000+08:00",
                     *       "open_orders": 2,
                     *       "open_refunds": 0,
                     *       "requested_at": "2026-12-01T10:00:00.000+08:00"
                     *     }
                     */
                    "application/json": components["schemas"]["ClosingStarted"];
                };
            };
            /** @description Closed; no token is good any more */
            204: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`, or `invalid_login_code`: the code is used, or of somebody else */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_unavailable`: try again with a NEW code */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "age_confirmed": true,
                 *       "document": "privacy",
                 *       "version": "2026-11-01"
                 *     }
                 */
                "application/json": components["schemas"]["ConsentRequest"];
            };
        };
        responses: {
            /** @description The proof that is kept */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "age_confirmed": true,
                     *       "document": "privacy",
                     *       "given_at": "2026-12-01T10:00:00.000+08:00",
                     *       "language": "zh",
                     *       "request_id": "01998c5f0a7e4d21",
                     *       "text_sha256": "87aabb6c73c93a9f251342fc1f7efdd1774f9c6b546eaee5818582e812281ed8",
                     *       "version": "2026-11-01",
                     *       "withdrawn_at": null
                     *     }
                     */
                    "application/json": components["schemas"]["Consent"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: nothing is published */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "0a3FdV000WMyLT1Ylk100z5xvz0FdV0k"
                 *     }
                 */
                "application/json": components["schemas"]["FreshLogin"];
            };
        };
        responses: {
            /** @description A file, by `Content-Disposition` */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "addresses": [
                     *         {
                     *           "city": "上海市",
                     *           "detail": "世纪大道 100 号 1201 室",
                     *           "district": "浦东新区",
                     *           "name": "王小明",
                     *           "phone": "13800138000",
                     *           "province": "上海市",
                     *           "region_code": "310115"
                     *         }
                     *       ],
                     *       "cart": [],
                     *       "consents": [
                     *         {
                     *           "age_confirmed": false,
                     *           "document": "identity",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "4577d84615b182e01d73326b467fdfd9d7db411ca668e6724134eae8a9c91080",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         },
                     *         {
                     *           "age_confirmed": true,
                     *           "document": "privacy",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "87aabb6c73c93a9f251342fc1f7efdd1774f9c6b546eaee5818582e812281ed8",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         }
                     *       ],
                     *       "identity": {
                     *         "consent_version": "2026-11-01",
                     *         "consented_at": "2026-12-01T10:00:00.000+08:00",
                     *         "id_number": "11010519491231002X",
                     *         "name": "王小明"
                     *       },
                     *       "made_at": "2026-12-01T10:00:00.000+08:00",
                     *       "orders": [
                     *         {
                     *           "cancel_reason": "customer",
                     *           "cancelled_at": null,
                     *           "consignee": {
                     *             "city": "上海市",
                     *             "detail": "世纪大道 100 号 1201 室",
                     *             "district": "浦东新区",
                     *             "name": "王小明",
                     *             "phone": "13800138000",
                     *             "province": "上海市",
                     *             "region_code": "310115"
                     *           },
                     *           "discount_fen": 0,
                     *           "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *           "freight_fen": 1000,
                     *           "goods_fen": 11900,
                     *           "hold": "closing",
                     *           "identity": {
                     *             "id_number": "11010519491231002X",
                     *             "name": "王小明"
                     *           },
                     *           "lines": [
                     *             {
                     *               "image": "/media/products/red-ginseng-stick.jpg",
                     *               "line_fen": 11900,
                     *               "name": "六年根红参浓缩液便携条",
                     *               "product_id": "10",
                     *               "quantity": 1,
                     *               "sku_code": "GP-HST-STICK-10",
                     *               "sku_id": "14",
                     *               "spec": "10 条装",
                     *               "tax_fen": 0,
                     *               "unit_price_fen": 11900
                     *             }
                     *           ],
                     *           "notice_version": "2026-11-01",
                     *           "order_no": "20261201k3v9x0q7m2tznp",
                     *           "paid_at": null,
                     *           "paid_fen": 0,
                     *           "payable_fen": 12900,
                     *           "payment": {
                     *             "amount_fen": 12900,
                     *             "closed_at": null,
                     *             "opened_at": "2026-12-01T10:00:00.000+08:00",
                     *             "out_trade_no": "20261201k3v9x0q7m2tznp",
                     *             "payer_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
                     *             "prepaid_at": "2026-12-01T10:00:00.000+08:00",
                     *             "prepay_id": "wx201410272009395522657a690389285100",
                     *             "state": "open",
                     *             "success_at": null,
                     *             "transaction_id": null
                     *           },
                     *           "placed_at": "2026-12-01T10:00:00.000+08:00",
                     *           "refunded_fen": 0,
                     *           "refunds": [],
                     *           "remark": "",
                     *           "scene": null,
                     *           "state": "pending_payment",
                     *           "supervision": "bonded_1210",
                     *           "tax_basis": "not_computed",
                     *           "tax_fen": 0,
                     *           "timeline": [
                     *             {
                     *               "actor": "customer",
                     *               "amount_fen": null,
                     *               "at": "2026-12-01T10:00:00.000+08:00",
                     *               "kind": "placed",
                     *               "state": "pending_payment"
                     *             },
                     *             {
                     *               "actor": "customer",
                     *               "amount_fen": null,
                     *               "at": "2026-12-01T10:00:00.000+08:00",
                     *               "kind": "closing",
                     *               "state": null
                     *             }
                     *           ]
                     *         },
                     *         {
                     *           "cancel_reason": "customer",
                     *           "cancelled_at": "2026-12-01T10:00:00.000+08:00",
                     *           "consignee": {
                     *             "city": "上海市",
                     *             "detail": "世纪大道 100 号 1201 室",
                     *             "district": "浦东新区",
                     *             "name": "王小明",
                     *             "phone": "13800138000",
                     *             "province": "上海市",
                     *             "region_code": "310115"
                     *           },
                     *           "discount_fen": 0,
                     *           "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *           "freight_fen": 1000,
                     *           "goods_fen": 11900,
                     *           "hold": null,
                     *           "identity": null,
                     *           "lines": [
                     *             {
                     *               "image": "/media/products/red-ginseng-stick.jpg",
                     *               "line_fen": 11900,
                     *               "name": "六年根红参浓缩液便携条",
                     *               "product_id": "10",
                     *               "quantity": 1,
                     *               "sku_code": "GP-HST-STICK-10",
                     *               "sku_id": "14",
                     *               "spec": "10 条装",
                     *               "tax_fen": 0,
                     *               "unit_price_fen": 11900
                     *             }
                     *           ],
                     *           "notice_version": "2026-11-01",
                     *           "order_no": "20261201k3v9x0q7m2tznp",
                     *           "paid_at": null,
                     *           "paid_fen": 0,
                     *           "payable_fen": 12900,
                     *           "payment": null,
                     *           "placed_at": "2026-12-01T10:00:00.000+08:00",
                     *           "refunded_fen": 0,
                     *           "refunds": [],
                     *           "remark": "",
                     *           "scene": null,
                     *           "state": "cancelled",
                     *           "supervision": "bonded_1210",
                     *           "tax_basis": "not_computed",
                     *           "tax_fen": 0,
                     *           "timeline": [
                     *             {
                     *               "actor": "customer",
                     *               "amount_fen": null,
                     *               "at": "2026-12-01T10:00:00.000+08:00",
                     *               "kind": "placed",
                     *               "state": "pending_payment"
                     *             },
                     *             {
                     *               "actor": "customer",
                     *               "amount_fen": null,
                     *               "at": "2026-12-01T10:00:00.000+08:00",
                     *               "kind": "cancelled_by_customer",
                     *               "state": "cancelled"
                     *             }
                     *           ]
                     *         }
                     *       ],
                     *       "orders_cut": false,
                     *       "orders_max": 1000,
                     *       "profile": {
                     *         "closing_at": null,
                     *         "created_at": "2026-12-01T10:00:00.000+08:00",
                     *         "first_scene": null,
                     *         "id": "8k3v9x0q7m2tznpa",
                     *         "language": "zh",
                     *         "last_login_at": "2026-12-01T10:00:00.000+08:00",
                     *         "nickname": "小明",
                     *         "phone": "13835577801",
                     *         "wechat_openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
                     *         "wechat_unionid": null
                     *       },
                     *       "sessions": [
                     *         {
                     *           "created_at": "2026-12-01T10:00:00.000+08:00",
                     *           "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *           "refreshed_at": "2026-12-01T10:00:00.000+08:00",
                     *           "revoked_at": null
                     *         },
                     *         {
                     *           "created_at": "2026-12-01T10:00:00.000+08:00",
                     *           "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *           "refreshed_at": "2026-12-01T10:00:00.000+08:00",
                     *           "revoked_at": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": unknown;
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`, or `invalid_login_code`: the code is used, or of somebody else */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_unavailable`: try again with a NEW code */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closing": null,
                     *       "consents": [
                     *         {
                     *           "age_confirmed": false,
                     *           "document": "identity",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "4577d84615b182e01d73326b467fdfd9d7db411ca668e6724134eae8a9c91080",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         },
                     *         {
                     *           "age_confirmed": true,
                     *           "document": "privacy",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "87aabb6c73c93a9f251342fc1f7efdd1774f9c6b546eaee5818582e812281ed8",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         }
                     *       ],
                     *       "created_at": "2026-12-01T10:00:00.000+08:00",
                     *       "id": "8k3v9x0q7m2tznpa",
                     *       "language": "zh",
                     *       "nickname": "小明",
                     *       "phone": "138****7801"
                     *     }
                     */
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized`: also if it is closed by now */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "0a3FdV000WMyLT1Ylk100z5xvz0FdV0k"
                 *     }
                 */
                "application/json": components["schemas"]["PhoneRequest"];
            };
        };
        responses: {
            /** @description Bound; masked here */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "closing": null,
                     *       "consents": [
                     *         {
                     *           "age_confirmed": false,
                     *           "document": "identity",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "4577d84615b182e01d73326b467fdfd9d7db411ca668e6724134eae8a9c91080",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         },
                     *         {
                     *           "age_confirmed": true,
                     *           "document": "privacy",
                     *           "given_at": "2026-12-01T10:00:00.000+08:00",
                     *           "language": "zh",
                     *           "request_id": "01998c5f0a7e4d21",
                     *           "text_sha256": "87aabb6c73c93a9f251342fc1f7efdd1774f9c6b546eaee5818582e812281ed8",
                     *           "version": "2026-11-01",
                     *           "withdrawn_at": null
                     *         }
                     *       ],
                     *       "created_at": "2026-12-01T10:00:00.000+08:00",
                     *       "id": "8k3v9x0q7m2tznpa",
                     *       "language": "zh",
                     *       "nickname": "小明",
                     *       "phone": "138****7801"
                     *     }
                     */
                    "application/json": components["schemas"]["ProfileView"];
                };
            };
            /** @description `invalid_request`: the code is used, expired, unknown, or another user's */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `wechat_unavailable`: try again with a NEW code */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "began_at": "2026-12-01T10:00:00.000+08:00",
                     *           "ends_at": "2026-12-01T10:00:00.000+08:00",
                     *           "is_this": false,
                     *           "refreshed_at": "2026-12-01T10:00:00.000+08:00"
                     *         },
                     *         {
                     *           "began_at": "2026-12-01T10:00:00.000+08:00",
                     *           "ends_at": "2026-12-01T10:00:00.000+08:00",
                     *           "is_this": true,
                     *           "refreshed_at": "2026-12-01T10:00:00.000+08:00"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["SessionList"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; there is nothing to say */
            204: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                cursor?: string;
                /** @description 20 if left out. */
                limit?: number;
                /** @description Only orders in this state. */
                state?: "pending_payment" | "paid" | "cleared" | "shipped" | "delivered" | "completed" | "cancelled";
            };
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "cancel_reason": null,
                     *           "cancelled_at": null,
                     *           "consignee": {
                     *             "city": "上海市",
                     *             "detail": "世纪大道 100 号 1201 室",
                     *             "district": "浦东新区",
                     *             "name": "王小明",
                     *             "phone": "138****8000",
                     *             "province": "上海市",
                     *             "region_code": "310115"
                     *           },
                     *           "discount_fen": 0,
                     *           "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *           "freight_fen": 1000,
                     *           "goods_fen": 11900,
                     *           "hold": null,
                     *           "lines": [
                     *             {
                     *               "image": "/media/products/red-ginseng-stick.jpg",
                     *               "line_fen": 11900,
                     *               "name": "六年根红参浓缩液便携条",
                     *               "product_id": "10",
                     *               "quantity": 1,
                     *               "sku_code": "GP-HST-STICK-10",
                     *               "sku_id": "14",
                     *               "spec": "10 条装",
                     *               "tax_fen": 0,
                     *               "unit_price_fen": 11900
                     *             }
                     *           ],
                     *           "notice_version": "2026-11-01",
                     *           "order_no": "20261201k3v9x0q7m2tznp",
                     *           "paid_at": "2026-12-01T10:00:00.000+08:00",
                     *           "paid_fen": 12900,
                     *           "payable_fen": 12900,
                     *           "placed_at": "2026-12-01T10:00:00.000+08:00",
                     *           "refunded_fen": 0,
                     *           "remark": "",
                     *           "state": "paid",
                     *           "tax_basis": "not_computed",
                     *           "tax_fen": 0,
                     *           "timeline": []
                     *         }
                     *       ],
                     *       "next_cursor": null
                     *     }
                     */
                    "application/json": components["schemas"]["Page_OrderView"];
                };
            };
            /** @description `invalid_request`: `errors` names every field at fault */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: `reason` says what is wrong with the token */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
                /** @description 8 to 64 visible characters; kept for 24 hours */
                "Idempotency-Key": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "address_id": "8k3v9x0q7m2tznpa",
                 *       "expected_payable_fen": 12900,
                 *       "items": [
                 *         {
                 *           "quantity": 1,
                 *           "sku_id": "14"
                 *         }
                 *       ],
                 *       "notice_version": "2026-11-01"
                 *     }
                 */
                "application/json": components["schemas"]["PlaceOrderBody"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cancel_reason": null,
                     *       "cancelled_at": null,
                     *       "consignee": {
                     *         "city": "上海市",
                     *         "detail": "世纪大道 100 号 1201 室",
                     *         "district": "浦东新区",
                     *         "name": "王小明",
                     *         "phone": "138****8000",
                     *         "province": "上海市",
                     *         "region_code": "310115"
                     *       },
                     *       "discount_fen": 0,
                     *       "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *       "freight_fen": 1000,
                     *       "goods_fen": 11900,
                     *       "hold": null,
                     *       "lines": [
                     *         {
                     *           "image": "/media/products/red-ginseng-stick.jpg",
                     *           "line_fen": 11900,
                     *           "name": "六年根红参浓缩液便携条",
                     *           "product_id": "10",
                     *           "quantity": 1,
                     *           "sku_code": "GP-HST-STICK-10",
                     *           "sku_id": "14",
                     *           "spec": "10 条装",
                     *           "tax_fen": 0,
                     *           "unit_price_fen": 11900
                     *         }
                     *       ],
                     *       "notice_version": "2026-11-01",
                     *       "order_no": "20261201k3v9x0q7m2tznp",
                     *       "paid_at": null,
                     *       "paid_fen": 0,
                     *       "payable_fen": 12900,
                     *       "placed_at": "2026-12-01T10:00:00.000+08:00",
                     *       "refunded_fen": 0,
                     *       "remark": "",
                     *       "state": "pending_payment",
                     *       "tax_basis": "not_computed",
                     *       "tax_fen": 0,
                     *       "timeline": [
                     *         {
                     *           "actor": "customer",
                     *           "amount_fen": null,
                     *           "at": "2026-12-01T10:00:00.000+08:00",
                     *           "kind": "placed",
                     *           "state": "pending_payment"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            /** @description `invalid_request`: `errors` names every field at fault */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized`: `reason` says what is wrong with the token */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: not there, or not the caller's */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            408: components["responses"]["RequestTimeout"];
            /** @description `price_changed` (with the new quote), `out_of_stock` (with the lines), `notice_changed`, `place_not_served`, `split_required`, `limit_reached`, `identity_required`, `value_limit`, `account_closing` */
            409: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "price_changed",
                     *       "detail": "价格已更新，请确认新价格后再提交。",
                     *       "errors": [],
                     *       "quote": {
                     *         "discount_fen": 0,
                     *         "freight_fen": 1000,
                     *         "goods_fen": 11900,
                     *         "gross_weight_g": 150,
                     *         "lines": [
                     *           {
                     *             "image": "/media/products/red-ginseng-stick.jpg",
                     *             "line_fen": 11900,
                     *             "name": "六年根红参浓缩液便携条",
                     *             "product_id": "10",
                     *             "quantity": 1,
                     *             "sku_code": "GP-HST-STICK-10",
                     *             "sku_id": "14",
                     *             "spec": "10 条装",
                     *             "supervision": "bonded_1210",
                     *             "tax_fen": 0,
                     *             "unit_price_fen": 11900
                     *           }
                     *         ],
                     *         "notice_version": "2026-11-01",
                     *         "payable_fen": 12900,
                     *         "problems": [],
                     *         "quota": {},
                     *         "tax_basis": "not_computed",
                     *         "tax_fen": 0
                     *       },
                     *       "status": 409,
                     *       "title": "价格已变动",
                     *       "trace_id": "01998c5f0a7e4d21",
                     *       "type": "/docs/errors/price_changed"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            414: components["responses"]["UriTooLong"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description `idempotency_key_reused` */
            422: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            /** @description `unavailable`: too busy, nothing was done; again after `Retry-After` seconds */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path: {
                /** @description Order number */
                order_no: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cancel_reason": null,
                     *       "cancelled_at": null,
                     *       "consignee": {
                     *         "city": "上海市",
                     *         "detail": "世纪大道 100 号 1201 室",
                     *         "district": "浦东新区",
                     *         "name": "王小明",
                     *         "phone": "138****8000",
                     *         "province": "上海市",
                     *         "region_code": "310115"
                     *       },
                     *       "discount_fen": 0,
                     *       "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *       "freight_fen": 1000,
                     *       "goods_fen": 11900,
                     *       "hold": null,
                     *       "lines": [
                     *         {
                     *           "image": "/media/products/red-ginseng-stick.jpg",
                     *           "line_fen": 11900,
                     *           "name": "六年根红参浓缩液便携条",
                     *           "product_id": "10",
                     *           "quantity": 1,
                     *           "sku_code": "GP-HST-STICK-10",
                     *           "sku_id": "14",
                     *           "spec": "10 条装",
                     *           "tax_fen": 0,
                     *           "unit_price_fen": 11900
                     *         }
                     *       ],
                     *       "notice_version": "2026-11-01",
                     *       "order_no": "20261201k3v9x0q7m2tznp",
                     *       "paid_at": "2026-12-01T10:00:00.000+08:00",
                     *       "paid_fen": 12900,
                     *       "payable_fen": 12900,
                     *       "placed_at": "2026-12-01T10:00:00.000+08:00",
                     *       "refunded_fen": 0,
                     *       "remark": "",
                     *       "state": "paid",
                     *       "tax_basis": "not_computed",
                     *       "tax_fen": 0,
                     *       "timeline": [
                     *         {
                     *           "actor": "customer",
                     *           "amount_fen": null,
                     *           "at": "2026-12-01T10:00:00.000+08:00",
                     *           "kind": "placed",
                     *           "state": "pending_payment"
                     *         },
                     *         {
                     *           "actor": "wechat",
                     *           "amount_fen": 12900,
                     *           "at": "2026-12-01T10:00:00.000+08:00",
                     *           "kind": "paid",
                     *           "state": "paid"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized`: `reason` says what is wrong with the token */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: not there, or not the caller's */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path: {
                /** @description Order number */
                order_no: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cancel_reason": "customer",
                     *       "cancelled_at": "2026-12-01T10:00:00.000+08:00",
                     *       "consignee": {
                     *         "city": "上海市",
                     *         "detail": "世纪大道 100 号 1201 室",
                     *         "district": "浦东新区",
                     *         "name": "王小明",
                     *         "phone": "138****8000",
                     *         "province": "上海市",
                     *         "region_code": "310115"
                     *       },
                     *       "discount_fen": 0,
                     *       "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *       "freight_fen": 1000,
                     *       "goods_fen": 11900,
                     *       "hold": null,
                     *       "lines": [
                     *         {
                     *           "image": "/media/products/red-ginseng-stick.jpg",
                     *           "line_fen": 11900,
                     *           "name": "六年根红参浓缩液便携条",
                     *           "product_id": "10",
                     *           "quantity": 1,
                     *           "sku_code": "GP-HST-STICK-10",
                     *           "sku_id": "14",
                     *           "spec": "10 条装",
                     *           "tax_fen": 0,
                     *           "unit_price_fen": 11900
                     *         }
                     *       ],
                     *       "notice_version": "2026-11-01",
                     *       "order_no": "20261201k3v9x0q7m2tznp",
                     *       "paid_at": null,
                     *       "paid_fen": 0,
                     *       "payable_fen": 12900,
                     *       "placed_at": "2026-12-01T10:00:00.000+08:00",
                     *       "refunded_fen": 0,
                     *       "remark": "",
                     *       "state": "cancelled",
                     *       "tax_basis": "not_computed",
                     *       "tax_fen": 0,
                     *       "timeline": [
                     *         {
                     *           "actor": "customer",
                     *           "amount_fen": null,
                     *           "at": "2026-12-01T10:00:00.000+08:00",
                     *           "kind": "placed",
                     *           "state": "pending_payment"
                     *         },
                     *         {
                     *           "actor": "customer",
                     *           "amount_fen": null,
                     *           "at": "2026-12-01T10:00:00.000+08:00",
                     *           "kind": "cancelled_by_customer",
                     *           "state": "cancelled"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            /** @description Taken; its end is not known yet */
            202: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cancel_reason": "customer",
                     *       "cancelled_at": null,
                     *       "consignee": {
                     *         "city": "上海市",
                     *         "detail": "世纪大道 100 号 1201 室",
                     *         "district": "浦东新区",
                     *         "name": "王小明",
                     *         "phone": "138****8000",
                     *         "province": "上海市",
                     *         "region_code": "310115"
                     *       },
                     *       "discount_fen": 0,
                     *       "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *       "freight_fen": 1000,
                     *       "goods_fen": 11900,
                     *       "hold": "closing",
                     *       "lines": [
                     *         {
                     *           "image": "/media/products/red-ginseng-stick.jpg",
                     *           "line_fen": 11900,
                     *           "name": "六年根红参浓缩液便携条",
                     *           "product_id": "10",
                     *           "quantity": 1,
                     *           "sku_code": "GP-HST-STICK-10",
                     *           "sku_id": "14",
                     *           "spec": "10 条装",
                     *           "tax_fen": 0,
                     *           "unit_price_fen": 11900
                     *         }
                     *       ],
                     *       "notice_version": "2026-11-01",
                     *       "order_no": "20261201k3v9x0q7m2tznp",
                     *       "paid_at": null,
                     *       "paid_fen": 0,
                     *       "payable_fen": 12900,
                     *       "placed_at": "2026-12-01T10:00:00.000+08:00",
                     *       "refunded_fen": 0,
                     *       "remark": "",
                     *       "state": "pending_payment",
                     *       "tax_basis": "not_computed",
                     *       "tax_fen": 0,
                     *       "timeline": [
                     *         {
                     *           "actor": "customer",
                     *           "amount_fen": null,
                     *           "at": "2026-12-01T10:00:00.000+08:00",
                     *           "kind": "placed",
                     *           "state": "pending_payment"
                     *         },
                     *         {
                     *           "actor": "customer",
                     *           "amount_fen": null,
                     *           "at": "2026-12-01T10:00:00.000+08:00",
                     *           "kind": "closing",
                     *           "state": null
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized`: `reason` says what is wrong with the token */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: not there, or not the caller's */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `already_paid` */
            409: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path: {
                /** @description Order number */
                order_no: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "nonceStr": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
                     *       "package": "prepay_id=wx201410272009395522657a690389285100",
                     *       "paySign": "oR9d8PuhnIc+YZ8cBHFCwfgpaK9gd7vaRvkYD7rthRAZ/X+QBhcCYL21N7cHCTUx",
                     *       "signType": "RSA",
                     *       "timeStamp": "1796090400"
                     *     }
                     */
                    "application/json": components["schemas"]["PayParams"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized`: `reason` says what is wrong with the token */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: not there, or not the caller's */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `already_paid`, `wrong_state`, `identity_required`, or `payment_in_progress`: try again in a moment */
            409: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "already_paid",
                     *       "detail": "该订单已支付，无需重复操作。",
                     *       "errors": [],
                     *       "status": 409,
                     *       "title": "订单已支付",
                     *       "trace_id": "01998c5f0a7e4d21",
                     *       "type": "/docs/errors/already_paid"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            /** @description `wechat_refused`: only the operator can mend it */
            502: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unavailable`: too busy, nothing was done; again after `Retry-After` seconds */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path: {
                /** @description Order number */
                order_no: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As asked */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "cancel_reason": null,
                     *       "cancelled_at": null,
                     *       "consignee": {
                     *         "city": "上海市",
                     *         "detail": "世纪大道 100 号 1201 室",
                     *         "district": "浦东新区",
                     *         "name": "王小明",
                     *         "phone": "138****8000",
                     *         "province": "上海市",
                     *         "region_code": "310115"
                     *       },
                     *       "discount_fen": 0,
                     *       "expires_at": "2026-12-01T10:00:00.000+08:00",
                     *       "freight_fen": 1000,
                     *       "goods_fen": 11900,
                     *       "hold": null,
                     *       "lines": [
                     *         {
                     *           "image": "/media/products/red-ginseng-stick.jpg",
                     *           "line_fen": 11900,
                     *           "name": "六年根红参浓缩液便携条",
                     *           "product_id": "10",
                     *           "quantity": 1,
                     *           "sku_code": "GP-HST-STICK-10",
                     *           "sku_id": "14",
                     *           "spec": "10 条装",
                     *           "tax_fen": 0,
                     *           "unit_price_fen": 11900
                     *         }
                     *       ],
                     *       "notice_version": "2026-11-01",
                     *       "order_no": "20261201k3v9x0q7m2tznp",
                     *       "paid_at": "2026-12-01T10:00:00.000+08:00",
                     *       "paid_fen": 12900,
                     *       "payable_fen": 12900,
                     *       "placed_at": "2026-12-01T10:00:00.000+08:00",
                     *       "refunded_fen": 0,
                     *       "remark": "",
                     *       "state": "paid",
                     *       "tax_basis": "not_computed",
                     *       "tax_fen": 0,
                     *       "timeline": [
                     *         {
                     *           "actor": "customer",
                     *           "amount_fen": null,
                     *           "at": "2026-12-01T10:00:00.000+08:00",
                     *           "kind": "placed",
                     *           "state": "pending_payment"
                     *         },
                     *         {
                     *           "actor": "wechat",
                     *           "amount_fen": 12900,
                     *           "at": "2026-12-01T10:00:00.000+08:00",
                     *           "kind": "paid",
                     *           "state": "paid"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["OrderView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `unauthorized`: `reason` says what is wrong with the token */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: not there, or not the caller's */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalError"];
            /** @description `unavailable`: too busy, nothing was done; again after `Retry-After` seconds */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                /** @description Products on a page: 20 unless told. */
                limit?: number;
                /** @description Words that must all be found, 64 characters at most. Taken literally. */
                q?: string;
                /** @description Order; `default` is the best match first, then by category. */
                sort?: "default" | "price_asc" | "price_desc" | "newest";
                /** @description Slug of a vendor. */
                vendor?: string;
            };
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "category": "cosmetics",
                     *           "id": "8k3v9x0q7m2tznpa",
                     *           "image": "/media/products/heartleaf-soothing-mask.jpg",
                     *           "in_stock": true,
                     *           "name": "鱼腥草舒缓保湿面膜",
                     *           "price_fen": 5900,
                     *           "slug": "heartleaf-soothing-mask",
                     *           "tax_fen": 0,
                     *           "vendor": {
                     *             "name": "秀里潭",
                     *             "slug": "suridam"
                     *           }
                     *         },
                     *         {
                     *           "category": "cosmetics",
                     *           "id": "8k3v9x0q7m2tznpa",
                     *           "image": "/media/products/mugwort-essence-toner.jpg",
                     *           "in_stock": true,
                     *           "name": "艾草精华爽肤水",
                     *           "price_fen": 12900,
                     *           "slug": "mugwort-essence-toner",
                     *           "tax_fen": 0,
                     *           "vendor": {
                     *             "name": "秀里潭",
                     *             "slug": "suridam"
                     *           }
                     *         }
                     *       ],
                     *       "next_cursor": "MDowOjE6Mg",
                     *       "total": 27
                     *     }
                     */
                    "application/json": components["schemas"]["ProductPage"];
                };
            };
            /** @description Unchanged since the `ETag` in `If-None-Match` */
            304: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "invalid_request",
                     *       "detail": "请检查标出的字段后重试。",
                     *       "errors": [
                     *         {
                     *           "allowed": [
                     *             "default",
                     *             "price_asc",
                     *             "price_desc",
                     *             "newest"
                     *           ],
                     *           "detail": "可用值：default, price_asc, price_desc, newest。",
                     *           "field": "sort",
                     *           "reason": "not_allowed"
                     *         }
                     *       ],
                     *       "status": 400,
                     *       "title": "请求无效",
                     *       "trace_id": "01998c5f0a7e4d21",
                     *       "type": "/docs/errors/invalid_request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            414: components["responses"]["UriTooLong"];
            /** @description `too_many_requests` (with `q`): wait for `Retry-After` */
            429: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "category": "health-food",
                     *       "description": "选用六年根红参，经反复蒸晒与低温萃取，调入少量蜂蜜，回甘柔和。每条 10 g，撕口易开，可直接饮用，也可兑温水或牛奶。30 条装适合自用，60 条礼盒配硬质提手盒，送长辈得体。",
                     *       "earliest_expiry": null,
                     *       "id": "8k3v9x0q7m2tznpa",
                     *       "image": "/media/products/red-ginseng-stick.jpg",
                     *       "in_stock": true,
                     *       "label_zh": "品名：六年根红参浓缩液便携条\n成分：红参浓缩液（韩国，六年根）、蜂蜜、水、枣浓缩液\n净含量：10 g×10 条 / 10 g×30 条 / 10 g×60 条（以所选规格为准）\n原产国：韩国\n制造商：株式会社红泉园（韩国京畿道军浦市）\n使用方法：每日 1 条，直接饮用或用温水、牛奶调和\n注意事项：本品为食品，不是药品，不能代替药物；孕妇、哺乳期妇女、14 周岁以下儿童不宜食用；服药期间请先咨询医师；条内少量沉淀为原料成分，揉匀后饮用\n保质期：24 个月，置于阴凉干燥处，到期日见外盒",
                     *       "maker": "株式会社红泉园（韩国京畿道军浦市）",
                     *       "name": "六年根红参浓缩液便携条",
                     *       "notices": [
                     *         {
                     *           "text": "跨境电子商务零售进口商品消费者告知书\n\n尊敬的消费者：\n您在本小程序选购的是跨境电子商务零售进口商品。下单前，请您认真阅读以下内容：\n\n一、您购买的商品符合原产国（地区）有关质量、安全、卫生、环保、标识等标准或技术规范要求，但可能与我国标准存在差异，由此可能产生的风险由您自行承担。\n二、您购买的商品直接购自境外，可能无中文标签。商品的中文电子标签请在商品详情页查看。\n三、您购买的商品仅限个人自用，不得进行再次销售。\n\n勾选“我已阅读并同意”并提交订单，即表示您已知悉并同意以上内容。如不同意，请勿下单。",
                     *           "version": "2026-11-01"
                     *         }
                     *       ],
                     *       "origin": "KR",
                     *       "price_fen": 11900,
                     *       "skus": [
                     *         {
                     *           "available": 10,
                     *           "code": "GP-HST-STICK-10",
                     *           "id": "8k3v9x0q7m2tznpa",
                     *           "limit_per_order": 10,
                     *           "price_fen": 11900,
                     *           "spec": "10 条装",
                     *           "tax_fen": 0
                     *         },
                     *         {
                     *           "available": 6,
                     *           "code": "GP-HST-STICK-30",
                     *           "id": "8k3v9x0q7m2tznpa",
                     *           "limit_per_order": 6,
                     *           "price_fen": 29900,
                     *           "spec": "30 条装",
                     *           "tax_fen": 0
                     *         }
                     *       ],
                     *       "slug": "red-ginseng-stick",
                     *       "summary": "一天一条，撕开即饮，忙碌日子里的一份从容。",
                     *       "supervision": "bonded_1210",
                     *       "tax_fen": 0,
                     *       "vendor": {
                     *         "name": "红泉园",
                     *         "slug": "hongsaemtteul"
                     *       }
                     *     }
                     */
                    "application/json": components["schemas"]["ProductView"];
                };
            };
            /** @description Unchanged since the `ETag` in `If-None-Match` */
            304: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `not_found`: unknown or not on sale */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "code": "not_found",
                     *       "detail": "内容不存在或已下架。",
                     *       "errors": [],
                     *       "status": 404,
                     *       "title": "未找到",
                     *       "trace_id": "01998c5f0a7e4d21",
                     *       "type": "/docs/errors/not_found"
                     *     }
                     */
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "address_id": "8k3v9x0q7m2tznpa",
                 *       "items": [
                 *         {
                 *           "quantity": 1,
                 *           "sku_id": "14"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["QuoteRequest"];
            };
        };
        responses: {
            /** @description The price now, and what stands against an order */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "discount_fen": 0,
                     *       "freight_fen": 1000,
                     *       "goods_fen": 11900,
                     *       "gross_weight_g": 150,
                     *       "lines": [
                     *         {
                     *           "image": "/media/products/red-ginseng-stick.jpg",
                     *           "line_fen": 11900,
                     *           "name": "六年根红参浓缩液便携条",
                     *           "product_id": "10",
                     *           "quantity": 1,
                     *           "sku_code": "GP-HST-STICK-10",
                     *           "sku_id": "14",
                     *           "spec": "10 条装",
                     *           "supervision": "bonded_1210",
                     *           "tax_fen": 0,
                     *           "unit_price_fen": 11900
                     *         }
                     *       ],
                     *       "notice_version": "2026-11-01",
                     *       "payable_fen": 12900,
                     *       "problems": [],
                     *       "quota": {},
                     *       "tax_basis": "not_computed",
                     *       "tax_fen": 0
                     *     }
                     */
                    "application/json": components["schemas"]["QuoteView"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `unauthorized` */
            401: {
                headers: {
                    /** @description `Bearer`, with `error="invalid_token"` if a token was sent (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `not_found`: not the buyer's address */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Completions */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "suggestions": [
                     *         "红参大枣饮",
                     *         "红参",
                     *         "红参液",
                     *         "红参条",
                     *         "红参饮",
                     *         "红枣",
                     *         "红参茶",
                     *         "红参膏",
                     *         "红参精",
                     *         "六年根红参浓缩液便携条"
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["Suggestions"];
                };
            };
            /** @description `invalid_request` */
            400: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All firms */
            200: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "founded": 2011,
                     *           "image": "/media/vendors/suridam.jpg",
                     *           "intro": "秀里潭在军浦市修理山脚下做护肤品，配方以艾草、鱼腥草等东方草本为主。团队不大，从打样到灌装都在同一栋楼里完成，每个批次都留样备查。",
                     *           "name": "秀里潭",
                     *           "product_count": 3,
                     *           "slug": "suridam"
                     *         },
                     *         {
                     *           "founded": 2016,
                     *           "image": "/media/vendors/dalyeoul-lab.jpg",
                     *           "intro": "月滩研由三位配方师创立，专注发酵原料和轻薄质地。产品线不求多，每一款都经过至少一年的试用和调整才上架。",
                     *           "name": "月滩研",
                     *           "product_count": 4,
                     *           "slug": "dalyeoul-lab"
                     *         }
                     *       ]
                     *     }
                     */
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
            header?: {
                /** @description `zh`, `ko` or `en`: the language of names, texts and errors; Chinese unless told. */
                "Accept-Language"?: string;
            };
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
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "founded": 1998,
                     *       "image": "/media/vendors/hongsaemtteul.jpg",
                     *       "intro": "红泉园是一家两代人经营的红参加工企业，只选用六年根人参，低温慢萃。公司在军浦设有自己的检验室，每批原料入厂前都要核对产地凭证。",
                     *       "name": "红泉园",
                     *       "product_count": 3,
                     *       "slug": "hongsaemtteul"
                     *     }
                     */
                    "application/json": components["schemas"]["VendorView"];
                };
            };
            400: components["responses"]["InvalidRequest"];
            /** @description `not_found` */
            404: {
                headers: {
                    /** @description The trace id: what was sent under this name, or a new one. The log has it. */
                    "X-Request-Id"?: string;
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
