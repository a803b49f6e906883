//! What things are called in a sentence: methods and models by what tells them apart, numbers by their metric, rows by their unit.

use std::collections::BTreeSet;

use evaluation::{Cell, Frame, Stat};

use super::number;

/// The column whose values name what is compared, where they differ.
const METHOD: &str = "method";

/// A word of the spec, marked as such.
pub(super) fn code(word: &str) -> String {
    if word.contains('`') { word.to_owned() } else { format!("`{word}`") }
}

/// Names for some cells, by what they select differently: their methods if these tell them apart, else the first column that does, else all
/// that differs; if nothing does, their metrics.
pub(super) fn apart(cells: &[&Cell]) -> Vec<String> {
    let keys: BTreeSet<&String> = cells.iter().flat_map(|cell| cell.select.keys()).collect();
    let differing: Vec<&String> = keys.into_iter().filter(|key| cells.iter().any(|cell| cell.select.get(*key) != cells[0].select.get(*key))).collect();
    let of = |keys: &[&String]| -> Vec<String> {
        let one = |cell: &&Cell| keys.iter().map(|key| value(cell, key)).collect::<Vec<_>>().join(", ");
        cells.iter().map(one).collect()
    };
    let told = |key: &&String| cells.iter().all(|cell| cell.select.contains_key(key.as_str())) && all_differ(&of(&[*key]));
    let method = differing.iter().find(|key| key.as_str() == METHOD && told(key));
    if let Some(enough) = method.or_else(|| differing.iter().find(|key| told(key))) {
        return of(&[*enough]);
    }
    if differing.is_empty() { cells.iter().map(|cell| code(&cell.metric)).collect() } else { of(&differing) }
}

/// The name of one cell by itself: its methods, if it names any.
pub(super) fn alone(cell: &Cell) -> Option<String> {
    cell.select.contains_key(METHOD).then(|| value(cell, METHOD))
}

/// What a cell selects of a column.
fn value(cell: &Cell, column: &str) -> String {
    match cell.select.get(column).map(|s| s.0.as_slice()) {
        None => format!("any {}", code(column)),
        Some(several) if several.len() > 3 => format!("{} values of {}", number::count(several.len()), code(column)),
        Some(few) => few.iter().map(|one| if one.is_empty() { "none".to_owned() } else { code(one) }).collect::<Vec<_>>().join(" or "),
    }
}

fn all_differ(names: &[String]) -> bool {
    names.iter().collect::<BTreeSet<_>>().len() == names.len()
}

/// What number a cell is: `the mean of x`; of a single row just `x`.
pub(super) fn quantity(cell: &Cell, n: usize) -> String {
    let metric = code(&cell.metric);
    match cell.stat {
        Stat::Mean | Stat::Median if n <= 1 => metric,
        Stat::Mean => format!("the mean of {metric}"),
        Stat::Median => format!("the median of {metric}"),
        Stat::Sum => format!("the sum of {metric}"),
        Stat::Min => format!("the smallest {metric}"),
        Stat::Max => format!("the largest {metric}"),
        Stat::Count => "the number of rows".to_owned(),
        Stat::ShareOk => "the share of rows without a failure".to_owned(),
        Stat::MeanRank => format!("the mean rank by {metric}"),
    }
}

/// So many rows of a cell: `2,000 curves`. They are called by the cell's unit where each unit has one row, and rows else.
pub(super) fn rows(cell: &Cell, frame: &Frame, n: usize) -> String {
    format!("{} {}", number::count(n), plural(row(cell, frame), n))
}

/// So many rows of a cell that have a partner: `2,000 paired curves`.
pub(super) fn paired(cell: &Cell, frame: &Frame, n: usize) -> String {
    format!("{} paired {}", number::count(n), plural(row(cell, frame), n))
}

/// So many units of a cell: `12 tasks`.
pub(super) fn units(cell: &Cell, frame: &Frame, n: usize) -> String {
    let unit = if frame.text_columns().any(|column| column == cell.unit) { cell.unit.as_str() } else { "row" };
    format!("{} {}", number::count(n), plural(unit, n))
}

