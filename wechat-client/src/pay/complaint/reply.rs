//! Answering a complaint, and calling it settled.

use std::fmt;

use reqwest::Url;
use serde::Serialize;

use crate::outcome::{CallError, Outcome, UnknownCause};
use crate::pay::PayClient;
use crate::pay::complaint::search::path_of;
use crate::pay::complaint::{is_complaint_id, is_media_id};
use crate::pay::exchange::PayCall;
use crate::pay::fields::{is_text, refused_for};

/// Longest reply, in characters.
const TEXT_LIMIT_CHARS: usize = 200;

/// Most pictures of a reply.
const IMAGES_LIMIT: usize = 4;

/// Longest address of a link, in bytes, and longest words for it, in characters (unconfirmed).
const LINK_LIMIT: usize = 512;

/// A link below a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyLink {
    /// Where it leads; https.
    pub url: String,
    /// Its words.
    pub text: String,
}

/// A reply that the buyer sees. `Debug` does not show its words.
#[derive(Clone, PartialEq, Eq)]
pub struct ComplaintReply {
    /// WeChat's number of the complaint.
    pub complaint_id: String,
    /// 1 to 200 characters; lines may be broken.
    pub text: String,
    /// Media ids by [`upload_complaint_image`](PayClient::upload_complaint_image), at most 4.
    pub images: Vec<String>,
    /// A link below it.
    pub link: Option<ReplyLink>,
}

impl fmt::Debug for ComplaintReply {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ComplaintReply").field("complaint_id", &self.complaint_id).finish_non_exhaustive()
    }
}

impl ComplaintReply {
    fn faults(&self) -> Vec<String> {
        let images_fit = self.images.len() <= IMAGES_LIMIT && self.images.iter().all(|id| is_media_id(id));
        let checks = [
            (is_complaint_id(&self.complaint_id), "complaint_id is out of shape"),
            (is_text(&self.text.replace('\n', " "), TEXT_LIMIT_CHARS), "text must be 1 to 200 characters"),
            (images_fit, "images must be at most 4 media ids"),
            (self.link.as_ref().is_none_or(ReplyLink::fits), "link must be https, with words for it"),
        ];
        checks.into_iter().filter(|(fits, _)| !fits).map(|(_, fault)| fault.to_owned()).collect()
    }
}

impl ReplyLink {
    fn fits(&self) -> bool {
        let is_https = Url::parse(&self.url).is_ok_and(|url| url.scheme() == "https");
        is_https && self.url.len() <= LINK_LIMIT && is_text(&self.text, LINK_LIMIT)
    }
}

#[derive(Serialize)]
struct ReplyBody<'r> {
    complainted_mchid: &'r str,
    response_content: &'r str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    response_images: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    jump_url: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jump_url_text: Option<&'r str>,
}

#[derive(Serialize)]
struct CompleteBody<'m> {
    complainted_mchid: &'m str,
}

impl PayClient {
    /// Sends a reply. It has no number of its own: after an unknown outcome look into the
    /// [history](Self::negotiation_history) before sending it again, or the buyer reads it twice.
    pub async fn reply_to_complaint(&self, reply: &ComplaintReply) -> Outcome<()> {
        refused_for(reply.faults())?;
        let body = ReplyBody {
            complainted_mchid: &self.merchant.mchid,
            response_content: &reply.text,
            response_images: &reply.images,
            jump_url: reply.link.as_ref().map(|link| link.url.as_str()),
            jump_url_text: reply.link.as_ref().map(|link| link.text.as_str()),
        };
        self.post_about_complaint(&reply.complaint_id, "/response", &body).await
    }

    /// Says that the matter is settled. WeChat refuses it while the buyer waits for an answer.
    pub async fn complete_complaint(&self, complaint_id: &str) -> Outcome<()> {
        let body = CompleteBody { complainted_mchid: &self.merchant.mchid };
        self.post_about_complaint(complaint_id, "/complete", &body).await
    }

    async fn post_about_complaint(&self, complaint_id: &str, rest: &str, body: &impl Serialize) -> Outcome<()> {
        let path = path_of(complaint_id, rest)?;
        let body =
            serde_json::to_vec(body).map_err(|fault| CallError::unknown(UnknownCause::NotSent(fault.to_string())))?;
        self.exchange(PayCall::post(&path, &body)).await?.expect_empty()
    }
}
