//! What is generated of all papers together: the scoreboard in README.md, the statements in the README of each experiment, the table over all
//! studies in `experiments/README.md`, and `docs/statements.md`, which lists all statements.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use evaluation::Frame;
use report::score::{Rate, Score, Statement, open_papers};
use report::{Cell, Column, Mark, Table, decimals_for};
use runner::{Paper, RunError, write_atomically};

/// The list of all statements.
const LIST: &str = "docs/statements.md";

/// A statement as the committed results have it.
struct Said {
    mark: Mark,
    says: String,
    found: String,
    rests: String,
    elsewhere: bool,
}

/// What one experiment has committed.
struct Committed {
    name: String,
    statements: Vec<Said>,
    /// Level and mark of every claim; of those that are part of a headline, no level.
    claims: Vec<(String, Mark)>,
}

/// A generated text: the file, and what it should hold.
type Text = (PathBuf, String);

/// Writes everything generated, or with `check` only names the files that are not current, as seen from `root`.
///
/// # Errors
/// A file that cannot be read or written; committed tables that are none; markers that are not in their place.
pub fn splice(root: &Path, check: bool) -> Result<Vec<String>, RunError> {
    let mut stale = Vec::new();
    for (path, text) in texts(root)? {
        if std::fs::read_to_string(&path).unwrap_or_default() == text {
            continue;
        }
        stale.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
        if !check {
            write_atomically(&path, text.as_bytes())?;
        }
    }
    Ok(stale)
}

/// Every generated text.
fn texts(root: &Path) -> Result<Vec<Text>, RunError> {
    let papers = runner::papers(root)?;
    let all = committed(root)?;
    let readme = root.join("README.md");
    let (_, board) = spliced(&readme, "scoreboard", &board(&papers, &all))?;
    let mut texts = vec![(readme, with_tables(root, board)?)];
    for one in &all {
        let readme = root.join("experiments").join(&one.name).join("README.md");
        if std::fs::read_to_string(&readme).is_ok_and(|text| text.contains("<!-- BEGIN: headlines -->")) {
            texts.push(spliced(&readme, "headlines", &lines(&one.statements))?);
        }
    }
    let experiments = root.join("experiments/README.md");
    if std::fs::read_to_string(&experiments).is_ok_and(|text| text.contains("<!-- BEGIN: studies -->")) {
        let listed = papers.iter().map(|paper| paper.id.clone()).filter(|id| all.iter().any(|one| one.name == *id));
        let others = all.iter().map(|one| one.name.clone()).filter(|name| papers.iter().all(|paper| paper.id != *name));
        texts.push(spliced(&experiments, "studies", &crate::studies::table(root, &listed.chain(others).collect::<Vec<_>>())?)?);
    }
    if !papers.is_empty() {
        texts.push((root.join(LIST), list(&papers, &all)));
    }
    Ok(texts)
}

/// The word before the name of a table in a marker: `<!-- BEGIN: table EXPERIMENT/TABLE -->`.
const TABLE: &str = "table ";

/// Numbers below this are written with an exponent.
const SMALL: f64 = 1e-3;

/// A document with the committed tables that its markers name.
fn with_tables(root: &Path, mut document: String) -> Result<String, RunError> {
    let name = |line: &str| line.trim().strip_prefix("<!-- BEGIN: ")?.strip_suffix(" -->").filter(|n| n.starts_with(TABLE)).map(str::to_owned);
    for name in document.lines().filter_map(name).collect::<Vec<_>>() {
        let (experiment, table) = name[TABLE.len()..].split_once('/').unwrap_or_default();
        let path = root.join("results").join(experiment).join("tables").join(format!("{table}.csv"));
        let wrong = |what: String| RunError::Spec(format!("README.md: marker {name:?}: {what}"));
        tables::inside(&format!("{experiment}/{table}")).map_err(|e| wrong(e.to_string()))?;
        let frame = frame(&path)?.ok_or_else(|| wrong(format!("there is no {}", path.display())))?;
        document = report::splice::splice(&document, &name, &in_short(&frame)).map_err(|e| wrong(e.to_string()))?;
    }
    Ok(document)
}