/// What one row of a cell is.
fn row<'a>(cell: &'a Cell, frame: &Frame) -> &'a str {
    let filter = cell.select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
    let selected = frame.select(&filter).unwrap_or_default();
    let units: BTreeSet<&str> = selected.iter().filter_map(|&r| frame.text(&cell.unit, r)).filter(|unit| !unit.is_empty()).collect();
    if !selected.is_empty() && units.len() == selected.len() { &cell.unit } else { "row" }
}

/// `curve` and `curves`, `family` and `families`.
fn plural(word: &str, n: usize) -> String {
    let word = word.replace('-', " ");
    match word.strip_suffix('y') {
        _ if n == 1 => word.clone(),
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if word.ends_with(['s', 'x']) => format!("{word}es"),
        _ => format!("{word}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(select: &str) -> Cell {
        toml::from_str(&format!("metric = \"loss\"\nselect = {{ {select} }}")).unwrap()
    }

    #[test]
    fn what_is_compared_is_named_by_what_tells_it_apart() {
        let (a, b) = (cell("ask = \"x\", method = \"p1\""), cell("ask = \"y\", method = \"m3\""));
        assert_eq!(apart(&[&a, &b]), ["`p1`", "`m3`"]);
        let (a, b) = (cell("ask = \"x\", method = \"p1\""), cell("ask = [\"y\", \"z\"], method = \"p1\""));
        assert_eq!(apart(&[&a, &b]), ["`x`", "`y` or `z`"]);
        // One column is enough, and a column that only one of them selects names nothing.
        let (a, b) = (cell("ask = \"cut\", seen = \"100%\""), cell("ask = \"last-only\""));
        assert_eq!(apart(&[&a, &b]), ["`cut`", "`last-only`"]);
        let (a, b) = (cell("curve = \"25M wsd\", model = \"wsd\""), cell("curve = \"25M cosine\", model = \"cosine\""));
        assert_eq!(apart(&[&a, &b]), ["`25M wsd`", "`25M cosine`"]);
        // The same method in different models: both are named.
        let three = [cell("method = \"a\", model = \"1B\""), cell("method = \"a\", model = \"2B\""), cell("method = \"b\", model = \"2B\"")];
        assert_eq!(apart(&[&three[0], &three[1], &three[2]]), ["`a`, `1B`", "`a`, `2B`", "`b`, `2B`"]);
        let (a, b) = (cell("method = \"a\""), cell(""));
        assert_eq!(apart(&[&a, &b]), ["`a`", "any `method`"]);
        let b = Cell { metric: "mae".into(), ..a.clone() };
        assert_eq!(apart(&[&a, &b]), ["`loss`", "`mae`"]);
        assert_eq!((alone(&a), alone(&cell(""))), (Some("`a`".to_owned()), None));
        assert_eq!(alone(&cell("method = [\"a\", \"b\", \"c\", \"d\"]")).as_deref(), Some("4 values of `method`"));
    }

    #[test]
    fn rows_are_their_units_where_each_has_one() {
        let mut frame = Frame::new();
        for (curve, seen) in [("1", "10%"), ("1", "20%"), ("2", "10%")] {
            frame.push_row(&[("curve", curve), ("seen", seen)], &[("loss", Some(1.0))]);
        }
        assert_eq!(rows(&cell("seen = \"10%\""), &frame, 2), "2 curves");
        assert_eq!(paired(&cell("seen = \"10%\""), &frame, 1200), "1,200 paired curves");
        assert_eq!(rows(&cell(""), &frame, 3), "3 rows");
        assert_eq!(rows(&cell("seen = \"90%\""), &frame, 1), "1 row");
        let by_family = Cell { unit: "family".into(), ..cell("") };
        assert_eq!((units(&cell(""), &frame, 1200), units(&by_family, &frame, 2)), ("1,200 curves".to_owned(), "2 rows".to_owned()));
        let words = [("family", 2), ("model-b", 1), ("day", 3), ("family", 1), ("class", 2)].map(|(word, n)| plural(word, n));
        assert_eq!(words, ["families", "model b", "days", "family", "classes"]);
    }
}
