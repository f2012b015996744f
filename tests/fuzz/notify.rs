//! Notifies of WeChat Pay: the envelope, and what is sealed in it. Everything is properly signed, or nothing would be read at all.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use wechat_client::{NotifyEvent, NotifyRefused, PayClient, RefundNotice, Transaction, VerifiedNotify};

use crate::harness::Target;
use crate::inputs::{Dice, Input};
use crate::wechat::{
    APPID, MCHID, ORDER_NO, Proof, TRANSACTION_ID, assert_fit_for_a_log, pay_client, sealed_for_merchant,
};

const NONCE: &str = "fdasflkja484";
const KINDS: [&str; 5] =
    ["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED", "COMPLAINT.CREATE"];
const ASSOCIATED: [&str; 3] = ["transaction", "refund", ""];
/// What the shop reads of a notify.
const NOTIFY_MAX: usize = 256 * 1024;
/// In base64 and with its envelope, this is still a notify that is read.
const PLAINTEXT_MAX: usize = 150_000;

fn envelope(kind: &str, associated_data: &str, sealed: &[u8]) -> Vec<u8> {
    let resource = json!({
        "algorithm": "AEAD_AES_256_GCM", "nonce": NONCE, "associated_data": associated_data,
        "original_type": "transaction", "ciphertext": STANDARD.encode(sealed),
    });
    let envelope = json!({
        "id": "EV-1", "create_time": "2026-11-23T20:00:06+08:00", "event_type": kind,
        "resource_type": "encrypt-resource", "summary": "支付成功", "resource": resource,
    });
    envelope.to_string().into_bytes()
}

fn payment() -> Vec<u8> {
    let payment = json!({
        "appid": APPID, "mchid": MCHID, "out_trade_no": ORDER_NO, "transaction_id": TRANSACTION_ID,
        "trade_type": "JSAPI", "trade_state": "SUCCESS", "trade_state_desc": "支付成功", "bank_type": "OTHERS",
        "attach": "", "success_time": "2026-11-23T20:00:05+08:00", "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {"total": 12345, "payer_total": 12000, "currency": "CNY", "payer_currency": "CNY"},
    });
    payment.to_string().into_bytes()
}

fn refund() -> Vec<u8> {
    let refund = json!({
        "mchid": MCHID, "transaction_id": TRANSACTION_ID, "out_trade_no": ORDER_NO,
        "refund_id": "50200207182018070300011301001", "out_refund_no": "RF20261123ABCDEF0123456",
        "refund_status": "SUCCESS", "success_time": "2026-11-25T10:34:56+08:00",
        "user_received_account": "支付用户零钱",
        "amount": {"total": 12345, "refund": 345, "payer_total": 12345, "payer_refund": 345},
    });
    refund.to_string().into_bytes()
}

/// The bytes as an object, if they are one to a reader that keeps everything. The shop's readers pass over what they do not know, so they
/// may understand more.
fn object(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice(bytes).ok().filter(Value::is_object)
}

/// The envelope.
pub(crate) struct Envelope {
    client: PayClient,
}

impl Envelope {
    pub(crate) fn new() -> Self {
        Self { client: pay_client(&Arc::default()) }
    }

    /// A proof of something else is no proof.
    fn check_forged(&self, input: &Input, proof: &Proof) {
        let mut dice = input.dice();
        let (mut forged, mut body) = (proof.clone(), input.bytes.clone());
        match dice.below(7) {
            0 => body = dice.flipped(&body),
            1 => forged.timestamp = (crate::wechat::now_s() - 7).to_string(),
            2 => forged.serial.push('1'),
            3 => forged.signature = STANDARD.encode(dice.flipped(&STANDARD.decode(&forged.signature).unwrap())),
            4 => forged.signature = input.text(),
            // The same signed text, cut at another place.
            5 if !body.is_empty() => {
                let end = body.iter().position(|byte| *byte == b'\n').unwrap_or(body.len());
                forged.nonce.push('\n');
                forged.nonce.push_str(&String::from_utf8_lossy(&body[..end]));
                body.drain(..body.len().min(end + 1));
            }
            _ => forged.nonce.push('x'),
        }
        let end = self.client.verify_notify(&forged.headers(), &body);
        let refused = matches!(end, Err(NotifyRefused::Unverified(_) | NotifyRefused::TooLong));
        assert!(refused, "a forged notify: {end:?}");
    }
}

impl Target for Envelope {
    fn documents(&self) -> Vec<Vec<u8>> {
        let sealed = |plaintext: &[u8]| sealed_for_merchant(NONCE, "transaction", plaintext);
        let minimal = json!({"id": "1", "create_time": "", "event_type": "REFUND.CLOSED",
            "resource": {"algorithm": "AEAD_SM4_GCM", "nonce": "", "ciphertext": ""}});
        vec![
            envelope(KINDS[0], "transaction", &sealed(&payment())),
            envelope(KINDS[1], "transaction", &sealed(&refund())),
            envelope(KINDS[4], "transaction", b"not sealed at all"),
            minimal.to_string().into_bytes(),
        ]
    }

