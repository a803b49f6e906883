//! Which printed number belongs beside a number of ours: that of a claim which reads the same rows in the same way.

use evaluation::claim::{Kind, Source};
use evaluation::{Cell, Claim, Frame, Verdict};

use crate::claims::mark;

/// The printed numbers of an experiment, each with the rows that its claim reads.
pub(crate) struct Printed<'a> {
    frame: &'a Frame,
    claims: Vec<Reading<'a>>,
}

/// A claim about one number, its verdict, and the rows behind it.
struct Reading<'a> {
    claim: &'a Claim,
    verdict: &'a Verdict,
    of: &'a Cell,
    rows: Vec<usize>,
}

impl<'a> Printed<'a> {
    /// Of all claims that hold one cell against one published number. Where several read the same rows, what the paper prints
    /// comes before what its code gives, and that before a recomputed number.
    pub fn new(verdicts: &'a [(Claim, Verdict)], frame: &'a Frame) -> Self {
        let reading = |(claim, verdict): &'a (Claim, Verdict)| {
            let of = claim.of.as_ref().filter(|_| claim.kind == Kind::Value && claim.published.is_some())?;
            Some(Reading { claim, verdict, of, rows: rows(of, frame)? })
        };
        let mut claims: Vec<Reading<'a>> = verdicts.iter().filter_map(reading).collect();
        claims.sort_by_key(|reading| rank(reading.claim.source));
        Self { frame, claims }
    }

    /// What is printed for the number of `cell`, if anything is.
    pub fn of(&self, cell: &Cell) -> Option<report::Printed> {
        let same = |r: &&Reading<'_>| r.of.metric == cell.metric && r.of.stat == cell.stat && r.of.among == cell.among;
        if !self.claims.iter().any(|r| same(&r)) {
            return None;
        }
        let wanted = rows(cell, self.frame)?;
        let found = self.claims.iter().filter(same).find(|r| r.rows == wanted)?;
        Some(report::Printed { text: report::exact(found.claim.published?), mark: mark(found.verdict.mark), claim: found.claim.id.clone() })
    }
}

/// The rows that a cell selects; `None` where there are none.
fn rows(cell: &Cell, frame: &Frame) -> Option<Vec<usize>> {
    let filter = cell.select.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
    frame.select(&filter).ok().filter(|rows| !rows.is_empty())
}

fn rank(source: Source) -> u8 {
    match source {
        Source::Paper => 0,
        Source::Code => 1,
        Source::Recomputed => 2,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use evaluation::Published;

    use super::*;

    fn frame() -> Frame {
        let mut frame = Frame::new();
        for (method, seen, score) in [("a", "10%", 1.0), ("a", "20%", 2.0), ("b", "10%", 3.0)] {
            frame.push_row(&[("ask", "forecast"), ("method", method), ("seen", seen)], &[("score", Some(score)), ("other", Some(0.0))]);
        }
        frame
    }

    fn claims() -> Vec<(Claim, Verdict)> {
        let claim = |id: &str, source: &str, published: f64| {
            format!(
                "[[claim]]\nid = \"{id}\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"statement\"\nkind = \"value\"\nsource = \"{source}\"\npublished = {published:?}\nwithin = {{ abs = \
                 0.1 }}\nbecause = \"b\"\nof = {{ select = {{ ask = \"forecast\", method = \"a\", seen = \"10%\" }}, metric = \"score\" }}\n"
            )
        };
        let text = [claim("theirs", "code", 1.5), claim("printed", "paper", 1.05)].concat();
        let published: Published = toml::from_str(&text).unwrap();
        let all = published.claims.into_iter().map(|c| {
            let verdict = evaluation::judge(&c, &frame(), &BTreeSet::new(), 1);
            (c, verdict)
        });
        all.collect()
    }

    fn cell(text: &str) -> Cell {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn the_same_rows_and_the_same_number_are_one_cell_however_they_are_selected() {
        let (frame, claims) = (frame(), claims());
        let printed = Printed::new(&claims, &frame);
        // The ask is the same for all rows, so that it need not be named.
        let found = printed.of(&cell("metric = \"score\"\nselect = { method = \"a\", seen = \"10%\" }"));
        let expected = report::Printed { text: "1.05".into(), mark: report::Mark::Reproduced, claim: "printed".into() };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn another_number_or_other_rows_are_not_printed() {
        let (frame, claims) = (frame(), claims());
        let printed = Printed::new(&claims, &frame);
        for text in [
            "metric = \"other\"\nselect = { method = \"a\", seen = \"10%\" }",
            "metric = \"score\"\nstat = \"median\"\nselect = { method = \"a\", seen = \"10%\" }",
            "metric = \"score\"\nselect = { method = \"a\" }",
            "metric = \"score\"\nselect = { method = \"z\" }",
            "metric = \"score\"\nselect = { methods = \"a\" }",
        ] {
            assert_eq!(printed.of(&cell(text)), None, "{text}");
        }
    }
}
