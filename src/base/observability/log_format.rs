//! The log: one line an event, `time LEVEL target [trace id] message name=value ...`, or with `LOG_FORMAT=json` one JSON object.
//! What a line may hold is said in `docs/operations.md`, Logs.

use std::fmt::Write as _;
use std::io::{Stderr, Write};
use std::panic::PanicHookInfo;
use std::path::Path;
use std::sync::OnceLock;

use env_logger::fmt::Formatter;
use env_logger::{Builder, Target};
use log::kv::{self, Key, VisitSource};
use log::{Level, LevelFilter, Record};
use serde_json::{Map, Value};

use super::TraceId;
use super::log_buffer::{self, LogBuffer};

/// Target of the line that each request gets.
pub(crate) const ACCESS: &str = "access";

static BUFFER: OnceLock<LogBuffer<Stderr>> = OnceLock::new();

/// Crates that write headers and bodies, and so tokens, at their lowest levels.
const TALKATIVE: [&str; 7] = ["h2", "hyper", "hyper_util", "reqwest", "rustls", "actix_http", "actix_web"];

/// Starts the log on stderr. `RUST_LOG`, from the environment or the `.env` file, chooses the levels; `info` by
/// default. A second call does nothing. Panics are logged too, by place: their text could quote data.
pub fn init_log() {
    let variables = crate::base::config::environment(Path::new(".env")).unwrap_or_default();
    let levels = variables.get("RUST_LOG").map_or("info", String::as_str);
    let format =
        if variables.get("LOG_FORMAT").is_some_and(|format| format == "json") { write_json } else { write_line };
    let mut builder = Builder::new();
    let buffer = LogBuffer::new(std::io::stderr());
    builder.parse_filters(levels).format(format).target(Target::Pipe(Box::new(buffer.clone())));
    for target in TALKATIVE {
        builder.filter_module(target, LevelFilter::Info);
    }
    if builder.try_init().is_ok() {
        buffer.tick();
        let _ = BUFFER.set(buffer);
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// Writes the lines that wait: to be called before the process ends.
pub fn flush_log() {
    if let Some(buffer) = BUFFER.get() {
        let _ = buffer.write_out();
    }
}

fn write_line(out: &mut Formatter, record: &Record<'_>) -> std::io::Result<()> {
    log_buffer::let_wait(record.level() >= Level::Info && record.target() == ACCESS);
    write!(out, "{} {:<5} {}", out.timestamp_millis(), record.level(), record.target())?;
    if let Some(trace_id) = TraceId::current() {
        write!(out, " [{trace_id}]")?;
    }
    out.write_all(b" ")?;
    let mut line = OneLine { out, failed: None };
    let written = line.write_fmt(*record.args());
    match (written, line.failed) {
        (_, Some(error)) => Err(error),
        (Err(_), None) => Err(std::io::Error::other("a message can't be formatted")),
        (Ok(()), None) => {
            for (name, value) in values(record) {
                write!(out, " {name}=")?;
                let mut line = OneLine { out, failed: None };
                let written = match &value {
                    Value::String(text) => line.write_str(text),
                    other => line.write_fmt(format_args!("{other}")),
                };
                written
                    .map_err(|_| line.failed.unwrap_or_else(|| std::io::Error::other("a value can't be formatted")))?;
            }
            writeln!(out)
        }
    }
}

fn write_json(out: &mut Formatter, record: &Record<'_>) -> std::io::Result<()> {
    log_buffer::let_wait(record.level() >= Level::Info && record.target() == ACCESS);
    let mut event = Map::new();
    event.insert("time".to_owned(), out.timestamp_millis().to_string().into());
    event.insert("level".to_owned(), record.level().as_str().into());
    event.insert("target".to_owned(), record.target().into());
    if let Some(trace_id) = TraceId::current() {
        event.insert("trace_id".to_owned(), trace_id.to_string().into());
    }
    event.insert("message".to_owned(), record.args().to_string().into());
    event.extend(values(record));
    writeln!(out, "{}", Value::Object(event))
}

/// What stands beside the message, each under its name: numbers stay numbers.
fn values(record: &Record<'_>) -> Vec<(String, Value)> {
    struct Values(Vec<(String, Value)>);
    impl<'kvs> VisitSource<'kvs> for Values {
        fn visit_pair(&mut self, name: Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
            let read = match (value.to_i64(), value.to_bool()) {
                (Some(number), _) => number.into(),
                (_, Some(flag)) => flag.into(),
                _ => value.to_string().into(),
            };
            self.0.push((name.to_string(), read));
            Ok(())
        }
    }
    let mut values = Values(Vec::new());
    // Nothing here fails; a value that could not be read would be left out.
    let _ = record.key_values().visit(&mut values);
    values.0
}

/// Keeps a message on its line: a line break inside could pass for another event.
struct OneLine<'a, W> {
    out: &'a mut W,
    failed: Option<std::io::Error>,
}

impl<W: Write> std::fmt::Write for OneLine<'_, W> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        // Most is ASCII, where a look at the bytes is enough.
        let plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let written = if !plain && text.chars().any(char::is_control) {
            let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
            self.out.write_all(plain.as_bytes())
        } else {
            self.out.write_all(text.as_bytes())
        };
        written.map_err(|error| {
            self.failed = Some(error);
            std::fmt::Error
        })
    }
}

/// A literal text was written by us; a formatted one may hold anything.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(its text is not logged)");
    log::error!(target: "panic", "{place}: {text}");
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fmt::Write as _;

    use log::Record;
    use serde_json::json;

    use super::{OneLine, values};

    #[test]
    fn values_keep_their_order_and_numbers_stay_numbers() {
        let told = [("status", 200.into()), ("route", "/x".into()), ("is_new", true.into())];
        let told: &[(&str, log::kv::Value<'_>)] = &told;
        let record = Record::builder().key_values(&told).build();
        let read = values(&record);
        assert_eq!(read.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["status", "route", "is_new"]);
        assert_eq!(
            read.into_iter().map(|(_, value)| value).collect::<Vec<_>>(),
            [json!(200), json!("/x"), json!(true)]
        );
    }

    #[test]
    fn a_line_break_in_a_message_does_not_forge_a_second_event() {
        let mut out = Vec::new();
        let mut line = OneLine { out: &mut out, failed: None };
        line.write_str("order 1\n2026-01-01T00:00:00Z ERROR\r\x1b[31mforged").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(['\n', '\r', '\x1b']), "{text:?}");
        assert!(text.contains("forged"));
    }
}
