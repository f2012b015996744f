//! `getUnlimitedQRCode` (获取不限制的小程序码).

use serde::Serialize;

use crate::mini::exchange::{Call, Repeat, arrived};
use crate::mini::{MiniClient, MiniVersion, require, unreadable};
use crate::outcome::{CallError, Outcome};
use crate::transport::InboundAnswer;

/// Most characters of a scene.
const SCENE_LIMIT_CHARS: usize = 32;
/// Longest page path that is sent on, in characters.
const PAGE_LIMIT_CHARS: usize = 1024;
/// Widths that WeChat draws, in pixels.
const WIDTHS_PX: std::ops::RangeInclusive<u16> = 280..=1280;
/// What a scene and the query of a link may have besides letters and digits.
const PUNCTUATION: &str = "!#$&'()*+,/:;=?@-._~";
/// An image that was cut off on its way lacks its end mark, which stands in the last bytes.
const END_WITHIN_BYTES: usize = 64;

/// A code to be drawn. Codes are permanent and not counted; 5,000 may be asked for a minute.
#[derive(Debug, Clone)]
pub struct QrCode {
    /// What the page is told as `query.scene`: 1 to 32 letters, digits and ``!#$&'()*+,/:;=?@-._~``.
    pub scene: String,
    /// The page to open, without a leading `/` and without a query; the home page if there is none.
    pub page: Option<String>,
    /// Whether the page must be in the published version. True, as WeChat's own default.
    pub check_page: bool,
    /// Which version it opens.
    pub version: MiniVersion,
    /// Width of the image, 280 to 1,280 px. WeChat's default is 430.
    pub width_px: u16,
    /// The colour of its lines.
    pub lines: LineColour,
    /// Whether the ground is transparent; the image is then a PNG.
    pub transparent: bool,
}

/// The colour of the lines of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineColour {
    /// WeChat chooses.
    Auto,
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

impl QrCode {
    /// A black code of 430 px for the home page of the published version.
    pub fn new(scene: impl Into<String>) -> Self {
        Self {
            scene: scene.into(),
            page: None,
            check_page: true,
            version: MiniVersion::Release,
            width_px: 430,
            lines: LineColour::Rgb(0, 0, 0),
            transparent: false,
        }
    }

    fn check(&self) -> Outcome<()> {
        let scene_fits = (1..=SCENE_LIMIT_CHARS).contains(&self.scene.len()) && is_plain(&self.scene);
        require(scene_fits, "scene: 1 to 32 letters, digits and !#$&'()*+,/:;=?@-._~")?;
        let page = self.page.as_deref().unwrap_or("index");
        let page_fits = !page.starts_with('/') && is_page(page);
        require(page_fits, "page: without a leading / and a query, visible ASCII")?;
        require(WIDTHS_PX.contains(&self.width_px), "width_px: 280 to 1280")
    }
}

/// What a code and a link may carry.
pub(super) fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || PUNCTUATION.contains(letter))
}

/// A page path without a query.
pub(super) fn is_page(path: &str) -> bool {
    let is_path = |letter: char| letter.is_ascii_graphic() && !"?#&%".contains(letter);
    (1..=PAGE_LIMIT_CHARS).contains(&path.len()) && path.chars().all(is_path)
}

/// A drawn code.
#[derive(Clone, PartialEq, Eq)]
pub struct QrImage {
    /// What the bytes are.
    pub format: ImageFormat,
    /// The whole file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for QrImage {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "QrImage({:?}, {} bytes)", self.format, self.bytes.len())
    }
}

/// The formats that WeChat draws codes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    /// `image/jpeg`.
    Jpeg,
    /// `image/png`, with a transparent ground.
    Png,
}

impl ImageFormat {
    /// By what the file begins with: the header of the answer is not to be relied upon.
    fn of(bytes: &[u8]) -> Option<Self> {
        let (format, end): (Self, &[u8]) = match bytes {
            [0xff, 0xd8, 0xff, ..] => (Self::Jpeg, &[0xff, 0xd9]),
            [0x89, b'P', b'N', b'G', ..] => (Self::Png, b"IEND"),
            _ => return None,
        };
        let tail = bytes.get(bytes.len().saturating_sub(END_WITHIN_BYTES)..)?;
        tail.windows(end.len()).any(|window| window == end).then_some(format)
    }
}

#[derive(Serialize)]
struct QrRequest<'c> {
    scene: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'c str>,
    check_path: bool,
    env_version: &'static str,
    width: u16,
    auto_color: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    line_color: Option<Rgb>,
    is_hyaline: bool,
}

#[derive(Serialize)]
struct Rgb {
    r: u8,
    g: u8,
    b: u8,
}

impl MiniClient {
    /// Draws a code. Refusals to expect: [`PageUnknown`](super::MiniCode::PageUnknown),
    /// [`SceneInvalid`](super::MiniCode::SceneInvalid). Page: `getUnlimitedQRCode`.
    pub async fn unlimited_code(&self, code: &QrCode) -> Outcome<QrImage> {
        code.check()?;
        let line_color = match code.lines {
            LineColour::Auto => None,
            LineColour::Rgb(r, g, b) => Some(Rgb { r, g, b }),
        };
        let request = QrRequest {
            scene: &code.scene,
            page: code.page.as_deref(),
            check_path: code.check_page,
            env_version: code.version.as_str(),
            width: code.width_px,
            auto_color: line_color.is_none(),
            line_color,
            is_hyaline: code.transparent,
        };
        let call = Call::post("/wxa/getwxacodeunlimit", &request, Repeat::Safe)?;
        self.call_reading(call, Self::read_image).await.map_err(by_the_minute)
    }

    /// An image, or JSON that says why not: told apart by content.
    fn read_image(&self, answer: &InboundAnswer) -> Outcome<QrImage> {
        arrived(answer)?;
        if let Some(format) = ImageFormat::of(&answer.body) {
            return Ok(QrImage { format, bytes: answer.body.clone() });
        }
        self.accepted(answer)?;
        Err(unreadable("neither a whole image nor an errcode"))
    }
}

/// For codes, 45009 speaks of a minute and not of a day.
fn by_the_minute(fault: CallError) -> CallError {
    match fault {
        CallError::Throttled(mut throttle) if throttle.code == "ERRCODE45009" => {
            throttle.retry_after = std::time::Duration::from_mins(1);
            CallError::Throttled(throttle)
        }
        other => other,
    }
}
