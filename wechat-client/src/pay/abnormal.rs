//! A refund that the buyer's card or account could not take (page "apply for handling of an abnormal refund").

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::outcome::{CallError, Outcome, UnknownCause};
use crate::pay::PayClient;
use crate::pay::exchange::PayCall;
use crate::pay::fields::{is_bank_type, is_out_refund_no, is_text, is_transaction_id, refused_for};
use crate::pay::refund::{PATH, Refund};
use crate::pay::sensitive::FieldPadding;

/// Longest name of a card's owner, in characters: 214 bytes is what one RSA block takes.
const NAME_LIMIT_CHARS: usize = 64;

/// Where the money of an abnormal refund goes instead.
#[derive(Clone)]
pub enum AbnormalPayee {
    /// `USER_BANK_CARD`: a bank card of the buyer.
    UserBankCard {
        /// For example `ICBC_DEBIT`, `CMB_DEBIT`; the list is WeChat's.
        bank_type: String,
        /// The card's number, 8 to 32 digits.
        bank_account: SecretString,
        /// The owner's name, 1 to 64 characters.
        real_name: SecretString,
    },
    /// `MERCHANT_BANK_CARD`: the merchant's own bank account; the buyer is then paid outside WeChat.
    MerchantBankCard,
}

/// What is to be done about a refund in state [`Abnormal`](crate::RefundStatus::Abnormal).
#[derive(Clone)]
pub struct AbnormalRefund {
    /// WeChat's number of the refund.
    pub refund_id: String,
    /// Our number of the refund.
    pub out_refund_no: String,
    /// Where its money goes.
    pub payee: AbnormalPayee,
}

impl fmt::Debug for AbnormalRefund {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.payee.kind();
        out.debug_struct("AbnormalRefund")
            .field("refund_id", &self.refund_id)
            .field("out_refund_no", &self.out_refund_no)
            .field("type", &kind)
            .finish_non_exhaustive()
    }
}

impl AbnormalPayee {
    fn kind(&self) -> &'static str {
        match self {
            Self::UserBankCard { .. } => "USER_BANK_CARD",
            Self::MerchantBankCard => "MERCHANT_BANK_CARD",
        }
    }
}

impl fmt::Debug for AbnormalPayee {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind())
    }
}

impl AbnormalRefund {
    fn faults(&self) -> Vec<String> {
        let (bank_fits, account_fits, name_fits) = match &self.payee {
            AbnormalPayee::MerchantBankCard => (true, true, true),
            AbnormalPayee::UserBankCard { bank_type, bank_account, real_name } => {
                let account = bank_account.expose_secret();
                let digits = account.bytes().all(|byte| byte.is_ascii_digit());
                let account_fits = digits && (8..=32).contains(&account.len());
                (is_bank_type(bank_type), account_fits, is_text(real_name.expose_secret(), NAME_LIMIT_CHARS))
            }
        };
        let checks = [
            (is_transaction_id(&self.refund_id), "refund_id must be 1 to 32 digits or letters"),
            (is_out_refund_no(&self.out_refund_no), "out_refund_no must be 1 to 64 of digits, letters, _ - | * @"),
            (bank_fits, "bank_type must be upper-case letters, digits and _, like ICBC_DEBIT"),
            (account_fits, "bank_account must be 8 to 32 digits"),
            (name_fits, "real_name must be 1 to 64 characters"),
        ];
        checks.into_iter().filter(|(fits, _)| !fits).map(|(_, fault)| fault.to_owned()).collect()
    }
}

#[derive(Serialize)]
struct AbnormalBody<'r> {
    out_refund_no: &'r str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_type: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    real_name: Option<String>,
}

impl PayClient {
    /// Sends the money of an abnormal refund elsewhere. Card and name leave encrypted for WeChat, each time anew, so the
    /// bytes are not the same twice: after an unknown outcome [query the refund](Self::query_refund) before doing it
    /// again. WeChat takes it for 30 days after the refund (unconfirmed), else
    /// [`InvalidRequest`](crate::RefusalCode::InvalidRequest).
    pub async fn apply_abnormal_refund(&self, request: &AbnormalRefund) -> Outcome<Refund> {
        refused_for(request.faults())?;
        let mut body = AbnormalBody {
            out_refund_no: &request.out_refund_no,
            kind: request.payee.kind(),
            bank_type: None,
            bank_account: None,
            real_name: None,
        };
        let mut serial = None;
        if let AbnormalPayee::UserBankCard { bank_type, bank_account, real_name } = &request.payee {
            let sealer = self.field_sealer(FieldPadding::OaepSha1).await?;
            body.bank_type = Some(bank_type);
            body.bank_account = Some(sealer.seal(bank_account)?);
            body.real_name = Some(sealer.seal(real_name)?);
            serial = Some(sealer.serial());
        }
        let bytes =
            serde_json::to_vec(&body).map_err(|fault| CallError::unknown(UnknownCause::NotSent(fault.to_string())))?;
        let mut call = PayCall::post(&format!("{PATH}/{}/apply-abnormal-refund", request.refund_id), &bytes);
        if let Some(serial) = serial {
            call = call.encrypted_for(serial);
        }
        self.refund_exchange(call, &request.out_refund_no).await
    }
}
