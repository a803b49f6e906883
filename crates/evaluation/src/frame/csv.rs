//! A frame as comma-separated text, and back.

use std::borrow::Cow;
use std::fmt::Write;

use super::{Frame, NumberColumn, TextColumn};
use crate::EvaluationError;

pub(super) fn write(frame: &Frame) -> String {
    let mut out = String::new();
    let columns = frame.texts.len() + frame.numbers.len();
    if columns == 0 {
        return out;
    }
    for (k, name) in frame.text_columns().chain(frame.number_columns()).enumerate() {
        separate(&mut out, k);
        field(&mut out, name, columns == 1);
    }
    out.push('\n');
    for row in 0..frame.rows {
        for (k, column) in frame.texts.iter().enumerate() {
            separate(&mut out, k);
            field(&mut out, &column.levels[column.codes[row] as usize], columns == 1);
        }
        for (k, column) in frame.numbers.iter().enumerate() {
            separate(&mut out, k + frame.texts.len());
            let value = column.values[row];
            if !value.is_nan() {
                // Writing to a string cannot fail.
                let _ = write!(out, "{value}");
            } else if columns == 1 {
                field(&mut out, "", true);
            }
        }
        out.push('\n');
    }
    out
}

fn separate(out: &mut String, k: usize) {
    if k > 0 {
        out.push(',');
    }
}

/// A lone empty field is quoted, because an empty line would be no record to most readers.
fn field(out: &mut String, text: &str, alone: bool) {
    if text.contains(['"', ',', '\n', '\r']) || (alone && text.is_empty()) {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(text);
    }
}

/// Which column of the frame a field goes to.
enum Target {
    Text(usize),
    Number(usize),
}

pub(super) fn read(text: &str, is_number: impl Fn(&str) -> bool) -> Result<Frame, EvaluationError> {
    let mut frame = Frame::new();
    let mut records = Records::new(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut fields = Vec::new();
    if records.next(&mut fields)?.is_none() {
        return Ok(frame);
    }
    let mut targets = Vec::with_capacity(fields.len());
    for name in &fields {
        if frame.text_columns().chain(frame.number_columns()).any(|n| n == name) {
            return Err(EvaluationError::Csv { line: 1, what: format!("two columns are called {name:?}") });
        }
        if is_number(name) {
            targets.push(Target::Number(frame.numbers.len()));
            frame.numbers.push(NumberColumn { name: name.to_string(), values: Vec::new() });
        } else {
            targets.push(Target::Text(frame.texts.len()));
            frame.texts.push(TextColumn::new(name));
        }
    }
    while let Some(line) = records.next(&mut fields)? {
        if fields.len() != targets.len() {
            let what = format!("{} fields, but the header has {}", fields.len(), targets.len());
            return Err(EvaluationError::Csv { line, what });
        }
        for (target, value) in targets.iter().zip(&fields) {
            match *target {
                Target::Text(at) => {
                    let code = frame.texts[at].intern(value);
                    frame.texts[at].codes.push(code);
                }
                Target::Number(at) => {
                    let column = &mut frame.numbers[at];
                    let number = if value.is_empty() { Ok(f64::NAN) } else { value.parse::<f64>() };
                    let Ok(number) = number else {
                        let what = format!("{value:?} in column {:?} is not a number", column.name);
                        return Err(EvaluationError::Csv { line, what });
                    };
                    column.values.push(number);
                }
            }
        }
        frame.rows += 1;
    }
    Ok(frame)
}

/// The records of a text, with the line on which each begins.
struct Records<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl<'a> Records<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The fields of the next record and its line; `None` at the end of the text.
    fn next(&mut self, fields: &mut Vec<Cow<'a, str>>) -> Result<Option<usize>, EvaluationError> {
        fields.clear();
        if self.at >= self.text.len() {
            return Ok(None);
        }
        let line = self.line;
        loop {
            let value = if self.byte() == Some(b'"') { self.quoted()? } else { self.bare()? };
            fields.push(value);
            match self.byte() {
                Some(b',') => self.at += 1,
                ended => {
                    if ended.is_some() {
                        self.at += if ended == Some(b'\r') { 2 } else { 1 };
                        self.line += 1;
                    }
                    return Ok(Some(line));
                }
            }
        }
    }

    /// Up to the next comma or end of line, which stays unread.
    fn bare(&mut self) -> Result<Cow<'a, str>, EvaluationError> {
        let rest = &self.text[self.at..];
        let mut end = rest.find([',', '\n']).unwrap_or(rest.len());
        if rest[..end].ends_with('\r') && rest[end..].starts_with('\n') {
            end -= 1;
        }
        let value = &rest[..end];
        if value.contains('"') {
            return Err(EvaluationError::Csv { line: self.line, what: format!("a quote inside the unquoted {value:?}") });
        }
        self.at += end;
        Ok(Cow::Borrowed(value))
    }

    /// A field in quotes, and on to the comma or end of line behind it.
    fn quoted(&mut self) -> Result<Cow<'a, str>, EvaluationError> {
        let rest = &self.text[self.at + 1..];
        let (mut end, mut doubled) = (0, false);
        loop {
            let Some(quote) = rest[end..].find('"') else {
                return Err(EvaluationError::Csv { line: self.line, what: "a quote is opened and never closed".to_string() });
            };
            end += quote;
            if !rest[end + 1..].starts_with('"') {
                break;
            }
            doubled = true;
            end += 2;
        }
        let (value, behind) = (&rest[..end], &rest[end + 1..]);
        let closed = behind.is_empty() || behind.starts_with([',', '\n']) || behind.starts_with("\r\n");
        if !closed {
            return Err(EvaluationError::Csv { line: self.line, what: format!("text follows the quoted {value:?}") });
        }
        self.line += value.matches('\n').count();
        self.at += end + 2;
        Ok(if doubled { Cow::Owned(value.replace("\"\"", "\"")) } else { Cow::Borrowed(value) })
    }
}
