//! The one table of WeChat's calls. A new call is a line here and a function.

use serde::{Deserialize, Serialize};

/// Every call: the route by which faults and limits name it, the family, then method, path and what answers. The handlers are
/// read by `calls` alone, which stands above all features; this file stands below them.
///
/// `App` asks for appid and secret, `Get` and `Post` for an access token, `Pay` and `File` for a signature, `Xml` is Pay v2.
macro_rules! calls {
    ($expand:ident) => {
        $expand! {
            #[serde(rename = "code2session")]
            Code2Session: Mini {
                GET "/sns/jscode2session" => App(mini::code_to_session);
            }
            StableToken: Mini {
                POST "/cgi-bin/stable_token" => App(token::stable);
            }
            Token: Mini {
                GET "/cgi-bin/token" => App(token::plain);
            }
            PhoneNumber: Mini {
                POST "/wxa/business/getuserphonenumber" => Post(phone::number);
            }
            PaidUnionid: Mini {
                GET "/wxa/getpaidunionid" => Get(|context, request| session::paid_unionid(context, request));
            }
            CheckSession: Mini {
                GET "/wxa/checksession" => Get(|context, request| session::check(context, request));
            }
            ResetSession: Mini {
                GET "/wxa/resetusersessionkey" => Get(session::reset);
            }
            UnlimitedCode: Mini {
                POST "/wxa/getwxacodeunlimit" => Post(wxacode::unlimited);
            }
            LimitedCode: Mini {
                POST "/wxa/getwxacode" => Post(wxacode::limited);
                POST "/cgi-bin/wxaapp/createwxaqrcode" => Post(wxacode::limited);
            }
            UrlScheme: Mini {
                POST "/wxa/generatescheme" => Post(link::scheme);
            }
            UrlLink: Mini {
                POST "/wxa/generate_urllink" => Post(link::url_link);
            }
            LinkQuery: Mini {
                POST "/wxa/queryscheme" => Post(|context, body| link::query_scheme(context, body));
                POST "/wxa/query_urllink" => Post(|context, body| link::query_url_link(context, body));
            }
            SubscribeSend: Mini {
                POST "/cgi-bin/message/subscribe/send" => Post(subscribe::send);
            }
            Templates: Mini {
                GET "/wxaapi/newtmpl/gettemplate" => Get(|context, _| Ok(subscribe::templates(context)));
            }
            ServiceCard: Mini {
                POST "/wxa/set_user_notify" => Post(service_card::set);
                POST "/wxa/set_user_notifyext" => Post(service_card::set_extension);
            }
            ServiceCardQuery: Mini {
                POST "/wxa/get_user_notify" => Post(|context, body| service_card::query(context, body));
            }
            TextCheck: Mini {
                POST "/wxa/msg_sec_check" => Post(content_check::text);
            }
            MediaCheck: Mini {
                POST "/wxa/media_check_async" => Post(content_check::media);
            }
            ShippingUpload: Mini {
                POST "/wxa/sec/order/upload_shipping_info" => Post(shipping::upload::one);
            }
            ShippingCombined: Mini {
                POST "/wxa/sec/order/upload_combined_shipping_info" => Post(shipping::upload::combined);
            }
            ShippingOrder: Mini {
                POST "/wxa/sec/order/get_order" => Post(|context, body| shipping::query::order(context, body));
            }
            ShippingOrders: Mini {
                POST "/wxa/sec/order/get_order_list" => Post(|context, body| shipping::query::orders(context, body));
            }
            ShippingRemind: Mini {
                POST "/wxa/sec/order/notify_confirm_receive" => Post(shipping::query::remind);
            }
            TradeManaged: Mini {
                POST "/wxa/sec/order/is_trade_managed" => Post(|context, body| shipping::query::is_managed(context, body));
                POST "/wxa/sec/order/is_trade_management_confirmation_completed"
                    => Post(|context, body| shipping::query::is_confirmed(context, body));
            }
            MessageJumpPath: Mini {
                POST "/wxa/sec/order/set_msg_jump_path" => Post(shipping::query::jump_path);
            }
            OrderDetailPath: Mini {
                POST "/wxa/sec/order/update_order_detail_path" => Post(order_center::update_path);
                POST "/wxa/sec/order/get_order_detail_path" => Post(|context, _| Ok(order_center::path(context)));
            }
            TradeComplaint: Mini {
                GET "/wxaapi/minishop/complaintOrderDetail" => Get(|context, request| trade_complaints::detail(context, request));
                POST "/wxaapi/minishop/bussiRespondComplaint" => Post(trade_complaints::respond);
                POST "/wxaapi/minishop/bussiSupplyProof" => Post(trade_complaints::supply_proof);
                POST "/wxaapi/minishop/bussiSupplyRefund" => Post(trade_complaints::supply_refund);
                POST "/wxaapi/minishop/busiAppeal" => Post(trade_complaints::appeal);
            }
            DeliveryList: Mini {
                POST "/cgi-bin/express/delivery/open_msg/get_delivery_list" => Post(|_, _| Ok(waybill::companies()));
            }
            TraceWaybill: Mini {
                POST "/cgi-bin/express/delivery/open_msg/trace_waybill" => Post(waybill::trace);
            }
            QueryTrace: Mini {
                POST "/cgi-bin/express/delivery/open_msg/query_trace" => Post(|context, body| waybill::query(context, body));
            }
            Prepay: Pay {
                POST "/v3/pay/transactions/jsapi" => Pay(|context, call| prepay::prepay(context, &call.request.body));
            }
            Query: Pay {
                GET "/v3/pay/transactions/out-trade-no/{}"
                    => Pay(|context, call| query::by_number(context, call.request, call.part));
                GET "/v3/pay/transactions/id/{}"
                    => Pay(|context, call| query::by_transaction(context, call.request, call.part));
            }
            Close: Pay {
                POST "/v3/pay/transactions/out-trade-no/{}/close"
                    => Pay(|context, call| close::close(context, call.part, &call.request.body));
            }
            Refund: Pay {
                POST "/v3/refund/domestic/refunds" => Pay(|context, call| refund::refund(context, &call.request.body));
            }
            RefundQuery: Pay {
                GET "/v3/refund/domestic/refunds/{}" => Pay(|context, call| refund::query(context, call.part));
            }
            AbnormalRefund: Pay {
                POST "/v3/refund/domestic/refunds/{}/apply-abnormal-refund"
                    => Pay(|context, call| refund::abnormal::apply(context, call.request, call.part));
            }
            Certificates: Pay {
                GET "/v3/certificates" => Pay(|context, call| certificates::certificates(context, call.request));
            }
            TradeBill: Pay {
                GET "/v3/bill/tradebill" => Pay(|context, call| bills::trade_bill(context, call.request));
            }
            FundFlowBill: Pay {
                GET "/v3/bill/fundflowbill" => Pay(|context, call| bills::fund_flow_bill(context, call.request));
            }
            BillFile: PayFile {
                GET "/v3/billdownload/file" => File(bills::file);
            }
            Complaints: Pay {
                GET "/v3/merchant-service/complaints-v2" => Pay(|context, call| complaints::list(context, call.request));
                GET "/v3/merchant-service/complaints-v2/{}" => Pay(|context, call| complaints::detail(context, call.part));
                GET "/v3/merchant-service/complaints-v2/{}/negotiation-historys"
                    => Pay(|context, call| complaints::history(context, call.request, call.part));
                POST "/v3/merchant-service/complaints-v2/{}/response"
                    => Pay(|context, call| complaints::respond(context, call.part, &call.request.body));
                POST "/v3/merchant-service/complaints-v2/{}/complete"
                    => Pay(|context, call| complaints::complete(context, call.part, &call.request.body));
                POST "/v3/merchant-service/complaints-v2/{}/update-refund-progress"
                    => Pay(|context, call| complaints::refund_progress(context, call.part, &call.request.body));
                POST "/v3/merchant-service/complaint-notifications"
                    => Pay(|context, call| complaints::create_url(context, &call.request.body));
                GET "/v3/merchant-service/complaint-notifications" => Pay(|context, _| complaints::url(context));
                PUT "/v3/merchant-service/complaint-notifications"
                    => Pay(|context, call| complaints::set_url(context, &call.request.body));
                DELETE "/v3/merchant-service/complaint-notifications" => Pay(|context, _| complaints::delete_url(context));
            }
            ImageUpload: Pay {
                POST "/v3/merchant-service/images/upload" => Pay(|context, call| picture::upload(context, call.form));
            }
            CustomsDeclare: Xml {
                POST "/cgi-bin/mch/customs/customdeclareorder" => Xml(customs::xml::submit);
            }
            CustomsQuery: Xml {
                POST "/cgi-bin/mch/customs/customdeclarequery" => Xml(|context, fields| customs::xml::query(context, fields));
            }
            CustomsRedeclare: Xml {
                POST "/cgi-bin/mch/newcustoms/customdeclareredeclare" => Xml(customs::xml::push_again);
            }
            GlobalCustoms: Pay {
                POST "/v3/global/customs/orders" => Pay(|context, call| customs::global::submit(context, call.request, false));
                PATCH "/v3/global/customs/orders" => Pay(|context, call| customs::global::submit(context, call.request, true));
                GET "/v3/global/customs/orders" => Pay(|context, call| customs::global::query(context, call.request));
                POST "/v3/global/customs/verify-certificate"
                    => Pay(|context, call| customs::global::identity(context, call.request));
                POST "/v3/global/customs/redeclare"
                    => Pay(|context, call| customs::global::push_again(context, &call.request.body));
            }
        }
    };
}
pub(crate) use calls;

