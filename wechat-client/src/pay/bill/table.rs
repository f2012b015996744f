//! What both bills have in common: a header, data lines, a header of sums, a line of sums; a backtick before each value.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::collections::hash_map::{Entry, HashMap};

use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use csv::{ReaderBuilder, StringRecord, Terminator, Trim};

use crate::clock::shanghai;
use crate::pay::fields::MalformedData;
use crate::pay::yuan::{fen_of_yuan, milli_fen_of_yuan};

/// Every value of a data line begins with it, so that a spreadsheet does not take a long number for a float.
const MARK: char = '`';

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Most columns of a bill; WeChat's have fewer than 40, and may grow.
const MOST_COLUMNS: usize = 256;

/// A bill, read as far as both kinds go.
pub(super) struct Table {
    /// The data lines, each line once.
    pub(super) rows: Vec<Row>,
    /// The sums by name, as text.
    pub(super) summary: BTreeMap<String, String>,
    /// Line numbers of lines that repeat an earlier one word for word.
    pub(super) repeated_lines: Vec<u64>,
    /// Lines that can't be taken as they stand.
    pub(super) odd_lines: Vec<OddLine>,
}

/// A line that can't be read, or that contradicts another. The rest of the day stands; this one is a case for a human.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OddLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// What is wrong with it. Never what stands in it: a bill holds the buyer's openid.
    pub reason: String,
}

/// One data line: values by the name of their column. Taking them leaves what is not known.
pub(super) struct Row {
    pub(super) line: u64,
    what: &'static str,
    cells: BTreeMap<String, String>,
}

impl Table {
    /// Reads a whole bill; what is out of shape as a whole is refused as a whole. `needed` names the columns without which no
    /// row means anything, `key` those that together tell one row from another.
    pub(super) fn read(what: &'static str, bytes: &[u8], needed: &[&str], key: &[&str]) -> Result<Self, MalformedData> {
        let text = std::str::from_utf8(bytes).map_err(|_| malformed(what, "it is not UTF-8"))?;
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            // A quotation mark in the name of a product is a quotation mark.
            .quoting(false)
            // With CRLF as one terminator the reader's line numbers are one too low; trimming takes the CR away.
            .terminator(Terminator::Any(b'\n'))
            .trim(Trim::All)
            .from_reader(text.as_bytes());
        let is_blank = |record: &StringRecord| record.iter().all(str::is_empty);
        let mut records = reader
            .records()
            .filter(|record| !record.as_ref().is_ok_and(is_blank))
            .map(|record| record.map_err(|_| malformed(what, "it is no CSV")));
        let header = records.next().ok_or_else(|| malformed(what, "it is empty"))??;
        let header = names(what, &header)?;
        if let Some(missing) = needed.iter().find(|needed| !header.iter().any(|name| name == *needed)) {
            return Err(malformed(what, &format!("there is no column {missing}")));
        }
        let mut lines =
            Lines { what, key, seen: HashMap::new(), read: Vec::new(), repeated: Vec::new(), odd: Vec::new() };
        let sums_header = loop {
            let record = records.next().ok_or_else(|| malformed(what, "it ends before its sums"))??;
            if !record.get(0).unwrap_or_default().starts_with(MARK) {
                break record;
            }
            lines.add(line_of(text, &record), &header, &record);
        };
        let sums_header = names(what, &sums_header)?;
        let sums = records.next().ok_or_else(|| malformed(what, "it ends before its sums"))??;
        let summary = cells(what, line_of(text, &sums), &sums_header, &sums)?;
        if records.next().is_some() {
            return Err(malformed(what, "something follows its sums"));
        }
        let rows = lines.read.into_iter().filter_map(|(row, is_contradicted)| (!is_contradicted).then_some(row));
        Ok(Self { rows: rows.collect(), summary, repeated_lines: lines.repeated, odd_lines: lines.odd })
    }

    /// Reads each row; what is no row of its kind goes to the odd lines.
    pub(super) fn rows_as<T>(&mut self, read: impl Fn(Row) -> Result<T, MalformedData>) -> Vec<T> {
        let mut taken = Vec::with_capacity(self.rows.len());
        for row in std::mem::take(&mut self.rows) {
            let line = row.line;
            match read(row) {
                Ok(row) => taken.push(row),
                Err(fault) => self.odd_lines.push(OddLine { line, reason: fault.reason }),
            }
        }
        self.odd_lines.sort_by_key(|odd| odd.line);
        taken
    }
}

struct Lines<'k> {
    what: &'static str,
    key: &'k [&'k str],
    seen: HashMap<Vec<String>, usize>,
    /// Rows, and whether a later one says otherwise.
    read: Vec<(Row, bool)>,
    repeated: Vec<u64>,
    odd: Vec<OddLine>,
}

