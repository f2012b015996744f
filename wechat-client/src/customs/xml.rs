//! The flat XML of WeChat Pay v2: one root, one level of values. Anything else is refused, so nothing can be hidden
//! from the signature, and no entity can be made to grow.

use std::collections::BTreeMap;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesCData, BytesEnd, BytesRef, BytesStart, Event};
use quick_xml::{Reader, Writer};

/// Values by name. Sorted by name, which is also the order of signing.
pub(super) type Values = BTreeMap<String, String>;

/// Longest document that is read, in bytes. Real ones have 1 to 4 kilobytes.
const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// Most values of a document; a query answers 13 for each part.
const VALUES_LIMIT: usize = 1_000;

const ROOT: &str = "xml";

/// Writes values under `<xml>`, each in CDATA.
pub(super) fn written(values: &Values) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    writer.write_event(Event::Start(BytesStart::new(ROOT)))?;
    for (name, value) in values {
        writer.write_event(Event::Start(BytesStart::new(name.as_str())))?;
        // `]]>` inside a value is split over two sections.
        for section in BytesCData::escaped(value) {
            writer.write_event(Event::CData(section))?;
        }
        writer.write_event(Event::End(BytesEnd::new(name.as_str())))?;
    }
    writer.write_event(Event::End(BytesEnd::new(ROOT)))?;
    Ok(writer.into_inner())
}

/// Reads values. The fault never quotes the document.
pub(super) fn read(body: &[u8]) -> Result<Values, &'static str> {
    if body.len() > BODY_LIMIT_BYTES {
        return Err("longer than 64 KiB");
    }
    let text = std::str::from_utf8(body).map_err(|_| "not UTF-8")?;
    let mut document = Document::default();
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    loop {
        match reader.read_event().map_err(|_| "not well-formed XML")? {
            Event::Start(start) => document.open(start.name().0)?,
            Event::End(_) => document.close()?,
            Event::Empty(empty) => {
                document.open(empty.name().0)?;
                document.close()?;
            }
            Event::Text(text) => document.text(&text)?,
            Event::CData(section) => document.section(&section)?,
            Event::GeneralRef(reference) => document.text(&resolved(&reference)?)?,
            Event::Decl(_) | Event::Comment(_) => {}
            Event::DocType(_) => return Err("a DOCTYPE"),
            Event::PI(_) => return Err("a processing instruction"),
            Event::Eof => return document.finished(),
        }
    }
}

/// The five entities of XML itself, and characters by number; no other.
fn resolved(reference: &BytesRef<'_>) -> Result<String, &'static str> {
    if let Some(entity) = resolve_predefined_entity(reference) {
        return Ok(entity.to_owned());
    }
    match reference.resolve_char_ref() {
        Ok(Some(letter)) => Ok(letter.to_string()),
        _ => Err("an entity"),
    }
}

#[derive(Default)]
struct Document {
    values: Values,
    rooted: bool,
    closed: bool,
    value: Option<Value>,
}

struct Value {
    name: String,
    text: String,
    /// Text of a CDATA section; then the white space around the sections does not count.
    sections: Option<String>,
}

impl Document {
    fn open(&mut self, name: &str) -> Result<(), &'static str> {
        if self.value.is_some() {
            return Err("deeper than one level");
        }
        if !self.rooted {
            self.rooted = true;
            return if name == ROOT { Ok(()) } else { Err("another root than xml") };
        }
        if self.closed {
            return Err("a second root");
        }
        if self.values.len() >= VALUES_LIMIT {
            return Err("too many values");
        }
        self.value = Some(Value { name: name.to_owned(), text: String::new(), sections: None });
        Ok(())
    }

    fn close(&mut self) -> Result<(), &'static str> {
        let Some(value) = self.value.take() else {
            self.closed = true;
            return Ok(());
        };
        let text = value.sections.unwrap_or(value.text);
        // Which of two would be signed, and which believed, is a matter of taste: so neither.
        match self.values.insert(value.name, text) {
            None => Ok(()),
            Some(_) => Err("a value is repeated"),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        match &mut self.value {
            Some(value) if value.sections.is_none() => {
                value.text.push_str(text);
                Ok(())
            }
            // White space between values, or around CDATA.
            _ if text.trim().is_empty() => Ok(()),
            _ => Err("text outside of a value"),
        }
    }

    fn section(&mut self, text: &str) -> Result<(), &'static str> {
        let value = self.value.as_mut().ok_or("text outside of a value")?;
        if !value.text.trim().is_empty() {
            return Err("text beside CDATA");
        }
        value.sections.get_or_insert_default().push_str(text);
        Ok(())
    }

    fn finished(self) -> Result<Values, &'static str> {
        if self.closed { Ok(self.values) } else { Err("cut short, or empty") }
    }
}
