//! Codes that open a page of the mini program (contract A.6).
//!
//! WeChat draws a round code that only WeChat reads. The stand-in draws a square QR code that any phone reads, as a
//! PNG whose `tEXt` chunks say `scene` and `page`, so that a test can read both back.

use png::{BitDepth, ColorType, Encoder};
use qrcode::{Color, QrCode};

use super::Context;
use super::link::SCENE_MARKS;
use super::mini::{MiniRefusal, refuse};
use super::mini_call::{Args, MiniReply};
use super::state::Record;
use crate::Error;

const MOST_SCENE: usize = 32;
const WIDTHS: std::ops::RangeInclusive<i64> = 280..=1280;
/// White modules around the code.
const QUIET: usize = 4;

/// Image bytes of a code with a scene.
pub(crate) fn unlimited(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let scene = body.text("scene")?;
    if scene.is_empty() || scene.chars().count() > MOST_SCENE {
        return refuse(40169, "invalid length for scene, or the data is not json string");
    }
    if !scene.chars().all(|character| character.is_ascii_alphanumeric() || SCENE_MARKS.contains(character)) {
        return refuse(40129, "invalid scene");
    }
    let page = body.text("page")?;
    let printable = page.bytes().all(|byte| byte.is_ascii_graphic());
    if page.starts_with('/') || page.contains(['?', '#']) || !printable || page.len() > 128 {
        return refuse(41030, "invalid page");
    }
    let published = context.state.settings.has_page(page);
    if body.flag("check_path")?.unwrap_or(true) && !published {
        return refuse(41030, "invalid page");
    }
    if !["", "release", "trial", "develop"].contains(&body.text("env_version")?) {
        return refuse(40097, "invalid args env_version");
    }
    let width = body.whole("width")?.unwrap_or(430);
    if !WIDTHS.contains(&width) {
        return refuse(40097, "invalid args width");
    }
    body.flag("auto_color")?;
    body.object("line_color")?;
    let clear = body.flag("is_hyaline")?.unwrap_or(false);
    if !published {
        note_page(context, page)?;
    }
    let bytes = draw(scene, page, usize::try_from(width).unwrap_or(430), clear)?;
    // WeChat says JPEG unless the ground is transparent; these bytes are a PNG and say so.
    Ok(MiniReply::Image { content_type: "image/png", bytes })
}

/// A page that is not published: so many of them get codes, and each gets as many as it likes.
fn note_page(context: &mut Context<'_>, page: &str) -> Result<(), MiniRefusal> {
    let known = &context.state.unchecked_pages;
    if known.contains(page) {
        return Ok(());
    }
    if known.len() >= usize::try_from(context.state.settings.most_unchecked_pages).unwrap_or(usize::MAX) {
        return refuse(45029, "qrcode count out of limit");
    }
    context.save(Record::UncheckedPage { page: page.to_owned() });
    Ok(())
}

fn draw(scene: &str, page: &str, width: usize, clear: bool) -> Result<Vec<u8>, Error> {
    let code = QrCode::new(format!("mock-wechat:{page}?scene={scene}")).map_err(|_| Error::Drawing)?;
    let modules = code.width() + 2 * QUIET;
    let ground = if clear { [255, 0] } else { [255, 255] };
    let mut pixels = Vec::with_capacity(width * width * 2);
    for y in 0..width {
        for x in 0..width {
            let [column, row] = [x, y].map(|at| (at * modules / width).checked_sub(QUIET));
            let inside = |at: usize| at < code.width();
            let dark = match (column.filter(|at| inside(*at)), row.filter(|at| inside(*at))) {
                (Some(column), Some(row)) => code[(column, row)] == Color::Dark,
                _ => false,
            };
            pixels.extend_from_slice(if dark { &[0, 255] } else { &ground });
        }
    }
    let side = u32::try_from(width).map_err(|_| Error::Drawing)?;
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, side, side);
    encoder.set_color(ColorType::GrayscaleAlpha);
    encoder.set_depth(BitDepth::Eight);
    for (name, value) in [("scene", scene), ("page", page)] {
        encoder.add_text_chunk(name.to_owned(), value.to_owned()).map_err(|_| Error::Drawing)?;
    }
    let mut writer = encoder.write_header().map_err(|_| Error::Drawing)?;
    writer.write_image_data(&pixels).map_err(|_| Error::Drawing)?;
    writer.finish().map_err(|_| Error::Drawing)?;
    Ok(bytes)
}
