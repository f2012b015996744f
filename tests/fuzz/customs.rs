//! Customs: the XML of WeChat Pay v2, both ways, through the client that signs and judges it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use md5::{Digest, Md5};
use quick_xml::Reader;
use quick_xml::events::Event;
use secrecy::SecretString;
use tokio::runtime::Runtime;
use wechat_client::{
    CUSTOMS_BASE_URL, CUSTOMS_GUANGZHOU_ZS, CallError, CustomsClient, CustomsCredentials, CustomsKey, CustomsQuery,
    Declaration, DeclarationList, DeclareOrder, Outcome, PayerIdentity, SignMethod, Unknown, UnknownCause,
};

use crate::harness::Target;
use crate::inputs::{Dice, Input};
use crate::wechat::{APPID, MCHID, ORDER_NO, Scripted, TRANSACTION_ID, assert_fit_for_a_log, bare_answer, runtime};

const API_V2_KEY: &str = "192006250b4c09247ec02edce69f6a2d";
/// Mostly what WeChat answers with.
const STATUSES: [u16; 8] = [200, 200, 200, 200, 200, 302, 429, 500];
const EXPLANATION_MAX: usize = 2_000;
/// Longest name of a person that is sent.
const NAME_MAX: usize = 64;

type Values = BTreeMap<String, String>;

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// MD5 over all that is not empty, sorted, and the key.
fn signature(values: &Values) -> String {
    let mut text = String::new();
    for (name, value) in values.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()) {
        write!(text, "{name}={value}&").unwrap();
    }
    text.push_str("key=");
    text.push_str(API_V2_KEY);
    hex::encode_upper(Md5::digest(text.as_bytes()))
}

/// The values of an answer that WeChat signed, with more of them.
fn signed(more: &[(&str, &str)]) -> Values {
    let mut all = values(&[
        ("return_code", "SUCCESS"),
        ("return_msg", "OK"),
        ("result_code", "SUCCESS"),
        ("appid", APPID),
        ("mch_id", MCHID),
    ]);
    all.extend(values(more));
    let sign = signature(&all);
    all.insert("sign".to_owned(), sign);
    all
}

fn declared(explanation: &str) -> Values {
    signed(&[
        ("state", "FAIL"),
        ("transaction_id", TRANSACTION_ID),
        ("out_trade_no", ORDER_NO),
        ("modify_time", "20261125120000"),
        ("verify_department", "NETSUNION"),
        ("verify_department_trade_id", "2018112288340107038204310100000"),
        ("cert_check_result", "SAME"),
        ("explanation", explanation),
    ])
}

fn listed() -> Values {
    signed(&[
        ("err_code", "0"),
        ("err_code_des", "OK"),
        ("transaction_id", TRANSACTION_ID),
        ("count", "2"),
        ("verify_department", "UNIONPAY"),
        ("state_0", "SUCCESS"),
        ("order_fee_0", "1000"),
        ("customs_0", CUSTOMS_GUANGZHOU_ZS),
        ("modify_time_0", "20261125120000"),
        ("state_1", "NDECLARED"),
        ("sub_order_no_1", "GP1-2"),
        ("duty_1", "0"),
        ("explanation_1", "支付单已存在"),
    ])
}

fn written(values: &Values) -> Vec<u8> {
    let mut text = "<xml>".to_owned();
    for (name, value) in values {
        // What would end a section is written as two.
        let value = value.replace("]]>", "]]]]><![CDATA[>");
        write!(text, "<{name}><![CDATA[{value}]]></{name}>").unwrap();
    }
    text.push_str("</xml>");
    text.into_bytes()
}

/// What stands in CDATA, by the name of its element.
fn read(body: &[u8]) -> Values {
    let mut reader = Reader::from_str(std::str::from_utf8(body).unwrap());
    let (mut values, mut current) = (Values::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => start.name().0.clone_into(&mut current),
            Event::CData(section) => values.entry(current.clone()).or_default().push_str(&section),
            Event::Eof => return values,
            _ => {}
        }
    }
}

fn order(identity: Option<PayerIdentity>) -> DeclareOrder {
    DeclareOrder {
        out_trade_no: ORDER_NO.to_owned(),
        transaction_id: TRANSACTION_ID.to_owned(),
        customs: CUSTOMS_GUANGZHOU_ZS.to_owned(),
        merchant_customs_no: "3713W6K001".to_owned(),
        duty_fen: Some(888),
        part: None,
        identity,
    }
}

fn query() -> CustomsQuery {
    CustomsQuery { by: CustomsKey::TransactionId(TRANSACTION_ID.to_owned()), customs: CUSTOMS_GUANGZHOU_ZS.to_owned() }
}

