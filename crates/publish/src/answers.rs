//! Which claims answer first, and in which order.

use std::collections::BTreeSet;

use evaluation::claim::{Level, Source};
use evaluation::{Claim, Mark, Verdict};
use report::{Block, ClaimRow, Section};

use crate::headlines::HeadlineRow;
use crate::level::counts;

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
pub(crate) fn section(verdicts: &[(Claim, Verdict)], rows: &[ClaimRow], parts: &BTreeSet<&str>) -> Section {
    if verdicts.is_empty() {
        return Section::new("Answers");
    }
    let section = Section::new("Answers").with(Block::Table(counts(verdicts)));
    let (first, buried) = chosen(verdicts, rows, parts);
    let section = match buried {
        0 => section,
        many => {
            section.with(Block::Text(format!("{many} printed numbers differ, too many to stand here: they are in the tables and in the list of all claims.")))
        }
    };
    if first.is_empty() { section } else { section.with(Block::Text(ORDER.to_owned())).with(Block::Answers(first)) }
}

/// The rows that answer, in their order, and how many printed numbers that differ are left out for being many.
fn chosen(verdicts: &[(Claim, Verdict)], rows: &[ClaimRow], parts: &BTreeSet<&str>) -> (Vec<ClaimRow>, usize) {
    let shown = verdicts.iter().zip(rows).filter(|((claim, verdict), _)| !verdict.expected || !parts.contains(claim.id.as_str()));
    let mut first: Vec<(u8, u8, &ClaimRow)> = shown.filter_map(|((claim, verdict), row)| Some((part(claim, verdict)?, origin(claim.source), row))).collect();
    first.sort_by_key(|(part, origin, _)| (*part, *origin));
    let differ = first.iter().filter(|(part, ..)| *part == DIFFERS).count();
    let buried = if differ > MOST { differ } else { 0 };
    first.retain(|(part, ..)| *part != DIFFERS || buried == 0);
    (first.into_iter().map(|(.., row)| row.clone()).collect(), buried)
}

/// The part of printed numbers that differ.
const DIFFERS: u8 = 3;

/// To which part a claim belongs; `None` for one that is not among the answers.
fn part(claim: &Claim, verdict: &Verdict) -> Option<u8> {
    match (verdict.mark, claim.level) {
        (Mark::Untested, _) => None,
        _ if !verdict.expected => Some(0),
        (_, Level::Statement) if verdict.scale.is_none() => Some(1),
        (_, Level::Statement) => Some(2),
        (Mark::Near | Mark::NotReproduced, Level::Cell) => Some(DIFFERS),
        _ => None,
    }
}

fn origin(source: Source) -> u8 {
    match source {
        Source::Paper => 0,
        Source::Code => 1,
        Source::Recomputed => 2,
    }
}

#[cfg(test)]
mod tests {
    use evaluation::{Frame, Published};

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

    fn answered() -> (Vec<(Claim, Verdict)>, Vec<ClaimRow>) {
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
        let judge = |claim: Claim| {
            let verdict = evaluation::judge(&claim, &frame, &available, 1);
            (claim, verdict)
        };
        let verdicts: Vec<(Claim, Verdict)> = published.claims.into_iter().map(judge).collect();
        let teller = Teller { frame: &frame, available: &available };
        let rows = verdicts.iter().map(|(claim, verdict)| claims::row(claim, verdict, teller)).collect();
        (verdicts, rows)
    }

    #[test]
    fn surprises_come_first_then_statements_then_numbers_that_differ() {
        let (verdicts, rows) = answered();
        let (first, buried) = chosen(&verdicts, &rows, &BTreeSet::new());
        assert_eq!(buried, 0);
        let ids: Vec<&str> = first.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["number-surprise", "check-surprise", "statement", "statement-known", "statement-small", "number-near"]);
        // What a headline is made of is told there, unless it is news.
        let ids: Vec<String> = chosen(&verdicts, &rows, &BTreeSet::from(["statement", "number-surprise"])).0.into_iter().map(|row| row.id).collect();
        assert_eq!(ids, ["number-surprise", "check-surprise", "statement-known", "statement-small", "number-near"]);
    }

    #[test]
    fn many_numbers_that_differ_are_counted_and_not_shown() {
        let (verdicts, rows) = answered();
        let near = verdicts.iter().position(|(claim, _)| claim.id == "number-near").unwrap();
        let many = |times: usize| chosen(&vec![verdicts[near].clone(); times], &vec![rows[near].clone(); times], &BTreeSet::new());
        let (few, lot) = (many(MOST), many(MOST + 1));
        assert_eq!((few.0.len(), few.1, lot.0.len(), lot.1), (MOST, 0, 0, MOST + 1));
    }

    #[test]
    fn the_counts_stand_above_the_list() {
        let (verdicts, rows) = answered();
        let blocks = section(&verdicts, &rows, &BTreeSet::new()).blocks;
        assert!(matches!(blocks.as_slice(), [Block::Table(_), Block::Text(_), Block::Answers(_)]));
        // Nothing decided: the counts alone.
        let later = verdicts.len() - 1;
        assert!(matches!(section(&verdicts[later..], &rows[later..], &BTreeSet::new()).blocks.as_slice(), [Block::Table(_)]));
    }
}
