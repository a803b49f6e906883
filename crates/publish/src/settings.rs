//! The defaults that were in force: what moves a number is seen, given or not.

use report::{Block, Cell, Column, Section, Table};
use runner::settings_in_force::{Setting, shared};

/// What stands above the table.
const LEAD: &str = "What the asks leave to their defaults; methods and sources have defaults of their own (FORMAT.md). What they give stands in `spec.toml`; `curvecast show` prints both.";

/// Every setting that no ask gives, with its value and where it holds.
pub(crate) fn table(settings: &[Setting]) -> Table {
    let mut table = Table::new("", ["setting", "value", "of"].map(Column::left).into());
    for row in shared(settings).iter().filter(|row| !row.given) {
        table.push(vec![Cell::text(format!("[ask.{}]", row.setting)), Cell::text(row.value.as_str()), Cell::text(row.places.join("; "))]);
    }
    table
}

/// The part of a page that lists them; no blocks where all are given.
pub(crate) fn section(table: &Table) -> Section {
    let section = Section::new("Defaults in force");
    if table.rows.is_empty() { section } else { section.with(Block::Text(LEAD.to_owned())).with(Block::Table(table.clone())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(ask: &str, value: &str, given: bool) -> Setting {
        let path = "surface.slack".to_owned();
        Setting { ask: ask.into(), setting: path.clone(), general: path, item: String::new(), value: value.into(), given }
    }

    #[test]
    fn only_what_is_not_given_is_listed_and_what_asks_share_is_one_row() {
        let section = section(&table(&[setting("fits", "0.001", false), setting("more", "0.001", false), setting("other", "0.5", true)]));
        let [Block::Text(_), Block::Table(table)] = section.blocks.as_slice() else { panic!("{section:?}") };
        assert_eq!(table.to_csv(), "setting,value,of\n[ask.surface.slack],0.001,fits; more\n");
    }

    #[test]
    fn nothing_left_to_defaults_is_no_section() {
        assert!(section(&table(&[setting("fits", "1", true)])).blocks.is_empty());
    }
}
