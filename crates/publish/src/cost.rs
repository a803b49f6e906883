//! What was planned and what was used: whether a plan can be believed is seen from the runs before it.

use std::collections::BTreeMap;

use report::{Block, Cell, Column, Section, Table};
use runner::cost::Cost;

/// What stands above the table.
const LEAD: &str = "Floating-point operations of all stages. Used are those of the matrix products of networks, which are counted as they run; stages \
                    without a network, and stages that ran before there was a count, have a plan alone.";

/// One row a study; none where nothing was trained or solved.
pub(crate) fn table(cost: &BTreeMap<String, Cost>) -> Table {
    let right = ["stages", "planned", "stages counted", "planned for these", "used by these", "used of planned"].map(Column::right);
    let mut table = Table::new("", [Column::left("study")].into_iter().chain(right).collect());
    for (study, c) in cost {
        let counted = |flops: f64| if c.counted == 0 { Cell::Missing } else { Cell::text(format!("{flops:.2e}")) };
        let share = if c.counted == 0 { Cell::Missing } else { Cell::number(c.used / c.planned_of_counted, 2) };
        let planned = Cell::text(format!("{:.2e}", c.planned));
        table.push(vec![study.as_str().into(), Cell::count(c.stages), planned, Cell::count(c.counted), counted(c.planned_of_counted), counted(c.used), share]);
    }
    table
}

/// The part of a page; no blocks where the table has no rows.
pub(crate) fn section(table: &Table) -> Section {
    let section = Section::new("Cost");
    if table.rows.is_empty() { section } else { section.with(Block::Text(LEAD.to_owned())).with(Block::Table(table.clone())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_has_a_plan_alone() {
        let counted = Cost { stages: 3, planned: 3e9, counted: 2, planned_of_counted: 2e9, used: 2.5e9 };
        let closed = Cost { stages: 1, planned: 1e6, ..Cost::default() };
        let table = table(&[("nets".to_owned(), counted), ("closed".to_owned(), closed)].into());
        let rows = "closed,1,1.00e6,0,,,\nnets,3,3.00e9,2,2.00e9,2.50e9,1.25\n";
        assert_eq!(table.to_csv(), format!("study,stages,planned,stages counted,planned for these,used by these,used of planned\n{rows}"));
        assert_eq!(section(&table).blocks.len(), 2);
        assert!(section(&super::table(&BTreeMap::new())).blocks.is_empty());
    }
}
