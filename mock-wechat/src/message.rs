//! Requests and responses, the same for HTTP and for the in-process transport.

use std::net::IpAddr;
use std::time::Duration;

/// The largest request body that is read, in bytes; only a picture may be larger, up to 2 MiB.
pub const BODY_LIMIT: usize = 64 * 1024;

/// The largest picture, in bytes.
pub(crate) const PICTURE_LIMIT: usize = 2 << 20;

/// The largest body of an upload, in bytes: a picture and the form around it.
pub(crate) const UPLOAD_LIMIT: usize = PICTURE_LIMIT + BODY_LIMIT;

/// A request to WeChat or to a control endpoint.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Upper case.
    pub method: String,
    /// Path and query exactly as sent: this is what the signature covers (contract B.1).
    pub target: String,
    /// Names are compared without regard to case.
    pub headers: Vec<(String, String)>,
    /// At most [`BODY_LIMIT`] bytes, but for a picture.
    pub body: Vec<u8>,
    /// Who sent it. Nobody is known in process, until a caller says so.
    pub peer: Option<IpAddr>,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split_once('?').map_or(&*self.target, |(path, _)| path)
    }

    /// A decoded value of the query; the first one counts.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        let pair = query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then_some(value)
        })?;
        Some(decode(&pair.replace('+', " ")))
    }
}

/// Undoes percent-encoding. Bytes that are not UTF-8 become U+FFFD, which no field accepts.
pub(crate) fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(&found.1)
}

/// What comes back, if anything does.
#[derive(Clone, Debug)]
pub enum Response {
    /// An answer.
    Answer(Answer),
    /// No answer ever comes; whether the request took effect is not to be seen. Over HTTP the
    /// connection is held for this long, then cut; in process nobody waits.
    TimedOut {
        /// How long a real connection is held.
        held: Duration,
    },
    /// The answer, but its body comes in pieces with a pause after each. In process nobody waits.
    Trickled {
        /// What comes in the end.
        answer: Answer,
        /// Bytes of a piece, at least 1.
        piece_bytes: usize,
        /// The pause.
        pause: Duration,
    },
    /// The connection is cut without an answer; whether the request took effect is not to be seen.
    Cut,
}

impl Response {
    /// The answer, or `None` when there is none.
    pub fn answer(self) -> Option<Answer> {
        match self {
            Self::Answer(answer) | Self::Trickled { answer, .. } => Some(answer),
            Self::TimedOut { .. } | Self::Cut => None,
        }
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers as sent.
    pub headers: Vec<(String, String)>,
    /// Body as sent; the signature covers these bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first header of this name, without regard to case.
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub(crate) fn text(kind: &str, body: &str) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type".to_owned(), kind.to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self {
            status,
            headers: vec![("Content-Type".to_owned(), JSON.to_owned())],
            body: body.to_string().into_bytes(),
        }
    }
}

pub(crate) const JSON: &str = "application/json; charset=utf-8";
