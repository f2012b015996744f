//! The log: one line an event, `time LEVEL target [trace id] message`.

use std::fmt::Write as _;
use std::io::{Stderr, Write};
use std::panic::PanicHookInfo;
use std::path::Path;
use std::sync::OnceLock;

use env_logger::fmt::Formatter;
use env_logger::{Builder, Target};
use log::{Level, LevelFilter, Record};

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
    let mut builder = Builder::new();
    let buffer = LogBuffer::new(std::io::stderr());
    builder.parse_filters(levels).format(write_line).target(Target::Pipe(Box::new(buffer.clone())));
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
        (Ok(()), None) => writeln!(out),
    }
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

    use super::OneLine;

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
