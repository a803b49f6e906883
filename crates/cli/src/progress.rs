//! Progress with time left: one line on a terminal, a plain line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a plain line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(30);
/// Seconds in which nothing is said of pieces.
const QUIET: f64 = 2.0;

/// A line that says how far a run is.
pub struct Line {
    bar: Option<ProgressBar>,
    last: Mutex<Instant>,
    name: String,
}

impl Line {
    /// A line for `name` with `all` steps.
    pub fn new(name: &str, all: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(all);
            if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {msg} {eta} left") {
                bar.set_style(style);
            }
            bar.set_prefix(name.to_owned());
            bar
        });
        Self { bar, last: Mutex::new(Instant::now()), name: name.to_owned() }
    }

    /// `done` of `all`, a word on what, and the seconds left.
    pub fn update(&self, done: u64, all: u64, what: &str, left: f64) {
        if let Some(bar) = &self.bar {
            bar.set_length(all);
            bar.set_position(done);
            bar.set_message(what.to_owned());
            return;
        }
        let Ok(mut last) = self.last.lock() else { return };
        if last.elapsed() >= EVERY {
            *last = Instant::now();
            eprintln!("{} {done}/{all} · {what} · {} left", self.name, span(left));
        }
    }

    /// Takes the line away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A line for pieces of one command, from the second second on; `what` is what they are, in the plural.
pub fn pieces(name: &'static str, what: &'static str) -> Arc<dyn Fn(usize, usize) + Send + Sync> {
    let (began, line) = (Instant::now(), OnceLock::new());
    Arc::new(move |done, all| {
        let spent = began.elapsed().as_secs_f64();
        if spent < QUIET {
            return;
        }
        let line = line.get_or_init(|| Line::new(name, all as u64));
        if done == all {
            line.finish();
        } else {
            line.update(done as u64, all as u64, what, spent * (all - done) as f64 / done as f64);
        }
    })
}

/// Seconds for people.
pub fn span(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn spans_read_well() {
        assert_eq!([super::span(3.2), super::span(600.0), super::span(7200.0)], ["3 s", "10 min", "2.0 h"]);
    }
}
