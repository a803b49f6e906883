//! What a claim is: a statement of the paper, a number that it prints, or a check of ours.

use evaluation::claim::{Kind, Source};
use evaluation::{Claim, Verdict};
use report::{Cell, Column, Mark, Table};

use crate::claims::mark;

/// What a claim is. Claims do not say it themselves yet; until they do, it is read off how they are written:
///
/// - A *statement* compares: an order, a ratio, a share of units, an interval that excludes a point, or a number that has to be
///   above or below a bound. What stands in an abstract is of these kinds.
/// - A *printed number* is a value that the paper or its code prints, and that is held against ours with a tolerance: a cell of a table.
/// - A *check* is held against a number that was computed again from the authors' data. It tests Curvecast more than the paper, and
///   is never counted with what the paper says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Statement,
    Number,
    Check,
}

impl Level {
    pub const ALL: [Self; 3] = [Self::Statement, Self::Number, Self::Check];

    pub fn of(claim: &Claim) -> Self {
        match (claim.source, claim.kind, claim.published) {
            (Source::Recomputed, ..) => Self::Check,
            (_, Kind::Value, Some(_)) => Self::Number,
            _ => Self::Statement,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Statement => "statements of the paper",
            Self::Number => "printed numbers",
            Self::Check => "checks against recomputed numbers",
        }
    }
}

/// How many claims of each level came out how; what was tested in miniature is counted apart.
pub(crate) fn counts(verdicts: &[(Claim, Verdict)]) -> Table {
    let mut columns = vec![Column::left("claims")];
    columns.extend(Mark::ALL.map(|mark| Column::right(mark.symbol())));
    let mut table = Table::new("", columns).with_note(
        "[Re] reproduced, [≈Re] near, [¬Re] not reproduced, [ – ] untested. A miniature shows the mechanism, never the paper's own number, and is counted \
         apart.",
    );
    for level in Level::ALL {
        for miniature in [false, true] {
            let of: Vec<Mark> = verdicts.iter().filter(|(c, v)| Level::of(c) == level && v.scale.is_some() == miniature).map(|(_, v)| mark(v.mark)).collect();
            if of.is_empty() {
                continue;
            }
            let name = if miniature { format!("{}, in miniature", level.words()) } else { level.words().to_owned() };
            let mut row = vec![Cell::from(name)];
            row.extend(Mark::ALL.map(|one| Cell::count(of.iter().filter(|mark| **mark == one).count())));
            table.push(row);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(source: &str, rest: &str) -> Claim {
        toml::from_str(&format!("id = \"c\"\nsays = \"s\"\nwhere = \"w\"\nsource = \"{source}\"\n{rest}")).unwrap()
    }

    #[test]
    fn a_comparison_is_a_statement_a_printed_value_a_number_and_the_recomputed_a_check() {
        assert_eq!(Level::of(&claim("paper", "kind = \"order\"")), Level::Statement);
        assert_eq!(Level::of(&claim("paper", "kind = \"value\"\nat-least = 0.5")), Level::Statement);
        assert_eq!(Level::of(&claim("code", "kind = \"value\"\npublished = 0.5")), Level::Number);
        assert_eq!(Level::of(&claim("recomputed", "kind = \"ratio\"")), Level::Check);
    }

    #[test]
    fn miniatures_are_counted_apart_and_empty_rows_left_out() {
        let judged = |claim: Claim| {
            let verdict = evaluation::judge(&claim, &evaluation::Frame::new(), &std::collections::BTreeSet::new(), 1);
            (claim, verdict)
        };
        let verdicts = [
            judged(claim("paper", "kind = \"value\"\npublished = 0.5\nuntested = \"u\"")),
            judged(claim("paper", "kind = \"order\"\nuntested = \"u\"\nscale = \"miniature\"")),
            judged(claim("code", "kind = \"value\"\npublished = 0.5\nuntested = \"u\"")),
        ];
        let csv = counts(&verdicts).to_csv();
        assert_eq!(csv, "claims,[Re],[≈Re],[¬Re],[ – ]\n\"statements of the paper, in miniature\",0,0,0,1\nprinted numbers,0,0,0,2\n");
    }
}
