//! Lines on their way to standard error.
//!
//! A system call for the line of each request was a tenth of what a list of products costs. So those lines wait for each other, a tenth
//! of a second at most; every other line goes out at once, behind those that waited before it. A process that is killed loses at most the
//! access log of that time.

use std::cell::Cell;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a line waits.
const WAITS: Duration = Duration::from_millis(100);
/// Bytes that wait; then they go out whatever they are.
const FULL: usize = 64 * 1024;

thread_local! {
    /// Whether the line that this thread has just formatted may wait.
    static MAY_WAIT: Cell<bool> = const { Cell::new(false) };
}

/// To be called for each line before it is written.
pub(super) fn let_wait(may_wait: bool) {
    MAY_WAIT.set(may_wait);
}

/// The lines that wait. Cloning shares them.
pub(super) struct LogBuffer<W>(Arc<Mutex<Waiting<W>>>);

impl<W> Clone for LogBuffer<W> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Waiting<W> {
    lines: Vec<u8>,
    out: W,
}

impl<W: Write> LogBuffer<W> {
    pub(super) fn new(out: W) -> Self {
        Self(Arc::new(Mutex::new(Waiting { lines: Vec::with_capacity(FULL), out })))
    }

    /// A panic while the lock is held leaves whole lines at worst twice.
    fn lock(&self) -> MutexGuard<'_, Waiting<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what waits.
    pub(super) fn write_out(&self) -> std::io::Result<()> {
        self.lock().write_out()
    }
}

impl<W: Write> Waiting<W> {
    fn write_out(&mut self) -> std::io::Result<()> {
        // What can't be written is dropped: a log that is full must not fill the memory.
        let written = self.out.write_all(&self.lines);
        self.lines.clear();
        written
    }
}

impl<W: Write + Send + 'static> LogBuffer<W> {
    /// Lets no line wait longer than it may, as long as the process lives.
    pub(super) fn tick(&self) {
        let buffer = self.clone();
        let ticks = move || loop {
            std::thread::sleep(WAITS);
            let _ = buffer.write_out();
        };
        // Without the thread, lines wait for the next that does not.
        let _ = std::thread::Builder::new().name("log".into()).spawn(ticks);
    }
}

impl<W: Write> Write for LogBuffer<W> {
    /// One line; it is kept whole.
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let mut waiting = self.lock();
        waiting.lines.extend_from_slice(line);
        if !MAY_WAIT.get() || waiting.lines.len() >= FULL {
            waiting.write_out()?;
        }
        Ok(line.len())
    }

    /// Asked for after each line, by which time it is out or may wait.
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<u8>>>);

    impl Write for Seen {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl Seen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn log(buffer: &mut LogBuffer<Seen>, line: &str, may_wait: bool) {
        let_wait(may_wait);
        buffer.write_all(line.as_bytes()).unwrap();
        buffer.flush().unwrap();
    }

    #[test]
    fn an_error_is_out_at_once_and_no_line_overtakes_another() {
        let seen = Seen::default();
        let mut buffer = LogBuffer::new(seen.clone());
        log(&mut buffer, "access 1\n", true);
        assert_eq!(seen.text(), "");
        log(&mut buffer, "error\n", false);
        assert_eq!(seen.text(), "access 1\nerror\n");
        log(&mut buffer, "access 2\n", true);
        buffer.write_out().unwrap();
        assert_eq!(seen.text(), "access 1\nerror\naccess 2\n");
    }

    #[test]
    fn a_crowd_does_not_fill_the_memory_with_its_lines() {
        let seen = Seen::default();
        let mut buffer = LogBuffer::new(seen.clone());
        let line = "x".repeat(1023) + "\n";
        for _ in 0..1_000 {
            log(&mut buffer, &line, true);
            assert!(buffer.lock().lines.len() < FULL);
        }
    }
}
