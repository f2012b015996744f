//! The bill's bytes: a signed question, an answer that nobody signed, and the hash that proves it all the same.

use std::io::Read;
use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use flate2::read::MultiGzDecoder;
use reqwest::Url;

use crate::outcome::{CallError, Outcome, UnknownCause};
use crate::pay::PayClient;
use crate::pay::bill::BillLink;
use crate::pay::exchange::judged;
use crate::transport::{AnswerLimits, Method, unsent_or_unknown};

/// The one path that bills are downloaded from.
const PATH: &str = "/v3/billdownload/file";

/// A bill may be longer and take longer than a small JSON: about 200,000 rows.
const LIMITS: AnswerLimits = AnswerLimits { body_bytes: 16 << 20, total_timeout: Duration::from_mins(1) };

/// Longest unpacked bill, in bytes: a small file must not unpack to all of the memory.
const UNPACKED_LIMIT_BYTES: u64 = 64 << 20;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

impl PayClient {
    /// Downloads a bill and gives its text, unpacked and proven by the hash of the link. An unknown outcome changed
    /// nothing: ask for a new link, because the old one dies soon.
    pub async fn download_bill(&self, link: &BillLink) -> Outcome<Vec<u8>> {
        let url = self.download_address(&link.download_url)?;
        let request = self.signed_at(url, Method::Get, &[])?;
        let answer = self.transport.send_within(request, LIMITS).await.map_err(unsent_or_unknown)?;
        if answer.status != 200 {
            let proof = self.prove(&answer);
            return judged(answer, proof).and(Err(unreadable("not a bill".to_owned())));
        }
        // This one answer is never signed. What it is worth, the hash in the signed answer before it says.
        let file = unpacked(answer.body).map_err(unreadable)?;
        if digest(&SHA1_FOR_LEGACY_USE_ONLY, &file).as_ref() != link.sha1 {
            return Err(unreadable("the bill does not have the hash that was announced".to_owned()));
        }
        Ok(file)
    }

    /// The address came signed, yet our signature goes only where our calls go: to the configured hosts.
    fn download_address(&self, text: &str) -> Outcome<Url> {
        let url = Url::parse(text).map_err(|_| unreadable("the bill's address is no address".to_owned()))?;
        let known = [Some(&self.merchant.base_url), self.backup_url.as_ref()];
        let is_ours = known.into_iter().flatten().any(|base| base.origin() == url.origin());
        let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        if is_ours && is_bare && url.path() == PATH {
            return Ok(url);
        }
        Err(unreadable("the bill's address is of another host or path".to_owned()))
    }
}

/// The text of a gzip file, or the text itself if it is none.
fn unpacked(body: Vec<u8>) -> Result<Vec<u8>, String> {
    if !body.starts_with(GZIP_MAGIC) {
        return Ok(body);
    }
    let mut text = Vec::new();
    let mut reader = MultiGzDecoder::new(body.as_slice()).take(UNPACKED_LIMIT_BYTES + 1);
    reader.read_to_end(&mut text).map_err(|_| "the bill does not unpack".to_owned())?;
    if text.len() as u64 > UNPACKED_LIMIT_BYTES {
        return Err("the bill unpacks to more than 64 MiB".to_owned());
    }
    Ok(text)
}

pub(super) fn unreadable(text: String) -> CallError {
    CallError::unknown(UnknownCause::Unreadable(text))
}