impl Lines<'_> {
    fn add(&mut self, line: u64, header: &[String], record: &StringRecord) {
        let row = match cells(self.what, line, header, record) {
            Ok(cells) => Row { line, what: self.what, cells },
            Err(fault) => return self.odd.push(OddLine { line, reason: fault.reason }),
        };
        let key = self.key.iter().map(|name| row.cells.get(*name).cloned().unwrap_or_default()).collect();
        match self.seen.entry(key) {
            Entry::Vacant(free) => {
                free.insert(self.read.len());
                self.read.push((row, false));
            }
            Entry::Occupied(taken) => {
                let Some((first, is_contradicted)) = self.read.get_mut(*taken.get()) else { return };
                if first.cells == row.cells {
                    // Counted once and told: money that is counted twice would look like a difference, or hide one.
                    self.repeated.push(line);
                    return;
                }
                // Nobody can say which of them is true, so neither counts.
                if !*is_contradicted {
                    *is_contradicted = true;
                    let reason = format!("line {}: line {line} of the same number contradicts it", first.line);
                    self.odd.push(OddLine { line: first.line, reason });
                }
                let reason = format!("line {line}: it contradicts line {} of the same number", first.line);
                self.odd.push(OddLine { line, reason });
            }
        }
    }
}

/// The line of a record. The reader counts from where the record before it ended; empty lines may stand between.
fn line_of(text: &str, record: &StringRecord) -> u64 {
    let Some(position) = record.position() else { return 0 };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let empty = text.as_bytes().iter().skip(start).take_while(|byte| **byte == b'\n').count();
    position.line() + empty as u64
}

/// Column names, each once; brackets of both widths are in use.
fn names(what: &'static str, record: &StringRecord) -> Result<Vec<String>, MalformedData> {
    if record.len() > MOST_COLUMNS {
        return Err(malformed(what, "it has more than 256 columns"));
    }
    let names: Vec<String> =
        record.iter().map(|name| name.trim_start_matches(MARK).replace('（', "(").replace('）', ")")).collect();
    let distinct: HashSet<&String> = names.iter().collect();
    if names.iter().any(String::is_empty) || distinct.len() < names.len() {
        return Err(malformed(what, "a column has no name, or the name of another"));
    }
    Ok(names)
}

fn cells(
    what: &'static str,
    line: u64,
    header: &[String],
    record: &StringRecord,
) -> Result<BTreeMap<String, String>, MalformedData> {
    if record.len() != header.len() {
        let reason = format!("line {line} has {} values for {} columns", record.len(), header.len());
        return Err(MalformedData { what, reason });
    }
    let values = record.iter().map(|value| value.strip_prefix(MARK).unwrap_or(value).to_owned());
    Ok(header.iter().cloned().zip(values).collect())
}

fn malformed(what: &'static str, reason: &str) -> MalformedData {
    MalformedData { what, reason: reason.to_owned() }
}

impl Row {
    /// A value that has to be there; it may be empty.
    pub(super) fn text(&mut self, column: &str) -> Result<String, MalformedData> {
        self.cells.remove(column).ok_or_else(|| self.malformed(&format!("there is no column {column}")))
    }

    /// A value whose column some bills leave out; empty counts as absent.
    pub(super) fn optional(&mut self, column: &str) -> Option<String> {
        self.cells.remove(column).filter(|value| !value.is_empty())
    }

    /// A number of a refund or of a payment: `0` stands for "none".
    pub(super) fn optional_number(&mut self, column: &str) -> Option<String> {
        self.optional(column).filter(|value| value != "0")
    }

    /// An amount in fen.
    pub(super) fn fen(&mut self, column: &str) -> Result<i64, MalformedData> {
        let text = self.text(column)?;
        fen_of_yuan(&text).ok_or_else(|| self.not_an_amount(column))
    }

    /// An amount in fen whose column some bills leave out.
    pub(super) fn optional_fen(&mut self, column: &str) -> Result<Option<i64>, MalformedData> {
        let Some(text) = self.optional(column) else { return Ok(None) };
        fen_of_yuan(&text).map(Some).ok_or_else(|| self.not_an_amount(column))
    }

    /// An amount in thousandths of a fen whose column some bills leave out.
    pub(super) fn optional_milli_fen(&mut self, column: &str) -> Result<Option<i64>, MalformedData> {
        let Some(text) = self.optional(column) else { return Ok(None) };
        milli_fen_of_yuan(&text).map(Some).ok_or_else(|| self.not_an_amount(column))
    }

    /// A time of Beijing, `yyyy-MM-dd HH:mm:ss`.
    pub(super) fn time(&mut self, column: &str) -> Result<DateTime<Utc>, MalformedData> {
        let text = self.text(column)?;
        let local = NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").ok();
        let time = local.and_then(|local| shanghai().from_local_datetime(&local).single());
        time.map(|time| time.with_timezone(&Utc)).ok_or_else(|| self.malformed(&format!("{column} is not a time")))
    }

    /// What nobody took: columns that did not exist when this was written.
    pub(super) fn rest(self) -> BTreeMap<String, String> {
        self.cells
    }

    /// Names the line, never the value: a bill holds the buyer's openid.
    pub(super) fn malformed(&self, reason: &str) -> MalformedData {
        MalformedData { what: self.what, reason: format!("line {}: {reason}", self.line) }
    }

    fn not_an_amount(&self, column: &str) -> MalformedData {
        self.malformed(&format!("{column} is not an amount"))
    }
}