/// A committed table in Markdown: three significant digits, and a standard error beside the number that it belongs to.
fn in_short(frame: &Frame) -> String {
    let names: Vec<&str> = frame.text_columns().filter(|n| !n.ends_with("_se")).collect();
    let mut columns = vec![Column::left(names.first().copied().unwrap_or_default())];
    columns.extend(names.iter().skip(1).map(|n| Column::right(*n)));
    let mut table = Table::new("", columns);
    for r in 0..frame.len() {
        let cell = |(k, name): (usize, &&str)| -> Cell {
            let text = |column: &str| frame.text(column, r).unwrap_or_default();
            match (k, text(name).parse::<f64>(), text(&format!("{name}_se")).parse::<f64>()) {
                (0, _, _) | (_, Err(_), _) => Cell::text(if text(name).is_empty() { "–" } else { text(name) }),
                // Microseconds among seconds.
                (_, Ok(value), Ok(se)) if value != 0.0 && value.abs() < SMALL => Cell::text(format!("{value:.2e} ± {se:.0e}")),
                (_, Ok(value), Ok(se)) => Cell::with_se(value, se, decimals_for(value, 3)),
                (_, Ok(value), Err(_)) => Cell::number(value, decimals_for(value, 3)),
            }
        };
        table.push(names.iter().enumerate().map(cell).collect());
    }
    table.to_markdown()
}

/// A document with `body` between its markers.
fn spliced(path: &Path, name: &str, body: &str) -> Result<Text, RunError> {
    let shown = path.display();
    let document = std::fs::read_to_string(path).map_err(|e| RunError::Nothing(format!("{shown}: {e}")))?;
    let text = report::splice::splice(&document, name, body).map_err(|e| RunError::Spec(format!("{shown}: {e}")))?;
    Ok((path.to_owned(), text))
}

/// What every experiment has committed in `tables/headlines.csv` and `tables/verdicts.csv`.
fn committed(root: &Path) -> Result<Vec<Committed>, RunError> {
    let mut all = Vec::new();
    for name in runner::list(root)? {
        let folder = root.join("results").join(&name).join("tables");
        let Some(verdicts) = frame(&folder.join("verdicts.csv"))? else { continue };
        let headlines = frame(&folder.join("headlines.csv"))?.unwrap_or_default();
        let text = |f: &Frame, column: &str, r: usize| f.text(column, r).unwrap_or_default().to_owned();
        let mark = |f: &Frame, r: usize| {
            let symbol = text(f, "verdict", r);
            Mark::from_symbol(&symbol).ok_or_else(|| RunError::Data(format!("results/{name}/tables: row {}: no verdict {symbol:?}", r + 1)))
        };
        let parts: BTreeSet<&str> = (0..headlines.len()).flat_map(|r| headlines.text("of", r).unwrap_or_default().split(' ')).collect();
        let level = |r: usize| if parts.contains(verdicts.text("claim", r).unwrap_or_default()) { String::new() } else { text(&verdicts, "level", r) };
        let claims = (0..verdicts.len()).map(|r| Ok((level(r), mark(&verdicts, r)?))).collect::<Result<_, RunError>>()?;
        let said = |r: usize| {
            let (basis, on) = (text(&headlines, "basis", r), text(&headlines, "on", r));
            let rests = if on.is_empty() { basis } else { format!("{basis}: {on}") };
            let (says, found) = (text(&headlines, "says", r), text(&headlines, "found", r));
            Ok(Said { mark: mark(&headlines, r)?, says, found, rests, elsewhere: text(&headlines, "elsewhere", r) == "yes" })
        };
        let statements = (0..headlines.len()).map(said).collect::<Result<_, RunError>>()?;
        all.push(Committed { name, statements, claims });
    }
    Ok(all)
}

