//! What a page answers first: the statements of the abstract, and then which claims, in which order.

use std::collections::BTreeSet;

use evaluation::claim::Level;
use report::{Block, ClaimRow, Mark, Section};

use crate::headlines::HeadlineRow;
use crate::level::{self, counts};

/// What stands above the statements.
const STATEMENTS: &str = "Each statement of the abstract, in the paper's words. Its parts are claims, and the worst of them decides its mark; what it rests on \
                          stands beside it. On any basis but own training and released data the effect was looked for elsewhere, and the paper's own number \
                          was not met.";

/// What stands above the list.
const ORDER: &str = "First what came out otherwise than expected, then further statements of the paper, those at its own scale before those seen in miniature, \
                     then the printed numbers that differ. All claims are listed further down.";

/// Of how many printed numbers that differ the list shows each.
const MOST: usize = 12;

/// The head of a page: the statements of the abstract.
pub(crate) fn headlines(headlines: &[HeadlineRow]) -> Section {
    let section = Section::new("Headline statements");
    if headlines.is_empty() {
        return section;
    }
    let rows = headlines.iter().map(|headline| headline.row.clone()).collect();
    section.with(Block::Text(STATEMENTS.to_owned())).with(Block::Answers(rows))
}

/// How many claims came out how, and the ones that matter most beside the headlines, whose parts are not shown again:
///
/// 1. What came out otherwise than expected, of any level: this is news.
/// 2. Every further statement of the paper that was decided at the paper's own scale.
/// 3. Those that were decided in miniature.
/// 4. Printed numbers that were decided and are not reproduced, where they are a dozen at most. The others are seen in the tables, beside ours, and
///    would bury the rest.
///
/// What was not decided answers nothing; it is counted, and has its reason in the list of all claims. Within each part what the paper prints
/// comes before what its code gives, and then the order of `published.toml` holds.
pub(crate) fn section(rows: &[ClaimRow], parts: &BTreeSet<&str>) -> Section {
    if rows.is_empty() {
        return Section::new("Answers");
    }
    let section = Section::new("Answers").with(Block::Table(counts(rows)));
    let (first, buried) = chosen(rows, parts);
    let section = match buried {
        0 => section,
        many => {
            section.with(Block::Text(format!("{many} printed numbers differ, too many to stand here: they are in the tables and in the list of all claims.")))
        }
    };
    if first.is_empty() { section } else { section.with(Block::Text(ORDER.to_owned())).with(Block::Answers(first)) }
}

/// The rows that answer, in their order, and how many printed numbers that differ are left out for being many.
fn chosen(rows: &[ClaimRow], parts: &BTreeSet<&str>) -> (Vec<ClaimRow>, usize) {
    let shown = rows.iter().filter(|row| row.surprise || !parts.contains(row.id.as_str()));
    let mut first: Vec<(u8, u8, &ClaimRow)> = shown.filter_map(|row| Some((part(row)?, origin(&row.source), row))).collect();
    first.sort_by_key(|(part, origin, _)| (*part, *origin));
    let differ = first.iter().filter(|(part, ..)| *part == DIFFERS).count();
    let buried = if differ > MOST { differ } else { 0 };
    first.retain(|(part, ..)| *part != DIFFERS || buried == 0);
    (first.into_iter().map(|(.., row)| row.clone()).collect(), buried)
}

/// The part of printed numbers that differ.
const DIFFERS: u8 = 3;

/// To which part a claim belongs; `None` for one that is not among the answers.
fn part(row: &ClaimRow) -> Option<u8> {
    let is = |level: Level| row.level == level::name(level);
    match row.mark {
        Mark::Untested => None,
        _ if row.surprise => Some(0),
        _ if is(Level::Statement) => Some(if row.scale.is_none() { 1 } else { 2 }),
        Mark::Near | Mark::NotReproduced if is(Level::Cell) => Some(DIFFERS),
        _ => None,
    }
}

