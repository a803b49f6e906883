//! Names in the order in which people expect them: numbers by size, `70M` before `1.4B`, whatever stands around them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A stretch of a name.
enum Part<'a> {
    Number(f64),
    Text(&'a str),
}

impl Part<'_> {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// The natural order of two names. `k`, `M`, `B` and `T` right after a number and before the end of a word multiply it.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (x, y) = (parts(a), parts(b));
    let first = x.iter().zip(&y).map(|(x, y)| x.order(y)).find(|o| o.is_ne());
    first.unwrap_or_else(|| x.len().cmp(&y.len())).then_with(|| a.cmp(b))
}

fn parts(name: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = leading_number(rest);
        if digits == 0 {
            let (text, tail) = rest.split_at(rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len()));
            parts.push(Part::Text(text));
            rest = tail;
        } else {
            let (number, tail) = rest.split_at(digits);
            let (factor, length) = unit(tail);
            parts.push(Part::Number(number.parse::<f64>().unwrap_or(f64::INFINITY) * factor));
            rest = tail.get(length..).unwrap_or_default();
        }
    }
    parts
}

/// How many bytes of digits, and of a point between digits, a text begins with.
fn leading_number(text: &str) -> usize {
    let digits = |t: &str| t.len() - t.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let whole = digits(text);
    let after = text.get(whole..).and_then(|t| t.strip_prefix('.')).map_or(0, digits);
    if whole > 0 && after > 0 { whole + 1 + after } else { whole }
}

/// The factor that a text begins with, and its length in bytes.
fn unit(text: &str) -> (f64, usize) {
    let mut chars = text.chars();
    let factor = match chars.next().map(|c| c.to_ascii_lowercase()) {
        Some('k') => 1e3,
        Some('m') => 1e6,
        Some('b') => 1e9,
        Some('t') => 1e12,
        _ => return (1.0, 0),
    };
    if chars.next().is_some_and(char::is_alphanumeric) { (1.0, 0) } else { (factor, 1) }
}

/// Names without the words to leave out. One that would be empty, or the same as another, stays whole.
pub(super) fn stripped(names: &[&str], strip: &[String]) -> Vec<String> {
    let short = |name: &str| strip.iter().fold(name.to_owned(), |name, word| if word.is_empty() { name } else { name.replace(word.as_str(), "") });
    let all: Vec<String> = names.iter().map(|name| short(name)).collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &all {
        *times.entry(name).or_default() += 1;
    }
    let unique = |name: &str| !name.is_empty() && times.get(name) == Some(&1);
    names.iter().zip(&all).map(|(whole, short)| if unique(short) { short.clone() } else { (*whole).to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut names: Vec<&str>) -> Vec<&str> {
        names.sort_by(|a, b| natural(a, b));
        names
    }

    #[test]
    fn models_come_by_size() {
        let names = vec!["12B", "1B", "1.4B", "70M-dd", "160M", "70M", "2.8B-dd"];
        assert_eq!(sorted(names), ["70M", "70M-dd", "160M", "1B", "1.4B", "2.8B-dd", "12B"]);
        let names = vec!["Gem-1024x28", "Gem-256x71", "Gem-256x8"];
        assert_eq!(sorted(names), ["Gem-256x8", "Gem-256x71", "Gem-1024x28"]);
        // A letter that begins a word is no unit, and a point without digits after it no part of a number.
        assert_eq!(sorted(vec!["3 tasks", "20 base", "2b", "v1.", "v1.0"]), ["3 tasks", "20 base", "2b", "v1.0", "v1."]);
    }

    #[test]
    fn any_text_can_be_sorted() {
        let huge = "9".repeat(400);
        let names = vec!["", "é1", "1", huge.as_str(), "a", "1.2.3", "٣"];
        let once = sorted(names.clone());
        assert_eq!(once, sorted(names.into_iter().rev().collect()));
        assert_eq!(once.first(), Some(&""));
    }

    #[test]
    fn names_stay_apart_when_stripped() {
        let strip = ["blimp_".to_owned(), "_1".to_owned(), String::new()];
        assert_eq!(
            stripped(&["blimp_wh_island", "blimp_passive_1", "blimp_passive", "blimp_"], &strip),
            ["wh_island", "blimp_passive_1", "blimp_passive", "blimp_"]
        );
    }
}