/// How a call is authenticated, and how it is answered (contract part 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `errcode` in JSON, always HTTP 200.
    Mini,
    /// Signed both ways.
    Pay,
    /// Signed by the merchant only: the file of a bill.
    PayFile,
    /// Pay v2: signed XML, always HTTP 200.
    Xml,
}

macro_rules! routes {
    ($($(#[$meta:meta])* $route:ident: $family:ident { $($method:ident $path:literal => $handler:expr;)+ })*) => {
        /// What a fault can be laid on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Route {
            /// Every call to WeChat, but no notify.
            #[serde(alias = "*")]
            Any,
            /// An attempt to deliver a notify.
            Notify,
            $($(#[$meta])* $(#[doc = concat!("`", stringify!($method), " ", $path, "`\n\n")])+ $route,)*
        }

        impl Route {
            /// All that a fault can be laid on.
            pub(crate) const ALL: &[Self] = &[Self::Any, Self::Notify, $(Self::$route,)*];

            pub(crate) fn family(self) -> Family {
                match self {
                    Self::Any | Self::Notify => Family::Pay,
                    $(Self::$route => Family::$family,)*
                }
            }
        }
    };
}
calls!(routes);

impl Route {
    /// As faults and settings spell it.
    pub(crate) fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Answers of Pay v3 carry `Wechatpay-*` headers.
    pub(crate) fn is_signed(self) -> bool {
        self.family() == Family::Pay
    }
}
