//! What can be wrong with the tables and figures of a spec, found right after it is loaded and before anything runs.

use std::collections::BTreeSet;

use curves::nearest;
use evaluation::{Cell, Claim};
use runner::spec::TableSpec;
use runner::{Experiment, RunError};
use serde::Deserialize;
use toml::Spanned;

use crate::figures::{self, Drawing};
use crate::place;

/// The most digits after the point that a number of ours has.
const DECIMALS: usize = 17;

/// Tables that are written beside those of the spec.
const OURS: [&str; 3] = ["status", "verdicts", "headlines"];

/// Checks the tables and figures of an experiment: names, keys, kinds, claims and asks. The error names the place and, where a word is
/// nearly right, the right one.
pub fn check(experiment: &Experiment) -> Result<(), RunError> {
    text(&experiment.text, &experiment.shown, &experiment.spec.tables, &experiment.published.claims)
}

/// The same of a spec's text, its tables and its claims.
pub(crate) fn text(text: &str, shown: &str, tables: &[TableSpec], claims: &[Claim]) -> Result<(), RunError> {
    let named: Named = runner::parse(text, shown)?;
    let known = Known { asks: named.asks.iter().map(|ask| ask.id.get_ref().as_str()).collect(), claims };
    let mut ids = BTreeSet::new();
    for (k, table) in tables.iter().enumerate() {
        let at = named.tables.get(k).map_or_else(|| shown.to_owned(), |id| place::of(text, id.id.span().start, shown));
        let wrong = |what: String| RunError::Spec(format!("{at}: {what}"));
        let prefixed = |what: String| wrong(format!("table {:?}: {what}", table.id));
        file_name(&table.id).map_err(prefixed)?;
        if OURS.contains(&table.id.as_str()) {
            return Err(prefixed(format!("tables/{}.csv is written by every run; take another id", table.id)));
        }
        if !ids.insert(table.id.as_str()) {
            return Err(prefixed("another table has this id, and their files would be one".to_owned()));
        }
        table.check().map_err(wrong)?;
        known.table(table).map_err(prefixed)?;
    }
    let mut ids = BTreeSet::new();
    for drawing in &figures::read(text, shown)? {
        let wrong = |what: String| RunError::Spec(format!("{}: figure {:?}: {what}", drawing.place, drawing.head.id));
        file_name(&drawing.head.id).map_err(wrong)?;
        if !ids.insert(drawing.head.id.clone()) {
            return Err(wrong("another figure has this id, and their files would be one".to_owned()));
        }
        drawing.kind.check(&drawing.head).map_err(wrong)?;
        known.figure(drawing).map_err(wrong)?;
    }
    Ok(())
}

/// Where ids stand in the text of a spec.
#[derive(Debug, Deserialize)]
struct Named {
    #[serde(default, rename = "ask")]
    asks: Vec<Id>,
    #[serde(default, rename = "table")]
    tables: Vec<Id>,
}

#[derive(Debug, Deserialize)]
struct Id {
    id: Spanned<String>,
}

/// What tables and figures may name.
struct Known<'a> {
    asks: Vec<&'a str>,
    claims: &'a [Claim],
}

impl Known<'_> {
    fn table(&self, table: &TableSpec) -> Result<(), String> {
        if table.decimals > DECIMALS {
            return Err(format!("decimals is {}; a number has at most {DECIMALS} digits after the point", table.decimals));
        }
        table.cell.iter().chain(table.lines.iter().flat_map(|line| line.cells.values())).try_for_each(|cell| self.cell(cell))?;
        table.lines.iter().flat_map(|line| line.published.values()).try_for_each(|id| self.claim(id))
    }

    fn figure(&self, drawing: &Drawing) -> Result<(), String> {
        self.ask(drawing.kind.select().get("ask").map(|s| s.0.as_slice()).unwrap_or_default())?;
        drawing.kind.claims().iter().try_for_each(|id| self.claim(id))
    }

    fn cell(&self, cell: &Cell) -> Result<(), String> {
        self.ask(cell.select.get("ask").map(|s| s.0.as_slice()).unwrap_or_default())
    }

    /// That there are such asks.
    fn ask(&self, ids: &[String]) -> Result<(), String> {
        match ids.iter().find(|id| !id.contains('*') && !self.asks.contains(&id.as_str())) {
            Some(id) => Err(format!("no ask is called {}", near(id, &self.asks))),
            None => Ok(()),
        }
    }

    /// That there is such a claim, and that it has a published number.
    fn claim(&self, id: &str) -> Result<(), String> {
        match self.claims.iter().find(|c| c.id == id) {
            None => Err(format!("published.toml has no claim {}", near(id, &self.claims.iter().map(|c| c.id.as_str()).collect::<Vec<_>>()))),
            Some(c) if c.published.is_none() => Err(format!("claim {id:?} has no `published` number")),
            Some(_) => Ok(()),
        }
    }
}

/// A word that is not known, with the nearest that is, or all of them where they are few.
fn near(word: &str, known: &[&str]) -> String {
    let hint = nearest(word, known.iter().copied()).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
    let there = if known.len() <= 12 { format!(" (there are {})", known.join(", ")) } else { String::new() };
    format!("{word:?}{there}{hint}")
}

