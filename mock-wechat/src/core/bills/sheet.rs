//! A bill as text: a byte order mark, a header, rows, a header of the summary, the summary. Every value has a backtick.

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use crate::Error;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

pub(super) struct Sheet(Writer<Vec<u8>>);

impl Sheet {
    pub(super) fn new(columns: &str) -> Result<Self, Error> {
        let mut writer = WriterBuilder::new()
            .quote_style(QuoteStyle::Never)
            .terminator(Terminator::CRLF)
            .flexible(true)
            .from_writer(BYTE_ORDER_MARK.to_vec());
        writer.write_record(columns.split(',')).map_err(broken)?;
        Ok(Self(writer))
    }

    pub(super) fn row<T: AsRef<str>>(&mut self, values: &[T]) -> Result<(), Error> {
        self.0.write_record(values.iter().map(|value| format!("`{}", clean(value.as_ref())))).map_err(broken)
    }

    pub(super) fn end<T: AsRef<str>>(mut self, columns: &str, values: &[T]) -> Result<Vec<u8>, Error> {
        self.0.write_record(columns.split(',')).map_err(broken)?;
        self.row(values)?;
        self.0.into_inner().map_err(|error| Error::Bill(error.into_error()))
    }
}

fn broken(error: csv::Error) -> Error {
    Error::Bill(error.into())
}

/// WeChat quotes nothing: a comma in the merchant's text becomes a backslash and a space, so splitting on commas is safe.
fn clean(value: &str) -> String {
    value.replace(',', "\\ ").replace(['\r', '\n'], "\\n")
}
