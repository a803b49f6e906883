//! A table as aligned text for a terminal.

use super::{Align, Cell, MISSING, Table};

/// Spaces between two columns.
const GAP: usize = 2;

/// After these a word may be broken, where a column is narrower than the word.
const BREAKS: [char; 8] = ['-', '_', '/', ',', '=', '|', ':', ';'];

impl Table {
    /// The title, the table with its columns aligned, and the note. No colour, no borders.
    pub fn to_text(&self) -> String {
        self.to_text_within(usize::MAX)
    }

    /// The same with no line wider than `width` characters, where that is possible: long texts go on below, broken between
    /// words and, if that is not enough, after a hyphen or the like within one. Numbers and intervals are never broken, so a
    /// table of many columns can remain wider.
    pub fn to_text_within(&self, width: usize) -> String {
        let shown = Shown::of(self);
        let natural = shown.widths(&length);
        let between_words = fitted(&natural, &shown.widths(&|text| longest(text.split_whitespace())), width);
        let (widths, within_words) = if total(&between_words) <= width {
            (between_words, false)
        } else {
            (fitted(&natural, &shown.widths(&|text| longest(text.split_whitespace().flat_map(pieces))), width), true)
        };
        let line = |cells: &[String]| {
            let wrapped = cells.iter().enumerate().map(|(c, cell)| wrap(cell, widths[c], within_words && self.align(c) == Align::Left));
            aligned(&wrapped.collect::<Vec<_>>(), &widths, |c| self.align(c))
        };
        let rules: Vec<String> = widths.iter().map(|&w| "─".repeat(w)).collect();

        let mut out = String::new();
        if !self.title.is_empty() {
            out.push_str(&format!("{}\n\n", wrap(self.title.trim(), width, false).join("\n")));
        }
        for cells in [&shown.names, &rules].into_iter().chain(&shown.rows) {
            out.push_str(&line(cells));
        }
        if !self.note.is_empty() {
            out.push_str(&format!("\n{}\n", wrap(self.note.trim(), width, false).join("\n")));
        }
        out
    }
}

/// What is read in every place, each on one line.
struct Shown {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    aligns: Vec<Align>,
}

impl Shown {
    fn of(table: &Table) -> Self {
        let width = table.width();
        let row = |row: &Vec<Cell>| {
            let shown = |c: usize| row.get(c).and_then(Cell::shown);
            (0..width).map(|c| shown(c).map_or_else(|| MISSING.to_owned(), |s| one_line(&s))).collect()
        };
        Self {
            names: (0..width).map(|c| one_line(table.name(c))).collect(),
            rows: table.rows.iter().map(row).collect(),
            aligns: (0..width).map(|c| table.align(c)).collect(),
        }
    }

    /// For each column the largest that `measure` finds; of numbers always their whole length, since they are not broken.
    fn widths(&self, measure: &dyn Fn(&str) -> usize) -> Vec<usize> {
        let of = |c: usize, text: &str| if self.aligns[c] == Align::Right { length(text) } else { measure(text) };
        (0..self.names.len()).map(|c| self.rows.iter().map(|row| of(c, &row[c])).max().unwrap_or(0).max(of(c, &self.names[c]))).collect()
    }
}

/// The width of a line of columns this wide.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// Widths that fit, if they can: the widest column gives first, and none gives more than its least.
fn fitted(natural: &[usize], least: &[usize], width: usize) -> Vec<usize> {
    let mut widths = natural.to_vec();
    for _ in width..total(natural) {
        let giving = (0..widths.len()).filter(|&c| widths[c] > least[c]).max_by_key(|&c| widths[c]);
        let Some(widest) = giving else { break };
        widths[widest] -= 1;
    }
    widths
}