/// An id is the name of a file in the folder of results, and of nothing outside it.
pub(crate) fn file_name(id: &str) -> Result<(), String> {
    let plain = id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if id.is_empty() || !plain || id.starts_with('.') || id.contains("..") {
        return Err("its id is the name of a file: letters, digits, `-`, `_` and `.`, no `.` at the start and no `..`".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use evaluation::Published;

    use super::*;

    /// The part of a spec that is about tables.
    #[derive(Deserialize)]
    struct Tables {
        #[serde(default, rename = "table")]
        tables: Vec<TableSpec>,
    }

    const CLAIMS: &str = "[[claim]]\nid = \"alpha\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"statement\"\nkind = \"value\"\nsource = \"paper\"\npublished = 0.3\n\
                          [[claim]]\nid = \"order\"\nsays = \"s\"\nwhere = \"w\"\nlevel = \"statement\"\nkind = \"order\"\nsource = \"paper\"\n";

    fn checked(spec: &str) -> Result<(), RunError> {
        let spec = format!("[[ask]]\nid = \"fits\"\n{spec}");
        let tables: Tables = toml::from_str(&spec).unwrap();
        let published: Published = toml::from_str(CLAIMS).unwrap();
        text(&spec, "spec.toml", &tables.tables, &published.claims)
    }

    fn why(spec: &str) -> String {
        checked(spec).err().map(|e| e.to_string()).unwrap_or_default()
    }

    fn table(id: &str, more: &str) -> String {
        format!("[[table]]\nid = \"{id}\"\ntitle = \"T\"\nrows = \"method\"\n{more}\n")
    }

    fn figure(id: &str, more: &str) -> String {
        format!("[[figure]]\nid = \"{id}\"\ntitle = \"F\"\n{more}\n")
    }

    const CELL: &str = "cols = \"seen\"\ncell = { select = { ask = \"fits\" }, metric = \"are\" }";
    const REGRET: &str = "[figure.regret]\nselect = { ask = \"fits\" }";

    #[test]
    fn a_right_spec_passes() {
        let line = "columns = [\"paper\", \"ours\"]\n[[table.line]]\nname = \"a\"\npublished = { paper = \"alpha\" }\n\
                    cells = { ours = { metric = \"are\" } }";
        let spec = [table("a.b-c_1", CELL), table("lines", line), figure("a.b-c_1", REGRET)].concat();
        assert!(checked(&spec).is_ok(), "{}", why(&spec));
    }

    #[test]
    fn every_experiment_passes() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
        let mut found = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let folder = entry.unwrap().path();
            let Ok(spec) = std::fs::read_to_string(folder.join("spec.toml")) else { continue };
            let published = std::fs::read_to_string(folder.join("published.toml")).unwrap();
            let (tables, published): (Tables, Published) = (toml::from_str(&spec).unwrap(), toml::from_str(&published).unwrap());
            let published = published.expanded();
            let why = text(&spec, &folder.display().to_string(), &tables.tables, &published.claims).err().map(|e| e.to_string());
            assert_eq!(why, None);
            found += 1;
        }
        assert!(found > 10, "{found} experiments");
    }

    #[test]
    fn ids_are_plain_file_names_and_there_once() {
        for id in ["../up", "a/b", ".hidden", "a..b", "", "a b", "é"] {
            let table_says = why(&table(id, CELL));
            assert!(table_says.starts_with("spec.toml:4:6: table ") && table_says.contains("the name of a file"), "{id}: {table_says}");
            let figure_says = why(&figure(id, REGRET));
            assert!(figure_says.starts_with("spec.toml:4:6: figure ") && figure_says.contains("the name of a file"), "{id}: {figure_says}");
        }
        let twice = why(&[table("a", CELL), table("a", CELL)].concat());
        assert!(twice.starts_with("spec.toml:10:6: table \"a\": another table has this id"), "{twice}");
        let twice = why(&[figure("a", REGRET), figure("a", REGRET)].concat());
        assert!(twice.contains("figure \"a\": another figure has this id"), "{twice}");
        assert!(why(&table("status", CELL)).contains("written by every run"));
    }

    #[test]
    fn tables_name_asks_and_claims_that_exist() {
        let ask = why(&table("t", &CELL.replace("fits", "fit")));
        assert!(ask.contains("table \"t\": no ask is called \"fit\" (there are fits); did you mean \"fits\"?"), "{ask}");
        let line = |id: &str| format!("columns = [\"paper\"]\n[[table.line]]\nname = \"a\"\npublished = {{ paper = \"{id}\" }}");
        let claim = why(&table("t", &line("alpah")));
        assert!(claim.contains("published.toml has no claim \"alpah\" (there are alpha, order); did you mean \"alpha\"?"), "{claim}");
        let number = why(&table("t", &line("order")));
        assert!(number.contains("claim \"order\" has no `published` number"), "{number}");
        let form = why(&table("t", "cols = \"seen\""));
        assert!(form.starts_with("spec.toml:4:6: table \"t\": needs either"), "{form}");
        let decimals = why(&table("t", &format!("{CELL}\ndecimals = 18")));
        assert!(decimals.contains("decimals is 18"), "{decimals}");
    }

    #[test]
    fn figures_are_checked_by_kind() {
        let ask = why(&figure("f", &REGRET.replace("fits", "fist")));
        assert!(ask.starts_with("spec.toml:4:6: figure \"f\": no ask is called \"fist\""), "{ask}");
        let half = why(&figure("f", "[figure.lines]\nx = \"a\"\ny = \"b\"\nlow = \"c\""));
        assert!(half.contains("figure \"f\": of `low` and `high` it has one"), "{half}");
        let claim = why(&figure("f", "[figure.intervals]\npublished = [\"alpha\", \"beta\"]"));
        assert!(claim.contains("published.toml has no claim \"beta\""), "{claim}");
        let unknown = why(&figure("f", "[figure.regrets]\n"));
        assert!(unknown.contains("unknown field `regrets`") && unknown.ends_with("did you mean `regret`?"), "{unknown}");
    }
}