/// The place of a source: the paper, its code, and then what was computed again.
fn origin(source: &str) -> u8 {
    match source {
        "paper" => 0,
        "code" => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use evaluation::{Claim, Frame, Published};

    use super::*;
    use crate::claims;
    use crate::words::Teller;

    /// Claims about a loss of 2: id, source and what else they say.
    const CLAIMS: [(&str, &str, &str); 8] = [
        ("number-right", "paper", "published = 2.0\nwithin = { abs = 0.1 }\nbecause = \"b\""),
        ("number-near", "paper", "published = 2.2\nwithin = { abs = 0.1 }\nbecause = \"b\""),
        ("statement-small", "paper", "at-most = 3.0\nscale = \"miniature\""),
        ("statement", "paper", "at-most = 3.0"),
        ("statement-known", "paper", "at-most = 1.0\nexpect = \"not-reproduced\"\nbecause = \"b\""),
        ("check-surprise", "recomputed", "at-most = 1.0"),
        ("number-surprise", "code", "published = 9.0\nwithin = { abs = 0.1 }\nbecause = \"b\""),
        ("later", "paper", "at-most = 1.0\nneeds = [\"weights:p2\"]"),
    ];

    fn answered() -> Vec<ClaimRow> {
        let mut frame = Frame::new();
        frame.push_row(&[("method", "a")], &[("loss", Some(2.0))]);
        let one = |(id, source, rest): &(&str, &str, &str)| {
            let level = if id.starts_with("number") {
                "cell"
            } else if *source == "recomputed" {
                "check"
            } else {
                "statement"
            };
            format!(
                "[[claim]]\nid = \"{id}\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"{level}\"\nkind = \"value\"\nsource = \"{source}\"\nof = {{ metric = \"loss\" }}\n{rest}\n"
            )
        };
        let published: Published = toml::from_str(&CLAIMS.iter().map(one).collect::<String>()).unwrap();
        let available = BTreeSet::new();
        let teller = Teller { frame: &frame, available: &available };
        let judged = |claim: &Claim| claims::row(claim, &evaluation::judge(claim, &frame, &available, 1), teller);
        published.claims.iter().map(judged).collect()
    }

    #[test]
    fn surprises_come_first_then_statements_then_numbers_that_differ() {
        let rows = answered();
        let (first, buried) = chosen(&rows, &BTreeSet::new());
        assert_eq!(buried, 0);
        let ids: Vec<&str> = first.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["number-surprise", "check-surprise", "statement", "statement-known", "statement-small", "number-near"]);
        // What a headline is made of is told there, unless it is news.
        let ids: Vec<String> = chosen(&rows, &BTreeSet::from(["statement", "number-surprise"])).0.into_iter().map(|row| row.id).collect();
        assert_eq!(ids, ["number-surprise", "check-surprise", "statement-known", "statement-small", "number-near"]);
    }

    #[test]
    fn many_numbers_that_differ_are_counted_and_not_shown() {
        let rows = answered();
        let near = rows.iter().find(|row| row.id == "number-near").unwrap();
        let many = |times: usize| chosen(&vec![near.clone(); times], &BTreeSet::new());
        let (few, lot) = (many(MOST), many(MOST + 1));
        assert_eq!((few.0.len(), few.1, lot.0.len(), lot.1), (MOST, 0, 0, MOST + 1));
    }

    #[test]
    fn the_counts_stand_above_the_list() {
        let rows = answered();
        let blocks = section(&rows, &BTreeSet::new()).blocks;
        assert!(matches!(blocks.as_slice(), [Block::Table(_), Block::Text(_), Block::Answers(_)]));
        // Nothing decided: the counts alone.
        let later = rows.len() - 1;
        assert!(matches!(section(&rows[later..], &BTreeSet::new()).blocks.as_slice(), [Block::Table(_)]));
    }
}
