//! XML messages, read into the same shape as JSON ones. No DOCTYPE, no entity but XML's own five and characters by
//! number, few levels, few elements.

use std::mem;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use serde_json::{Map, Value};

use super::PushRefused;

/// Longest message that is read, in bytes; one of WeChat's has some kilobytes.
const BODY_LIMIT_BYTES: usize = 64 * 1024;
/// Levels of elements. The deepest message, about subscriptions, has four.
const DEPTH_LIMIT: usize = 8;
/// Elements of a message.
const ELEMENT_LIMIT: usize = 1000;
/// Longest name of an element, in bytes.
const NAME_LIMIT_BYTES: usize = 64;

const TOO_MUCH: PushRefused = PushRefused::Xml;
const MALFORMED: PushRefused = PushRefused::Malformed("no whole XML");

/// An element that has begun.
#[derive(Default)]
struct Open {
    name: String,
    text: String,
    children: Map<String, Value>,
}

impl Open {
    /// An element with others in it is an object, any other is its text; equal ones side by side are an array.
    fn close(self, into: &mut Self) {
        let value = if self.children.is_empty() { Value::String(self.text) } else { Value::Object(self.children) };
        match into.children.get_mut(&self.name) {
            None => drop(into.children.insert(self.name, value)),
            Some(Value::Array(list)) => list.push(value),
            Some(one) => {
                let first = mem::take(one);
                *one = Value::Array(vec![first, value]);
            }
        }
    }
}

/// The fields of a message, whatever its root is called.
pub(super) fn read(body: &[u8]) -> Result<Map<String, Value>, PushRefused> {
    if body.len() > BODY_LIMIT_BYTES {
        return Err(TOO_MUCH);
    }
    let text = str::from_utf8(body).map_err(|_| MALFORMED)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    // The bottom one stands for the document.
    let mut open = vec![Open::default()];
    let mut elements = 0;
    loop {
        match reader.read_event().map_err(|_| MALFORMED)? {
            Event::Start(start) => open.push(begun(&start, open.len(), &mut elements)?),
            Event::Empty(start) => {
                let empty = begun(&start, open.len(), &mut elements)?;
                empty.close(open.last_mut().ok_or(MALFORMED)?);
            }
            Event::End(_) => {
                let done = open.pop().ok_or(MALFORMED)?;
                done.close(open.last_mut().ok_or(MALFORMED)?);
            }
            Event::Text(text) => append(&mut open, &text.xml10_content())?,
            Event::CData(text) => append(&mut open, &text.xml10_content())?,
            Event::GeneralRef(reference) => append(&mut open, &resolved(&reference)?)?,
            Event::DocType(_) | Event::PI(_) => return Err(TOO_MUCH),
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(document), true) => root(document.children),
        _ => Err(MALFORMED),
    }
}

fn root(document: Map<String, Value>) -> Result<Map<String, Value>, PushRefused> {
    let mut roots = document.into_iter();
    match (roots.next(), roots.next()) {
        (Some((_, Value::Object(fields))), None) => Ok(fields),
        _ => Err(MALFORMED),
    }
}

fn begun(start: &BytesStart<'_>, depth: usize, elements: &mut usize) -> Result<Open, PushRefused> {
    *elements += 1;
    if depth > DEPTH_LIMIT || *elements > ELEMENT_LIMIT {
        return Err(TOO_MUCH);
    }
    let name = start.name();
    let name: &str = name.as_ref();
    if name.len() > NAME_LIMIT_BYTES {
        return Err(TOO_MUCH);
    }
    Ok(Open { name: name.to_owned(), ..Open::default() })
}

/// Text beside the root is no message.
fn append(open: &mut [Open], text: &str) -> Result<(), PushRefused> {
    let is_inside = open.len() > 1;
    match open.last_mut() {
        Some(element) if is_inside => element.text.push_str(text),
        _ if text.trim().is_empty() => {}
        _ => return Err(MALFORMED),
    }
    Ok(())
}

fn resolved(reference: &BytesRef<'_>) -> Result<String, PushRefused> {
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| MALFORMED)? {
        return Ok(letter.to_string());
    }
    resolve_predefined_entity(&reference.xml10_content()).map(str::to_owned).ok_or(TOO_MUCH)
}
