//! What can go wrong while the stand-in is started or used directly.

use std::path::PathBuf;

/// An error of the stand-in itself. Refusals of WeChat are answers, not errors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the data folder can't be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Another process, or another stand-in of this one, has the data folder open.
    #[error("{path} is in use")]
    InUse {
        /// The data folder.
        path: PathBuf,
    },
    /// A line of the journal can't be read. The last line alone may be torn: it is cut off silently.
    #[error("{path}, line {line}: {source}")]
    Journal {
        /// The journal file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// The data folder was written for another merchant, whose openids and numbers would not fit.
    #[error("the data folder belongs to appid {appid} and mchid {mchid}")]
    OtherAccount {
        /// The appid in the data folder.
        appid: String,
        /// The mchid in the data folder.
        mchid: String,
    },
    /// A key, certificate or serial of the account can't be used.
    #[error("account: {0}")]
    Account(String),
    /// A cryptographic operation failed.
    #[error("cryptography: {0}")]
    Crypto(&'static str),
    /// A code can't be drawn.
    #[error("the code can't be drawn")]
    Drawing,
    /// XML can't be written.
    #[error("xml: {0}")]
    Xml(#[source] std::io::Error),
    /// A bill can't be written.
    #[error("bill: {0}")]
    Bill(#[source] std::io::Error),
    /// A key or certificate for TLS can't be made or used.
    #[error("tls: {0}")]
    Tls(String),
    /// The HTTP client for notifies can't be built.
    #[error("http client: {0}")]
    HttpClient(#[source] reqwest::Error),
    /// A control call asked for what can't be done.
    #[error("{0}")]
    Control(String),
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