    fn check(&self, input: &Input) {
        let proof = Proof::of(&input.bytes);
        match self.client.verify_notify(&proof.headers(), &input.bytes) {
            Ok(notify) => {
                if let Some(told) = object(&input.bytes) {
                    assert_eq!((&told["id"], &told["event_type"]), (&json!(notify.id), &json!(notify.event_type)));
                }
                match notify.decrypt() {
                    Ok(_) => {}
                    Err(fault @ (NotifyRefused::Sealed(_) | NotifyRefused::Malformed(_))) => {
                        assert_fit_for_a_log(&fault);
                    }
                    Err(fault) => panic!("a verified notify: {fault:?}"),
                }
            }
            Err(NotifyRefused::TooLong) => assert!(input.bytes.len() > NOTIFY_MAX),
            Err(fault @ NotifyRefused::Malformed(_)) => assert_fit_for_a_log(&fault),
            Err(fault) => panic!("a notify with its proof: {fault:?}"),
        }
        self.check_forged(input, &proof);
    }
}

/// What is sealed in the envelope: the input is the plaintext.
pub(crate) struct Resource {
    client: PayClient,
}

impl Resource {
    pub(crate) fn new() -> Self {
        Self { client: pay_client(&Arc::default()) }
    }

    fn notify(&self, kind: &str, associated_data: &str, sealed: &[u8]) -> VerifiedNotify {
        let body = envelope(kind, associated_data, sealed);
        self.client.verify_notify(&Proof::of(&body).headers(), &body).unwrap()
    }

    /// What was sealed as one thing does not open as another.
    fn check_touched(&self, kind: &str, associated_data: &str, sealed: &[u8], dice: &mut Dice) {
        let notify = match dice.below(3) {
            0 => self.notify(kind, "another", sealed),
            _ => self.notify(kind, associated_data, &dice.flipped(sealed)),
        };
        let end = notify.plaintext();
        assert!(matches!(end, Err(NotifyRefused::Sealed(_))), "touched, and opens: {end:?}");
    }
}

impl Target for Resource {
    fn documents(&self) -> Vec<Vec<u8>> {
        let unpaid = json!({"appid": APPID, "mchid": MCHID, "out_trade_no": ORDER_NO, "trade_state": "NOTPAY",
            "amount": {"total": 1, "payer_total": null}});
        vec![payment(), refund(), unpaid.to_string().into_bytes()]
    }

    fn check(&self, input: &Input) {
        let plaintext = &input.bytes[..input.bytes.len().min(PLAINTEXT_MAX)];
        let mut dice = input.dice();
        // Mostly what the first two documents are.
        let kind = KINDS[[0, 0, 0, 1, 1, 2, 3, 4][dice.below(8)]];
        let associated_data = ASSOCIATED[dice.below(ASSOCIATED.len())];
        let sealed = sealed_for_merchant(NONCE, associated_data, plaintext);
        let notify = self.notify(kind, associated_data, &sealed);
        assert_eq!(notify.plaintext().unwrap(), plaintext);
        match notify.decrypt() {
            Ok(NotifyEvent::Payment(transaction)) => check_payment(&transaction, plaintext),
            Ok(NotifyEvent::Refund(notice)) => check_refund(&notice, plaintext),
            Ok(NotifyEvent::Other { event_type }) => assert_eq!((event_type.as_str(), kind), (kind, KINDS[4])),
            Err(fault @ NotifyRefused::Malformed(_)) => assert_fit_for_a_log(&fault),
            Err(fault) => panic!("a sealed resource: {fault:?}"),
        }
        self.check_touched(kind, associated_data, &sealed, &mut dice);
    }
}

fn check_payment(transaction: &Transaction, plaintext: &[u8]) {
    let amount = transaction.amount.as_ref().expect("a notify without an amount");
    assert!(amount.total_fen >= 0 && amount.payer_total_fen.is_none_or(|fen| fen >= 0), "{amount:?}");
    if transaction.trade_state.is_paid() {
        assert!(transaction.transaction_id.as_ref().is_some_and(|id| !id.is_empty()));
    }
    let Some(told) = object(plaintext) else { return };
    assert_eq!(told["out_trade_no"], json!(transaction.out_trade_no));
    if told["amount"].is_object() {
        assert_eq!(told["amount"]["total"], json!(amount.total_fen));
    }
}

fn check_refund(notice: &RefundNotice, plaintext: &[u8]) {
    let amount = &notice.refund.amount;
    assert!(amount.total_fen >= 0 && amount.refund_fen >= 0, "{amount:?}");
    let Some(told) = object(plaintext) else { return };
    assert_eq!((&told["mchid"], &told["out_refund_no"]), (&json!(notice.mchid), &json!(notice.refund.out_refund_no)));
    if told["amount"].is_object() {
        assert_eq!(told["amount"]["refund"], json!(amount.refund_fen));
    }
}
