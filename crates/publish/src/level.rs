//! Claims by level: how many statements, cells and checks came out how.

use evaluation::claim::Level;
use report::{Cell, ClaimRow, Column, Mark, Table};

/// All levels, in the order in which they are read.
pub(crate) const ALL: [Level; 3] = [Level::Statement, Level::Cell, Level::Check];

/// As a key.
pub(crate) fn name(level: Level) -> &'static str {
    match level {
        Level::Statement => "statement",
        Level::Cell => "cell",
        Level::Check => "check",
    }
}

/// In words.
pub(crate) fn words(level: Level) -> &'static str {
    match level {
        Level::Statement => "statements",
        Level::Cell => "printed cells",
        Level::Check => "checks of Curvecast",
    }
}

/// How many claims of each level came out how; what was tested in miniature is counted apart.
pub(crate) fn counts(claims: &[ClaimRow]) -> Table {
    let mut columns = vec![Column::left("claims")];
    columns.extend(Mark::ALL.map(|mark| Column::right(mark.symbol())));
    let mut table = Table::new("", columns).with_note(
        "[Re] reproduced, [≈Re] near, [¬Re] not reproduced, [ – ] untested. A miniature shows the mechanism, never the paper's own number, and is counted \
         apart. A check tests Curvecast, and says nothing of the paper.",
    );
    for level in ALL {
        for miniature in [false, true] {
            let of: Vec<Mark> = claims.iter().filter(|c| c.level == name(level) && c.scale.is_some() == miniature).map(|c| c.mark).collect();
            if of.is_empty() {
                continue;
            }
            let words = words(level);
            let mut row = vec![if miniature { format!("{words}, in miniature").into() } else { Cell::from(words) }];
            row.extend(Mark::ALL.map(|one| Cell::count(of.iter().filter(|mark| **mark == one).count())));
            table.push(row);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn miniatures_are_counted_apart_and_empty_rows_left_out() {
        let untested = |level: Level, scale: Option<&str>| ClaimRow { level: name(level).into(), scale: scale.map(str::to_owned), ..ClaimRow::default() };
        let csv = counts(&[untested(Level::Cell, None), untested(Level::Statement, Some("miniature")), untested(Level::Cell, None)]).to_csv();
        assert_eq!(csv, "claims,[Re],[≈Re],[¬Re],[ – ]\n\"statements, in miniature\",0,0,0,1\nprinted cells,0,0,0,2\n");
    }
}
