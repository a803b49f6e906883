//! stdout is the result, in the format asked; stderr is talk.
//!
//! All printing goes through here: the macros below stand for those of the standard library in the whole program, which panic where a pipe is
//! closed. A reader who has seen enough is no error; anything else that keeps a result from being printed ends the program with exit code 110.

use std::fmt::{Arguments, Display};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::Mutex;

use clap::ValueEnum;
use curvecast::Level;
use report::{Cell, Table};
use runner::exit;

/// Prints a part of the result.
macro_rules! print {
    ($($text:tt)*) => { $crate::output::result(::std::format_args!($($text)*)) };
}

/// Prints a line of the result.
macro_rules! println {
    () => { $crate::output::result(::std::format_args!("\n")) };
    ($($text:tt)*) => { $crate::output::result_line(::std::format_args!($($text)*)) };
}

/// Prints a line of talk.
macro_rules! eprintln {
    ($($text:tt)*) => { $crate::output::talk(::std::format_args!($($text)*)) };
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Aligned columns for people
    Table,
    /// RFC 4180
    Csv,
    /// One array of objects
    Json,
}

/// Columns of a line where there is no terminal to ask.
const COLUMNS: usize = 160;

/// The first thing that went wrong with the standard output. Nothing is printed after it.
static FAILED: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints a part of the result.
pub fn result(text: Arguments<'_>) {
    write(&text.to_string());
}

/// Prints a line of the result.
pub fn result_line(text: Arguments<'_>) {
    write(&format!("{text}\n"));
}

/// Prints a line of talk. That nobody listens is no reason to stop.
pub fn talk(text: Arguments<'_>) {
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

/// Prints a line of talk that has to be said, behind the word of its level: `note: …` or `warning: …`.
pub fn said(level: Level, text: impl Display) {
    eprintln!("{level}: {text}");
}

fn write(text: &str) {
    let Ok(mut failed) = FAILED.lock() else { return };
    if failed.is_some() {
        return;
    }
    let mut out = io::stdout().lock();
    *failed = out.write_all(text.as_bytes()).and_then(|()| out.flush()).err();
}

/// Prints help, the version, or what is wrong with the command line; answers the exit code.
pub fn usage(e: &clap::Error) -> u8 {
    let printed = e.print();
    if e.use_stderr() {
        return exit::USAGE;
    }
    if let (Err(why), Ok(mut failed)) = (printed, FAILED.lock()) {
        *failed = Some(why);
    }
    exit::OK
}

/// The exit code of the program, given that of its verb: another one when the result could not be printed.
pub fn finish(code: u8) -> u8 {
    match FAILED.lock().ok().and_then(|mut failed| failed.take()) {
        Some(why) if why.kind() != ErrorKind::BrokenPipe => {
            eprintln!("error: cannot write to the standard output: {why}");
            exit::WRITE
        }
        _ => code,
    }
}

/// How wide a line may be: as the terminal is; elsewhere as `COLUMNS` says, or 160.
fn width() -> usize {
    let asked = || std::env::var("COLUMNS").ok().and_then(|c| c.trim().parse::<usize>().ok());
    let terminal = if io::stdout().is_terminal() { console::Term::stdout().size_checked() } else { None };
    terminal.map(|(_, columns)| usize::from(columns)).or_else(asked).filter(|w| *w > 0).unwrap_or(COLUMNS)
}

/// Prints a table.
pub fn print(table: &Table, format: Format) {
    match format {
        Format::Table => print!("{}", table.to_text_within(width())),
        Format::Csv => print!("{}", table.to_csv()),
        Format::Json => println!("{}", json(table)),
    }
}

fn json(table: &Table) -> String {
    let rows: Vec<serde_json::Value> = table
        .rows
        .iter()
        .map(|r| {
            let object = table.columns.iter().zip(r).map(|(c, v)| {
                let value = match v {
                    Cell::Text(t) | Cell::Link { text: t, .. } => serde_json::json!(t),
                    Cell::Number { value, se: None, .. } => serde_json::json!(value),
                    Cell::Number { value, se, .. } => serde_json::json!({ "value": value, "se": se }),
                    Cell::Interval { low, high, .. } => serde_json::json!([low, high]),
                    Cell::Mark(m) => serde_json::json!(m.symbol()),
                    Cell::Missing => serde_json::Value::Null,
                };
                (c.name.clone(), value)
            });
            serde_json::Value::Object(object.collect())
        })
        .collect();
    serde_json::to_string_pretty(&rows).unwrap_or_default()
}
