//! `msgSecCheck` and `mediaCheckAsync` (文本内容安全识别, 音视频内容安全识别), both in version 2.

use serde::{Deserialize, Serialize};

use crate::mini::exchange::{Call, Repeat};
use crate::mini::{MiniClient, is_id, is_line, require, require_openid, unreadable};
use crate::outcome::Outcome;

/// Most characters of a text.
const TEXT_LIMIT_CHARS: usize = 2500;
/// The version of both calls.
const VERSION: u8 = 2;
/// Longest address of a picture or sound, in bytes.
const URL_LIMIT_BYTES: usize = 2048;

/// Where a text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextScene {
    /// 1: a profile (nickname, signature).
    Profile,
    /// 2: a comment.
    Comment,
    /// 3: a forum.
    Forum,
    /// 4: a social log.
    SocialLog,
}

impl TextScene {
    fn number(self) -> u8 {
        match self {
            Self::Profile => 1,
            Self::Comment => 2,
            Self::Forum => 3,
            Self::SocialLog => 4,
        }
    }
}

/// A text of a user's. `Debug` shows none of it.
#[derive(Clone)]
pub struct TextCheck {
    /// 1 to 2,500 characters.
    pub content: String,
    /// Where it is shown.
    pub scene: TextScene,
    /// Whose it is; that user must have been here within 2 hours.
    pub openid: String,
    /// A title above it, up to 2,500 characters.
    pub title: Option<String>,
    /// The name that it stands under.
    pub nickname: Option<String>,
    /// The personal signature; in [`TextScene::Profile`] only.
    pub signature: Option<String>,
}

impl std::fmt::Debug for TextCheck {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "TextCheck({:?}, {} characters)", self.scene, self.content.chars().count())
    }
}

/// What WeChat thinks of a text, a picture or a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be shown.
    Pass,
    /// A human should look. Also what WeChat says in a word that is not known here.
    Review,
    /// It must not be shown.
    Risky,
}

impl Verdict {
    pub(crate) fn of(suggest: &str) -> Self {
        match suggest {
            "pass" => Self::Pass,
            "risky" => Self::Risky,
            _ => Self::Review,
        }
    }
}

/// The answer on a text. Decide by `verdict`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextVerdict {
    /// What to do.
    pub verdict: Verdict,
    /// 100 normal, 10001 advertising, 20001 politics, 20002 porn, 20003 abuse, 20006 crime, 20008 fraud, 20012 vulgar, 20013
    /// copyright, 21000 other.
    pub label: i64,
    /// To be quoted to WeChat's support.
    pub trace_id: String,
    /// What it rests on; only those that worked.
    pub details: Vec<TextDetail>,
}

/// One ground of a verdict. The keyword that was hit is not kept: it is the user's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextDetail {
    /// `content_model` or `keyword`.
    pub strategy: String,
    /// What this ground alone says.
    pub verdict: Verdict,
    /// As in [`TextVerdict`].
    pub label: i64,
    /// How sure it is, 0 to 100.
    pub probability: Option<i64>,
}

/// What is to be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// 1: a sound.
    Audio,
    /// 2: a picture.
    Image,
}

#[derive(Serialize)]
struct TextRequest<'c> {
    content: &'c str,
    version: u8,
    scene: u8,
    openid: &'c str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nickname: Option<&'c str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'c str>,
}

#[derive(Serialize)]
struct MediaRequest<'c> {
    media_url: &'c str,
    media_type: u8,
    version: u8,
    scene: u8,
    openid: &'c str,
}

#[derive(Deserialize)]
struct TextAnswer {
    #[serde(default)]
    trace_id: String,
    result: ResultPart,
    #[serde(default)]
    detail: Vec<DetailPart>,
}

#[derive(Deserialize)]
struct ResultPart {
    suggest: String,
    #[serde(default)]
    label: i64,
}

#[derive(Deserialize)]
struct DetailPart {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    strategy: String,
    #[serde(default)]
    suggest: String,
    #[serde(default)]
    label: i64,
    /// Whole in the page's sample; a fraction is taken for not told.
    prob: Option<serde_json::Number>,
}

#[derive(Deserialize)]
struct MediaAnswer {
    trace_id: String,
}

impl TextCheck {
    fn check(&self) -> Outcome<()> {
        let length = self.content.chars().count();
        require((1..=TEXT_LIMIT_CHARS).contains(&length), "content: 1 to 2500 characters")?;
        require_openid(&self.openid)?;
        let further = [("title", &self.title), ("nickname", &self.nickname), ("signature", &self.signature)];
        for (name, text) in further {
            let fits = text.as_ref().is_none_or(|text| is_line(text, TEXT_LIMIT_CHARS));
            require(fits, &format!("{name}: at most 2500 characters in one line"))?;
        }
        let placed = self.signature.is_none() || self.scene == TextScene::Profile;
        require(placed, "signature: in the profile scene only")
    }
}

impl MiniClient {
    /// Asks whether a text may be shown; 4,000 a minute, 2,000,000 a day. Refusals to expect:
    /// [`NotSeenLately`](super::MiniCode::NotSeenLately), [`OpenidMismatch`](super::super::RefusalCode::OpenidMismatch).
    /// Page: `msgSecCheck`.
    pub async fn check_text(&self, text: &TextCheck) -> Outcome<TextVerdict> {
        text.check()?;
        let request = TextRequest {
            content: &text.content,
            version: VERSION,
            scene: text.scene.number(),
            openid: &text.openid,
            title: text.title.as_deref(),
            nickname: text.nickname.as_deref(),
            signature: text.signature.as_deref(),
        };
        let answer: TextAnswer = self.call(Call::post("/wxa/msg_sec_check", &request, Repeat::Safe)?).await?;
        let worked = answer.detail.into_iter().filter(|detail| detail.errcode == 0);
        Ok(TextVerdict {
            verdict: Verdict::of(&answer.result.suggest),
            label: answer.result.label,
            trace_id: answer.trace_id,
            details: worked.map(DetailPart::read).collect(),
        })
    }

    /// Hands a picture or a sound (up to 10 MB, at a public address) over for a check; the verdict comes within 30
    /// minutes as the push event `wxa_media_check` with the `trace_id` that is given here. 2,000 a minute, 200,000 a day.
    /// After an unknown outcome a verdict with an unknown `trace_id` may come. Page: `mediaCheckAsync`.
    pub async fn check_media(&self, url: &str, kind: MediaKind, scene: TextScene, openid: &str) -> Outcome<String> {
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        require(is_web && is_id(url, URL_LIMIT_BYTES), "media_url: an http(s) address of at most 2048 bytes")?;
        require_openid(openid)?;
        let request = MediaRequest {
            media_url: url,
            media_type: match kind {
                MediaKind::Audio => 1,
                MediaKind::Image => 2,
            },
            version: VERSION,
            scene: scene.number(),
            openid,
        };
        let answer: MediaAnswer = self.call(Call::post("/wxa/media_check_async", &request, Repeat::Never)?).await?;
        if is_id(&answer.trace_id, 128) { Ok(answer.trace_id) } else { Err(unreadable("trace_id is out of shape")) }
    }
}

impl DetailPart {
    fn read(self) -> TextDetail {
        TextDetail {
            strategy: self.strategy,
            verdict: Verdict::of(&self.suggest),
            label: self.label,
            probability: self.prob.and_then(|prob| prob.as_i64()),
        }
    }
}