/// The letters that XML can carry and a person's name may have.
fn printable(text: &str, longest: usize) -> String {
    let fits = |letter: &char| !letter.is_control() && !matches!(letter, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(fits).take(longest).collect()
}

pub(crate) struct Customs {
    wechat: Arc<Scripted>,
    client: CustomsClient,
    runtime: Runtime,
    /// What WeChat signed in all documents: nothing else may ever be believed.
    declarations: Vec<Declaration>,
    lists: Vec<DeclarationList>,
}

impl Customs {
    pub(crate) fn new() -> Self {
        let credentials = CustomsCredentials {
            appid: APPID.to_owned(),
            mchid: MCHID.to_owned(),
            api_v2_key: SecretString::from(API_V2_KEY),
            sign_method: SignMethod::Md5,
            base_url: CUSTOMS_BASE_URL.to_owned(),
        };
        let wechat = Arc::<Scripted>::default();
        let client = CustomsClient::new(&credentials, wechat.clone()).unwrap();
        let mut customs = Self { wechat, client, runtime: runtime(), declarations: Vec::new(), lists: Vec::new() };
        for document in customs.documents() {
            let (declaration, list) = (customs.declare(&order(None), 200, &document), customs.list(200, &document));
            customs.declarations.extend(declaration.ok());
            customs.lists.extend(list.ok());
        }
        assert_eq!((customs.declarations.len(), customs.lists.len()), (2, 2));
        customs
    }

    fn declare(&self, order: &DeclareOrder, status: u16, body: &[u8]) -> Outcome<Declaration> {
        self.wechat.will_answer([bare_answer(status, body)]);
        self.runtime.block_on(self.client.declare(order))
    }

    fn list(&self, status: u16, body: &[u8]) -> Outcome<DeclarationList> {
        self.wechat.will_answer([bare_answer(status, body)]);
        self.runtime.block_on(self.client.query(&query()))
    }

    /// Whatever became of a document on its way, it says what WeChat signed, or nothing.
    fn check_spoiled(&self, input: &Input, dice: &mut Dice) {
        let status = STATUSES[dice.below(STATUSES.len())];
        match self.declare(&order(None), status, &input.bytes) {
            Ok(declaration) => assert!(self.declarations.contains(&declaration), "{declaration:?}"),
            Err(fault) => assert_fit_for_a_log(&fault),
        }
        match self.list(status, &input.bytes) {
            Ok(list) => assert!(self.lists.contains(&list), "{list:?}"),
            Err(fault) => assert_fit_for_a_log(&fault),
        }
    }

    /// Any text that WeChat signed arrives as it is, and with one more letter it is not believed.
    fn check_answer(&self, text: &str) {
        let explanation = printable(text, EXPLANATION_MAX);
        let mut values = declared(&explanation);
        let read = self.declare(&order(None), 200, &written(&values)).unwrap();
        assert_eq!(read.explanation.unwrap_or_default(), explanation);
        values.get_mut("explanation").unwrap().push('x');
        let end = self.declare(&order(None), 200, &written(&values));
        let unproven = matches!(&end, Err(CallError::Unknown(Unknown { cause: UnknownCause::Unverified { .. }, .. })));
        assert!(unproven, "{end:?}");
    }

    /// Any name that is sent stands in the request as it is, signed; one that is not sent is refused.
    fn check_request(&self, text: &str) {
        let name = printable(text, NAME_MAX);
        let identity = PayerIdentity {
            id_number: SecretString::from("11010519491231002X"),
            name: SecretString::from(name.as_str()),
        };
        let end = self.declare(&order(Some(identity)), 200, &written(&declared("")));
        let asked = self.wechat.asked();
        if name.is_empty() {
            assert!(end.is_err_and(|fault| fault.nothing_was_sent()) && asked.is_empty());
            return;
        }
        end.unwrap();
        let sent = read(&asked[0].body);
        assert_eq!((sent["name"].as_str(), &sent["sign"]), (name.as_str(), &signature(&sent)));
    }
}

impl Target for Customs {
    fn documents(&self) -> Vec<Vec<u8>> {
        let pretty = String::from_utf8(written(&declared("x"))).unwrap();
        let pretty = pretty.replace("><", ">\n<").replace("<xml>", "<?xml version=\"1.0\"?>\n<!-- c --><xml>");
        let refused = values(&[("return_code", "FAIL"), ("return_msg", "签名错误")]);
        let trouble = signed(&[("result_code", "FAIL"), ("err_code", "SYSTEM_ERROR"), ("err_code_des", "busy")]);
        vec![
            written(&declared("支付单 <已> & \"存在\"")),
            written(&listed()),
            written(&signed(&[("count", "0"), ("transaction_id", "")])),
            pretty.into_bytes(),
            written(&refused),
            written(&trouble),
        ]
    }

    fn check(&self, input: &Input) {
        self.check_spoiled(input, &mut input.dice());
        let text = input.text();
        self.check_answer(&text);
        self.check_request(&text);
    }
}