/// The text in lines no longer than `width`, unless a word (or with `within_words` a piece of one) is longer.
fn wrap(text: &str, width: usize, within_words: bool) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let parts: Vec<&str> = if within_words && length(word) > width { pieces(word).collect() } else { vec![word] };
        for (k, part) in parts.into_iter().enumerate() {
            let Some(line) = lines.last_mut() else { continue };
            let space = usize::from(k == 0 && !line.is_empty());
            if line.is_empty() || length(line).saturating_add(space + length(part)) <= width {
                line.push_str(&" ".repeat(space));
                line.push_str(part);
            } else {
                lines.push(part.to_owned());
            }
        }
    }
    lines
}

/// Lines of columns side by side, the shorter ones filled up.
fn aligned(columns: &[Vec<String>], widths: &[usize], align: impl Fn(usize) -> Align) -> String {
    let mut out = String::new();
    for k in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
        let cells = columns.iter().enumerate().map(|(c, lines)| pad(lines.get(k).map_or("", String::as_str), widths[c], align(c)));
        out.push_str(cells.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end());
        out.push('\n');
    }
    out
}

/// A word in the pieces between which it may be broken.
fn pieces(word: &str) -> impl Iterator<Item = &str> {
    word.split_inclusive(BREAKS)
}

/// The length of the longest of some words.
fn longest<'a>(words: impl Iterator<Item = &'a str>) -> usize {
    words.map(length).max().unwrap_or(0)
}

/// Characters, not bytes: "±" and "–" are one column wide.
fn length(text: &str) -> usize {
    text.chars().count()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn pad(text: &str, width: usize, align: Align) -> String {
    match align {
        Align::Left => format!("{text:<width$}"),
        Align::Right => format!("{text:>width$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Column, sample};
    use super::*;

    #[test]
    fn columns_line_up() {
        assert_eq!(
            sample().to_text(),
            "\
Scores, a|b

method           log score     interval  verdict
───────────  ─────────────  ───────────  ───────
pfn <small>  1.528 ± 0.003  1.52 … 1.54  [≈Re]
a|b, c                   –            –  –

Over 10 curves.
"
        );
    }

    fn sentences() -> Table {
        let mut table = Table::new("What was found, claim by claim", vec![Column::left("claim"), Column::right("ours"), Column::left("why")]);
        table.push(vec!["table3-m1-10".into(), Cell::with_se(1.5684, 0.0214, 3), "off by 0.060 where 0.048 is allowed".into()]);
        table.push(vec!["speed".into(), Cell::Missing, "needs the weights of p2".into()]);
        table.with_note("± is one standard error; no row failed.")
    }

    #[test]
    fn long_texts_go_on_below_between_words() {
        assert_eq!(
            sentences().to_text_within(44),
            "\
What was found, claim by claim

claim                  ours  why
────────────  ─────────────  ───────────────
table3-m1-10  1.568 ± 0.021  off by 0.060
                             where 0.048 is
                             allowed
speed                     –  needs the
                             weights of p2

± is one standard error; no row failed.
"
        );
    }

    #[test]
    fn a_table_that_fits_is_as_it_is() {
        let widest = sentences().to_text().lines().map(length).max().unwrap_or(0);
        assert_eq!(sentences().to_text_within(widest), sentences().to_text());
    }

    #[test]
    fn words_are_broken_where_there_is_no_other_way_and_numbers_never() {
        let text = sentences().to_text_within(32);
        assert!(text.lines().all(|line| length(line) <= 32), "{text}");
        assert!(text.contains("table3-"), "{text}");
        assert!(!text.contains("table3-m1-10"), "{text}");
        assert!(text.contains("1.568 ± 0.021"), "{text}");
        // Nothing fits in 5: numbers stay whole, and no word is lost.
        let narrow = sentences().to_text_within(5);
        for part in ["1.568 ± 0.021", "allowed", "weights"] {
            assert!(narrow.contains(part), "{part} is not in\n{narrow}");
        }
    }

    #[test]
    fn no_width_and_no_columns_are_no_panic() {
        assert!(sentences().to_text_within(0).contains("speed"));
        assert_eq!(Table::default().to_text_within(0), "");
    }
}
