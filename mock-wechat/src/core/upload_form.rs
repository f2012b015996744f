//! The form of an upload to Pay v3: `meta`, which is signed, and `file`.

use crate::message::Request;

/// What an upload says. What was not in it, or cannot be read, is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) meta: Vec<u8>,
    pub(crate) file: Vec<u8>,
}

impl Form {
    pub(crate) async fn read(request: &Request) -> Self {
        Self::parsed(request).await.unwrap_or_default()
    }

    async fn parsed(request: &Request) -> Result<Self, multer::Error> {
        let boundary = multer::parse_boundary(request.get("Content-Type").unwrap_or_default())?;
        let mut parts = multer::Multipart::with_reader(&*request.body, boundary);
        let mut form = Self::default();
        while let Some(part) = parts.next_field().await? {
            match part.name() {
                Some("meta") => form.meta = part.bytes().await?.to_vec(),
                Some("file") => form.file = part.bytes().await?.to_vec(),
                _ => {}
            }
        }
        Ok(form)
    }
}
