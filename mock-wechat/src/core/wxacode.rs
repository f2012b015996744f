//! Codes that open a page of the mini program (contract A.6).
//!
//! WeChat draws a round code that only WeChat reads. The stand-in draws a square QR code that any phone reads, whose text is
//! `mock-wechat:{page}?{query}`, so that a test can read both back: a JPEG, or a PNG where a transparent ground was asked for.

use qrcode::{Color, QrCode};

use super::context::Context;
use super::link::SCENE_MARKS;
use super::mini_call::{Args, MiniRefusal, MiniReply, refuse};
use super::records::{Console, Record};
use crate::Error;

const MOST_SCENE: usize = 32;
/// Older pages say 128 bytes (unconfirmed).
const MOST_PATH: usize = 1024;
const MOST_LIMITED: u32 = 100_000;
/// Of 100, where a JPEG is drawn.
const QUALITY: u8 = 90;
const WIDTHS: std::ops::RangeInclusive<u16> = 280..=1280;
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
    let width = width(body)?;
    body.flag("auto_color")?;
    body.object("line_color")?;
    let clear = body.flag("is_hyaline")?.unwrap_or(false);
    if !published {
        note_page(context, page)?;
    }
    draw(&format!("{page}?scene={scene}"), width, clear)
}

/// A code of the limited kind, for a page with a query (contract A.6: 100 000 of them in all).
pub(crate) fn limited(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let path = body.text("path")?;
    if path.is_empty() || path.chars().count() > MOST_PATH {
        return refuse(40159, "invalid length for path, or the data is not json string");
    }
    let width = width(body)?;
    let clear = body.flag("is_hyaline")?.unwrap_or(false);
    let drawn = context.state.console.limited_codes;
    if drawn >= MOST_LIMITED {
        return refuse(45029, "qrcode count out of limit");
    }
    let console = Console { limited_codes: drawn + 1, ..context.state.console.clone() };
    context.save(console);
    draw(path, width, clear)
}

fn width(body: &Args) -> Result<u16, MiniRefusal> {
    let width = body.whole("width")?.unwrap_or(430);
    let fits = u16::try_from(width).ok().filter(|width| WIDTHS.contains(width));
    fits.map_or_else(|| refuse(40097, "invalid args width"), Ok)
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

fn draw(text: &str, width: u16, clear: bool) -> Result<MiniReply, MiniRefusal> {
    let code = QrCode::new(format!("mock-wechat:{text}")).map_err(|_| Error::Drawing)?;
    let modules = code.width() + 2 * QUIET;
    let side = usize::from(width);
    let dark = |x: usize, y: usize| {
        let [column, row] = [x, y].map(|at| (at * modules / side).checked_sub(QUIET).filter(|at| *at < code.width()));
        matches!((column, row), (Some(column), Some(row)) if code[(column, row)] == Color::Dark)
    };
    let pixels = (0..side).flat_map(|y| (0..side).map(move |x| (x, y)));
    let mut bytes = Vec::new();
    if clear {
        let pixels: Vec<u8> = pixels.flat_map(|(x, y)| if dark(x, y) { [0, 255] } else { [255, 0] }).collect();
        let mut encoder = png::Encoder::new(&mut bytes, width.into(), width.into());
        encoder.set_color(png::ColorType::GrayscaleAlpha);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(|_| Error::Drawing)?;
        writer.write_image_data(&pixels).and_then(|()| writer.finish()).map_err(|_| Error::Drawing)?;
        return Ok(MiniReply::Image { content_type: "image/png", bytes });
    }
    let pixels: Vec<u8> = pixels.map(|(x, y)| if dark(x, y) { 0 } else { 255 }).collect();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, QUALITY);
    encoder.encode(&pixels, width, width, jpeg_encoder::ColorType::Luma).map_err(|_| Error::Drawing)?;
    Ok(MiniReply::Image { content_type: "image/jpeg", bytes })
}
