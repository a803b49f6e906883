//! The statements of a paper's abstract, each with the mark that its parts make: as rows of a page, as CSV, and as lines of a README.

use evaluation::{Claim, Composed, Headline, Verdict};
use report::{Cell, ClaimRow, Column, Table};
use serde::{Deserialize, Serialize};

use crate::claims::mark;
use crate::words::Teller;

/// The columns of `tables/headlines.csv`, which the scoreboard reads.
pub(crate) const COLUMNS: [&str; 12] = ["verdict", "headline", "says", "where", "found", "basis", "elsewhere", "on", "held", "parts", "of", "decides"];

/// A statement with what was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeadlineRow {
    /// Its name.
    pub id: String,
    /// What the page shows: the mark, the words of the paper, what was found, and on what.
    pub row: ClaimRow,
    /// What was judged, by its kind; empty for a statement that nothing here can test.
    pub basis: String,
    /// Whether that is not the paper's own runs.
    pub elsewhere: bool,
    /// The evidence.
    pub on: String,
    /// How many parts hold, and how many there are.
    pub held: (usize, usize),
    /// Its parts, which are claims, by their ids.
    pub parts: Vec<String>,
}

/// The statements in the order of `published.toml`.
pub(crate) fn rows(headlines: &[Headline], verdicts: &[(Claim, Verdict)], teller: Teller<'_>) -> Vec<HeadlineRow> {
    headlines.iter().map(|headline| row(headline, verdicts, teller)).collect()
}

fn row(headline: &Headline, verdicts: &[(Claim, Verdict)], teller: Teller<'_>) -> HeadlineRow {
    let composed = headline.compose(verdicts);
    let basis = headline.basis.map(|b| b.words().to_owned()).unwrap_or_default();
    let on = headline.on.clone().unwrap_or_default();
    let rests = [basis.as_str(), on.as_str()].iter().filter(|t| !t.is_empty()).copied().collect::<Vec<_>>().join(": ");
    let row = ClaimRow {
        id: composed.worst.map(|(claim, _)| claim.id.clone()).unwrap_or_default(),
        says: headline.says.clone(),
        place: headline.place.clone(),
        mark: mark(composed.mark),
        better: better(headline, verdicts),
        words: found(headline, &composed, teller),
        basis: rests,
        ..ClaimRow::default()
    };
    let elsewhere = headline.basis.is_some_and(|basis| !basis.is_the_papers());
    HeadlineRow { id: headline.id.clone(), row, basis, elsewhere, on, held: (composed.held, headline.parts.len()), parts: headline.parts.clone() }
}

/// Is every part better than the print?
fn better(headline: &Headline, verdicts: &[(Claim, Verdict)]) -> bool {
    let of = |id: &String| verdicts.iter().any(|(claim, verdict)| claim.id == *id && verdict.better);
    !headline.parts.is_empty() && headline.parts.iter().all(of)
}

/// What was found: how many parts hold, and what the worst of them says. Of several parts the worst is named, since it decides.
fn found(headline: &Headline, composed: &Composed<'_>, teller: Teller<'_>) -> String {
    let Some((claim, verdict)) = composed.worst else {
        return headline.untested.as_ref().map(|why| format!("Untested: {why}.")).unwrap_or_default();
    };
    let told = teller.tell(claim, verdict);
    match headline.parts.len() {
        1 => format!("{}: {told}", named(claim)),
        2 if composed.held == 2 => format!("Both parts hold. {}: {told}", named(claim)),
        parts if composed.held == parts => format!("All {parts} parts hold. {}: {told}", named(claim)),
        parts => format!("{} of {parts} parts hold. {}: {told}", composed.held, named(claim)),
    }
}

