//! Flat XML as Pay v2 and the message push speak it: one root, values in CDATA (contract A.12, C.1).

use std::collections::BTreeMap;
use std::io;

use quick_xml::events::{BytesCData, BytesText, Event};
use quick_xml::{Reader, Writer};
use serde_json::Value;

/// The most elements that are read; no call of WeChat's has nearly as many.
const MOST_ELEMENTS: usize = 200;

/// Names and values below the root, or `None` when the text is not such XML. A DOCTYPE, an entity that it would have
/// to declare, and deeper nesting are refused: nothing is ever expanded or fetched.
pub(crate) fn read(text: &str) -> Option<BTreeMap<String, String>> {
    let mut reader = Reader::from_str(text);
    let mut fields = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    let mut value = String::new();
    let mut closed = false;
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) if open.len() < 2 && !closed && fields.len() < MOST_ELEMENTS => {
                open.push(tag.name().as_ref().to_owned());
                value.clear();
            }
            Event::Empty(tag) if open.len() == 1 => {
                fields.insert(tag.name().as_ref().to_owned(), String::new());
            }
            Event::Text(text) if open.len() == 2 => value.push_str(&text),
            Event::CData(text) if open.len() == 2 => value.push_str(&text),
            Event::GeneralRef(name) if open.len() == 2 => value.push(character(&name)?),
            Event::End(_) if open.len() == 2 => {
                let name = open.pop()?;
                if fields.insert(name, std::mem::take(&mut value)).is_some() {
                    return None;
                }
            }
            Event::End(_) => {
                open.pop()?;
                closed = true;
            }
            Event::Text(text) if text.trim().is_empty() => {}
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof if closed && open.is_empty() => return Some(fields),
            _ => return None,
        }
    }
}

/// The text of one element below the root, whatever stands beside it; `None` if it is not there or has elements of its own.
pub(crate) fn read_one(text: &str, wanted: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    let mut found: Option<String> = None;
    loop {
        match (reader.read_event().ok()?, &mut found) {
            (Event::Start(tag), None) => {
                found = (depth == 1 && tag.name().as_ref() == wanted).then(String::new);
                depth += 1;
            }
            (Event::CData(text), Some(value)) => value.push_str(&text),
            (Event::Text(text), Some(value)) => value.push_str(&text),
            (Event::End(_), None) => depth = depth.checked_sub(1)?,
            (Event::End(_), Some(_)) => return found,
            (Event::Start(_) | Event::Empty(_) | Event::Eof, Some(_)) | (Event::Eof | Event::DocType(_), None) => {
                return None;
            }
            _ => {}
        }
    }
}

/// One of XML's own five entities, or a character by number.
fn character(name: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Some(character) = name.resolve_char_ref().ok()? {
        return Some(character);
    }
    match &**name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

/// `<xml>` with the fields of an object; a list becomes one element of its name for each item.
pub(crate) fn write(object: &Value) -> io::Result<String> {
    let mut writer = Writer::new(Vec::new());
    write_element(&mut writer, "xml", object)?;
    String::from_utf8(writer.into_inner()).map_err(io::Error::other)
}

fn write_element(writer: &mut Writer<Vec<u8>>, name: &str, value: &Value) -> io::Result<()> {
    match value {
        Value::Object(fields) => {
            writer.create_element(name).write_inner_content(|writer| {
                fields.iter().try_for_each(|(name, value)| write_element(writer, name, value))
            })?;
        }
        Value::Array(items) => items.iter().try_for_each(|item| write_element(writer, name, item))?,
        Value::String(text) if !text.contains("]]>") => {
            writer.create_element(name).write_cdata_content(BytesCData::new(text.as_str()))?;
        }
        Value::String(text) => {
            writer.create_element(name).write_text_content(BytesText::new(text))?;
        }
        other => {
            writer.create_element(name).write_text_content(BytesText::new(&other.to_string()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_doctype_an_unknown_entity_and_deep_nesting_are_refused() {
        for bad in [
            "<!DOCTYPE xml [<!ENTITY e 'boom'>]><xml><a>&e;</a></xml>",
            "<xml><a>&e;</a></xml>",
            "<xml><a><b>1</b></a></xml>",
            "<xml><a>1</a><a>2</a></xml>",
            "<xml><a>1</a>",
            "<xml/><xml/>",
            "not xml",
            "",
        ] {
            assert!(read(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        let text = write(&json!({ "name": "张三 <&> ]]> x", "fee": 12, "plain": "a&b" })).unwrap();
        let read = read(&text).unwrap();
        assert_eq!(read["name"], "张三 <&> ]]> x");
        assert_eq!((read["fee"].as_str(), read["plain"].as_str()), ("12", "a&b"));
    }

    #[test]
    fn one_element_is_found_beside_deeper_ones() {
        let body = "<xml><A><Encrypt>no</Encrypt></A><Encrypt><![CDATA[a+b/==]]></Encrypt><B/></xml>";
        assert_eq!(read_one(body, "Encrypt").as_deref(), Some("a+b/=="));
        for without in ["<xml><A>1</A></xml>", "<xml><Encrypt><C/></Encrypt></xml>", "<xml><Encrypt>x", "no xml"] {
            assert_eq!(read_one(without, "Encrypt"), None, "{without}");
        }
    }
}