/// A committed table, all of it as text; `None` where there is none.
pub(crate) fn frame(path: &Path) -> Result<Option<Frame>, RunError> {
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(None) };
    Frame::from_csv(&text, |_| false).map(Some).map_err(|e| RunError::Data(format!("{}: {e}", path.display())))
}

/// The scoreboard: the papers that have an experiment, the experiments that are about none of them, and the papers that are still to come.
fn board(papers: &[Paper], all: &[Committed]) -> String {
    let listed: BTreeSet<&str> = papers.iter().map(|p| p.id.as_str()).collect();
    let (of_papers, open): (Vec<Score>, Vec<Score>) = papers.iter().map(|paper| score(&paper.id, Some(paper), all)).partition(|s| !s.link.is_empty());
    let others: Vec<Score> = all.iter().filter(|one| !listed.contains(one.name.as_str())).map(|one| score(&one.name, None, all)).collect();
    let table = |scores: &[Score]| -> String {
        let table: Table = report::score::scoreboard(scores);
        table.to_markdown()
    };
    let parts = [
        ("", (!of_papers.is_empty()).then(|| table(&of_papers))),
        ("Experiments on work around these papers:\n\n", (!others.is_empty()).then(|| table(&others))),
        (
            "Papers that nothing has been asked of yet, with the statements of their abstracts counted:\n\n",
            (!open.is_empty()).then(|| open_papers(&open).to_markdown()),
        ),
    ];
    let there: Vec<String> = parts.into_iter().filter_map(|(lead, table)| Some(format!("{lead}{}", table?))).collect();
    there.join("\n")
}

fn score(id: &str, paper: Option<&Paper>, all: &[Committed]) -> Score {
    let title = paper.map(|p| p.title.clone()).unwrap_or_default();
    let Some(one) = all.iter().find(|one| one.name == id) else {
        let open = Statement { mark: Mark::Untested, on_the_papers_runs: false };
        let statements = vec![open; paper.map_or(0, |p| p.statements.len())];
        return Score { paper: id.to_owned(), title, statements, ..Score::default() };
    };
    let rate = |level: &str| Rate::of(one.claims.iter().filter(|(l, _)| l == level).map(|(_, mark)| *mark));
    Score {
        paper: id.to_owned(),
        title,
        link: format!("results/{id}/verdicts.md"),
        statements: one.statements.iter().map(|s| Statement { mark: s.mark, on_the_papers_runs: !s.elsewhere }).collect(),
        further: rate("statement"),
        cells: rate("cell"),
        checks: rate("check"),
    }
}

/// A line for every statement: its mark, the paper's words, what was found, and on what.
fn lines(statements: &[Said]) -> String {
    let line = |s: &Said| {
        let rests = if s.rests.is_empty() { String::new() } else { format!(" ({})", s.rests) };
        format!("- `{}` “{}” {}{rests}\n", s.mark.symbol(), s.says, s.found)
    };
    statements.iter().map(line).collect()
}