/// A claim at the head of what is told of it.
fn named(claim: &Claim) -> String {
    let says = claim.says.trim_end_matches('.');
    let mut chars = says.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The columns that fit a terminal; `None` where the experiment names no statements.
pub fn short_table(rows: &[HeadlineRow]) -> Option<Table> {
    let mut table = Table::new("Statements of the abstract", ["verdict", "statement", "parts that hold", "basis"].map(Column::left).into());
    for one in rows {
        let parts = if one.held.1 == 0 { Cell::Missing } else { Cell::text(format!("{} of {}", one.held.0, one.held.1)) };
        table.push(vec![one.row.mark.into(), Cell::text(one.id.as_str()), parts, Cell::text(one.basis.as_str())]);
    }
    Some(table).filter(|_| !rows.is_empty())
}

/// As CSV: what the scoreboard and the lists of statements are made of.
pub(crate) fn csv(rows: &[HeadlineRow]) -> String {
    let mut table = Table::new("", COLUMNS.map(Column::left).into());
    for one in rows {
        let text = |t: &str| Cell::text(t);
        table.push(vec![
            one.row.mark.into(),
            text(&one.id),
            text(&one.row.says),
            text(&one.row.place),
            text(&one.row.words),
            text(&one.basis),
            text(if one.elsewhere { "yes" } else { "" }),
            text(&one.on),
            Cell::count(one.held.0),
            Cell::count(one.held.1),
            text(&one.parts.join(" ")),
            text(&one.row.id),
        ]);
    }
    table.to_csv()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use evaluation::{Frame, Published};

    use super::*;

    const TEXT: &str = "[[headline]]\nid = \"falls\"\nsays = \"the loss falls\"\nwhere = \"Abstract\"\nbasis = \"miniature\"\non = \"one run\"\n\
         parts = [\"low\", \"lower\"]\n\
         [[headline]]\nid = \"one\"\nsays = \"it is low\"\nwhere = \"Abstract\"\nbasis = \"released-data\"\non = \"one run\"\nparts = [\"low\"]\n\
         [[headline]]\nid = \"big\"\nsays = \"at any scale\"\nwhere = \"Abstract\"\nuntested = \"needs study:big\"\n\
         [[claim]]\nid = \"low\"\nsays = \"the loss is low\"\nwhere = \"w\"\nkind = \"value\"\nlevel = \"statement\"\nsource = \"paper\"\nat-most = 3.0\n\
         of = { metric = \"loss\" }\n\
         [[claim]]\nid = \"lower\"\nsays = \"the loss is lower\"\nwhere = \"w\"\nkind = \"value\"\nlevel = \"statement\"\nsource = \"paper\"\nat-most = 1.0\n\
         of = { metric = \"loss\" }\n";

    fn told() -> Vec<HeadlineRow> {
        let mut frame = Frame::new();
        frame.push_row(&[("method", "a")], &[("loss", Some(2.0))]);
        let published: Published = toml::from_str(TEXT).unwrap();
        assert!(published.validate().is_ok());
        let available = BTreeSet::new();
        let verdicts: Vec<_> = published.claims.iter().map(|c| (c.clone(), evaluation::judge(c, &frame, &available, 1))).collect();
        rows(&published.headlines, &verdicts, Teller { frame: &frame, available: &available })
    }

    #[test]
    fn a_statement_is_told_by_its_worst_part() {
        let told = told();
        assert_eq!((told[0].row.mark, told[0].held, told[0].elsewhere), (report::Mark::NotReproduced, (1, 2), true));
        assert!(told[0].row.words.starts_with("1 of 2 parts hold. The loss is lower: For `loss` we find 2.000."), "{}", told[0].row.words);
        assert_eq!((told[0].row.basis.as_str(), told[0].row.id.as_str()), ("miniature: one run", "lower"));
        assert!(told[1].row.words.starts_with("The loss is low: For `loss` we find 2.000."), "{}", told[1].row.words);
        assert_eq!((told[2].row.words.as_str(), told[2].row.id.as_str(), told[2].elsewhere), ("Untested: needs study:big.", "", false));
    }

    #[test]
    fn a_terminal_has_a_line_for_each_statement() {
        let csv = short_table(&told()).unwrap().to_csv();
        assert_eq!(csv, "verdict,statement,parts that hold,basis\n[¬Re],falls,1 of 2,miniature\n[Re],one,1 of 1,released data\n[ – ],big,,\n");
        assert_eq!(short_table(&[]), None);
    }

    #[test]
    fn the_csv_has_a_row_for_each_statement() {
        let csv = csv(&told());
        assert!(csv.starts_with("verdict,headline,says,where,found,basis,elsewhere,on,held,parts,of,decides\n[¬Re],falls,the loss falls,Abstract,"), "{csv}");
        assert!(
            csv.contains(",miniature,yes,one run,1,2,low lower,lower\n")
                && csv.ends_with("[ – ],big,at any scale,Abstract,Untested: needs study:big.,,,,0,0,,\n"),
            "{csv}"
        );
    }
}
