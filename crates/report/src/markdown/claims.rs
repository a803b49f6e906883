//! Claims in Markdown: those that answer first in one table, all of them folded by mark.

use crate::mark::Mark;
use crate::table::{Cell, Column, Table};
use crate::verdicts::ClaimRow;

/// What did not come out is read first.
const ORDER: [Mark; 4] = [Mark::NotReproduced, Mark::Near, Mark::Reproduced, Mark::Untested];

/// The verdict, what is claimed, what was found, and what that rests on.
pub(super) fn answers(claims: &[ClaimRow]) -> String {
    if claims.is_empty() {
        return String::new();
    }
    let mut table = Table::new("", ["verdict", "claimed", "found", "where", "basis"].map(Column::left).into());
    for claim in claims {
        table.push(vec![claim.mark_cell(), claim.says.as_str().into(), claim.found().into(), claim.place.as_str().into(), claim.basis.as_str().into()]);
    }
    table.to_markdown().trim_end().to_owned()
}

/// A folded table for each mark that some claim has.
pub(super) fn claims(claims: &[ClaimRow]) -> String {
    let folded = ORDER.iter().filter_map(|&mark| {
        let of: Vec<&ClaimRow> = claims.iter().filter(|claim| claim.mark == mark).collect();
        if of.is_empty() {
            return None;
        }
        let summary = format!("<code>{}</code> {}: {}", mark.symbol(), mark.words(), of.len());
        // A blank line on both sides, or the table would be read as HTML.
        Some(format!("<details><summary>{summary}</summary>\n\n{}\n\n</details>", table(&of).to_markdown().trim_end()))
    });
    folded.collect::<Vec<String>>().join("\n\n")
}

/// The claims of one mark.
fn table(claims: &[&ClaimRow]) -> Table {
    let with_scale = claims.iter().any(|claim| claim.scale.is_some());
    let mut columns: Vec<Column> = ["claim", "says", "where"].map(Column::left).into();
    columns.extend(["published", "ours", "interval"].map(Column::right));
    if with_scale {
        columns.push(Column::left("scale"));
    }
    columns.push(Column::left("found"));
    let mut table = Table::new("", columns);
    for claim in claims {
        let mut row: Vec<Cell> = vec![
            if claim.better { Cell::text(format!("{} (better)", claim.id)) } else { claim.id.as_str().into() },
            claim.says.as_str().into(),
            claim.place.as_str().into(),
            claim.published_cell(),
            claim.ours_cell(),
            claim.interval_cell(),
        ];
        if with_scale {
            row.push(claim.scale.as_deref().unwrap_or_default().into());
        }
        row.push(claim.found().into());
        table.push(row);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdicts::samples;

    #[test]
    fn answers_are_one_table() {
        assert_eq!(
            answers(&samples()[1..2]),
            "\
| verdict | claimed | found | where | basis |
| --- | --- | --- | --- | --- |
| `[¬Re]` | stops runs early | No gain is &lt;seen> in `p1`. | §4 \\| Fig. 3 | miniature |"
        );
        assert_eq!(answers(&[]), "");
        let better = ClaimRow { better: true, mark: Mark::Reproduced, id: "c".into(), ..ClaimRow::default() };
        assert!(answers(std::slice::from_ref(&better)).contains("| [Re] better |"));
        assert!(claims(&[better]).contains("| c (better) |"));
    }

    #[test]
    fn claims_are_folded_by_mark_and_the_failed_come_first() {
        let text = claims(&samples());
        let marks: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("<details><summary>")).collect();
        assert_eq!(
            marks,
            ["<code>[¬Re]</code> not reproduced: 1</summary>", "<code>[Re]</code> reproduced: 1</summary>", "<code>[ – ]</code> untested: 1</summary>"]
        );
        assert!(text.contains("</summary>\n\n| claim | says | where | published | ours | interval | scale | found |\n"), "{text}");
        // Only the marks that have one, so the table of the reproduced has no scale.
        assert!(text.contains("</summary>\n\n| claim | says | where | published | ours | interval | found |\n"), "{text}");
        assert_eq!(text.matches("\n\n</details>").count(), 3);
    }
}
