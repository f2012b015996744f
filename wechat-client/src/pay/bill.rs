//! The bills of one day (pages "apply for the trade bill", "apply for the fund-flow bill", "download a bill"): ask for
//! a link, download at once, prove by the hash in the signed answer, read.

mod file;
mod fund_flow;
mod table;
mod trade;

use chrono::NaiveDate;
use serde::Deserialize;

use crate::outcome::{CallError, Outcome, RefusalCode};
use crate::pay::PayClient;
use crate::pay::exchange::PayCall;

pub use fund_flow::{BillDirection, FundFlowBill, FundFlowRow};
pub use table::OddLine;
pub use trade::{BillTradeState, TradeBill, TradeBillRow};

/// What a day's bill came to. The two that are not there are normal answers, signed by WeChat like all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bill<T> {
    /// Here it is.
    Ready(T),
    /// `STATEMENT_CREATING`: WeChat makes it from 09:00 of the next day in Beijing; ask after 10:00, then every half
    /// hour.
    NotReady,
    /// `NO_STATEMENT_EXIST`: nothing happened that day. Don't ask again.
    NothingThatDay,
}

/// Which rows of the trade bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TradeBillKind {
    /// `ALL`: payments and refunds.
    #[default]
    All,
    /// `SUCCESS`: payments; such a bill has no refund columns.
    Success,
    /// `REFUND`: refunds; such a bill has two columns more.
    Refund,
}

impl TradeBillKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Success => "SUCCESS",
            Self::Refund => "REFUND",
        }
    }
}

/// Which account of the merchant the fund-flow bill is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FundAccount {
    /// `BASIC`.
    #[default]
    Basic,
    /// `OPERATION`.
    Operation,
    /// `FEES`.
    Fees,
}

impl FundAccount {
    fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "BASIC",
            Self::Operation => "OPERATION",
            Self::Fees => "FEES",
        }
    }
}

/// Where a bill lies, for 30 seconds to 5 minutes, and what it must hash to. The address holds a token: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct BillLink {
    pub(super) download_url: String,
    pub(super) sha1: [u8; 20],
}

impl std::fmt::Debug for BillLink {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("BillLink").field("sha1", &hex::encode(self.sha1)).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct LinkAnswer {
    hash_type: String,
    hash_value: String,
    download_url: String,
}

impl PayClient {
    /// The trade bill of one Beijing day: not today, within 3 months. Done with [`Bill::Ready`] only when every row was
    /// read: a bill of which a part can't be read reconciles nothing.
    pub async fn trade_bill(&self, day: NaiveDate, kind: TradeBillKind) -> Outcome<Bill<TradeBill>> {
        let link = self.trade_bill_link(day, kind).await?;
        self.read_bill(link, TradeBill::parse).await
    }

    /// The fund-flow bill of one Beijing day: all movements of money of one account.
    pub async fn fund_flow_bill(&self, day: NaiveDate, account: FundAccount) -> Outcome<Bill<FundFlowBill>> {
        let link = self.fund_flow_bill_link(day, account).await?;
        self.read_bill(link, FundFlowBill::parse).await
    }

    /// Asks for a trade bill's link, for a caller that keeps the file. Fetch it at once with
    /// [`download_bill`](Self::download_bill).
    pub async fn trade_bill_link(&self, day: NaiveDate, kind: TradeBillKind) -> Outcome<Bill<BillLink>> {
        let call = PayCall::get("/v3/bill/tradebill").with("bill_date", day.to_string());
        self.bill_link(call.with("bill_type", kind.as_str())).await
    }

    /// Asks for a fund-flow bill's link; 3 calls a second at most.
    pub async fn fund_flow_bill_link(&self, day: NaiveDate, account: FundAccount) -> Outcome<Bill<BillLink>> {
        let call = PayCall::get("/v3/bill/fundflowbill").with("bill_date", day.to_string());
        self.bill_link(call.with("account_type", account.as_str())).await
    }

    async fn bill_link(&self, call: PayCall) -> Outcome<Bill<BillLink>> {
        let answer = match self.exchange(call.with("tar_type", "GZIP")).await {
            Ok(answer) => answer,
            Err(fault) => return absence(&fault).ok_or(fault),
        };
        let read: LinkAnswer = answer.parsed("bill link")?;
        if read.hash_type != "SHA1" {
            return Err(answer.unreadable("hash_type is not SHA1".to_owned()));
        }
        let mut sha1 = [0; 20];
        hex::decode_to_slice(&read.hash_value, &mut sha1)
            .map_err(|_| answer.unreadable("hash_value is not 40 hexadecimal digits".to_owned()))?;
        Ok(Bill::Ready(BillLink { download_url: read.download_url, sha1 }))
    }

    async fn read_bill<T>(
        &self,
        link: Bill<BillLink>,
        read: fn(&[u8]) -> Result<T, crate::MalformedData>,
    ) -> Outcome<Bill<T>> {
        let link = match link {
            Bill::Ready(link) => link,
            Bill::NotReady => return Ok(Bill::NotReady),
            Bill::NothingThatDay => return Ok(Bill::NothingThatDay),
        };
        let file = self.download_bill(&link).await?;
        read(&file).map(Bill::Ready).map_err(|fault| file::unreadable(fault.to_string()))
    }
}

fn absence<T>(fault: &CallError) -> Option<Bill<T>> {
    match fault.refusal_code()? {
        RefusalCode::Other(code) if code == "STATEMENTCREATING" => Some(Bill::NotReady),
        RefusalCode::Other(code) if code == "NOSTATEMENTEXIST" => Some(Bill::NothingThatDay),
        _ => None,
    }
}