/// All statements of all papers.
fn list(papers: &[Paper], all: &[Committed]) -> String {
    let mut out = String::from(
        "# What the papers say, statement by statement\n\nGenerated by `curvecast report`; do not edit. The statements are those of the abstracts, in their \
         words. Behind each stands what was found, and what that rests on: own training, released data, other data, a miniature or a simulation.\n",
    );
    for paper in papers {
        let source = if paper.source.is_empty() { String::new() } else { format!(", {}", paper.source) };
        out.push_str(&format!("\n## {}\n\n{}, *{}*{source}.\n\n", paper.id, paper.authors, paper.title));
        match all.iter().find(|one| one.name == paper.id) {
            Some(one) => out.push_str(&lines(&one.statements)),
            None => paper.statements.iter().for_each(|says| out.push_str(&format!("- `{}` “{says}” There is no experiment yet.\n", Mark::Untested.symbol()))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A house with one experiment that has results, and a paper without one.
    fn house() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("README.md", "# House\n\n<!-- BEGIN: scoreboard -->\n<!-- END: scoreboard -->\n");
        put("experiments/a/spec.toml", "");
        put("experiments/a/README.md", "# a\n\n<!-- BEGIN: headlines -->\n<!-- END: headlines -->\n");
        put("experiments/b/spec.toml", "");
        let paper =
            |id: &str, more: &str| format!("[[paper]]\nid = \"{id}\"\ntitle = \"On {id}\"\nauthors = \"Someone et al.\"\nsource = \"arXiv 1\"\n{more}\n");
        put("experiments/papers.toml", &[paper("a", ""), paper("later", "statements = [\"it pays\", \"always\"]")].concat());
        put(
            "results/a/tables/headlines.csv",
            "verdict,headline,says,where,found,basis,elsewhere,on,held,parts,of\n[Re],h,it works,Abstract,It does.,other data,yes,six runs,1,1,f\n",
        );
        put("results/a/tables/verdicts.csv", "verdict,claim,level\n[Re],c,cell\n[¬Re],d,cell\n[Re],e,check\n[Re],f,statement\n[¬Re],g,statement\n");
        put("results/b/tables/verdicts.csv", "verdict,claim,level\n[ – ],c,cell\n");
        root
    }

    #[test]
    fn every_paper_has_its_row_and_every_statement_its_line() {
        let root = house();
        let mut stale = splice(root.path(), true).unwrap();
        stale.sort();
        assert_eq!(stale, ["README.md", "docs/statements.md", "experiments/a/README.md"]);
        assert_eq!(splice(root.path(), false).unwrap().len(), 3);
        assert!(splice(root.path(), true).unwrap().is_empty());
        let text = |path: &str| std::fs::read_to_string(root.path().join(path)).unwrap();
        let board = text("README.md");
        assert!(board.contains("| [a](results/a/verdicts.md) | 1 | – | – | – | 1 | – | – | 0 | 0 of 1 | 1 of 2 | 1 of 1 |"), "{board}");
        assert!(board.contains("| later | On later | 2 |"), "{board}");
        assert!(board.contains("around these papers:\n\n| paper |") && board.contains("| [b](results/b/verdicts.md) | 0 |"), "{board}");
        assert!(text("experiments/a/README.md").contains("- `[Re]` “it works” It does. (other data: six runs)\n"));
        let list = text(LIST);
        assert!(list.contains("## later\n\nSomeone et al., *On later*, arXiv 1.\n\n- `[ – ]` “it pays” There is no experiment yet.\n"), "{list}");
    }

    #[test]
    fn a_table_stands_where_its_marker_does() {
        let root = house();
        let put = |marker: &str| {
            let text = format!("# House\n\n<!-- BEGIN: scoreboard -->\n<!-- END: scoreboard -->\n\n<!-- BEGIN: {marker} -->\n<!-- END: {marker} -->\n");
            std::fs::write(root.path().join("README.md"), text).unwrap();
        };
        std::fs::write(root.path().join("results/a/tables/error.csv"), "method,half,half_se\nauto,0.012345,0.0004\nquick,0.00000131,0.000000004\nlast,,\n")
            .unwrap();
        put("table a/error");
        splice(root.path(), false).unwrap();
        let text = std::fs::read_to_string(root.path().join("README.md")).unwrap();
        assert!(text.contains("| auto | 0.0123 ± 0.0004 |") && text.contains("| quick | 1.31e-6 ± 4e-9 |") && text.contains("| last | – |"), "{text}");
        assert!(splice(root.path(), true).unwrap().is_empty());
        for (marker, says) in [("table a/none", "there is no"), ("table ../a", "../a")] {
            put(marker);
            let why = splice(root.path(), true).unwrap_err().to_string();
            assert!(why.contains(says), "{marker}: {why}");
        }
    }

    #[test]
    fn a_wrong_mark_is_an_error() {
        let root = house();
        std::fs::write(root.path().join("results/a/tables/verdicts.csv"), "verdict,claim,level\n[?],c,cell\n").unwrap();
        assert!(splice(root.path(), true).unwrap_err().to_string().contains("no verdict \"[?]\""));
    }
}
