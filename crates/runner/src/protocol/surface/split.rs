//! `[[ask.surface.split]]`: which rows are trained on, and which are held out.

use std::collections::BTreeMap;

use curves::runs::Filter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::data::{Data, Trouble};
use super::spec::SurfaceSpec;

/// How rows are divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SplitKind {
    /// All are trained on, none held out.
    #[default]
    All,
    /// The largest run is held out.
    LargestModel,
    /// The end of runs is held out.
    TokenFraction,
    /// Of k = `min-sizes` and more: the k smallest sizes are trained on, all larger ones held out.
    ExpandingWindow,
    /// Filters say.
    Column,
}

/// What is trained on and what is held out; several cells where lists are given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Split {
    /// Its name: the `split` column.
    pub id: String,
    /// How. Default: all.
    pub kind: SplitKind,
    /// `largest-model`: how many of the other runs, the smallest first, are trained on; a cell each, all of them when empty. More than there are is no cell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<usize>,
    /// `largest-model`, `token-fraction`: trained on strictly below this share of the largest progress (of the runs trained on; of the run itself); a cell each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fractions: Vec<f64>,
    /// `largest-model`, `token-fraction`: held out from this share of the run's largest progress on; 1 for its last row. Default: 0.
    pub test_from: f64,
    /// `largest-model`: this run in place of the largest; larger ones are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// `token-fraction`: every run by itself? Default: false.
    pub each_run: bool,
    /// `expanding-window`: the fewest sizes trained on. Default: 3.
    pub min_sizes: usize,
    /// `expanding-window`: the fewest rows trained on. Default: 5.
    pub min_rows: usize,
    /// `column`: what is trained on.
    pub train: Filter,
    /// `column`: what is held out.
    pub test: Filter,
}

impl Default for Split {
    fn default() -> Self {
        Self {
            id: "all".into(),
            kind: SplitKind::All,
            models: Vec::new(),
            fractions: Vec::new(),
            test_from: 0.0,
            target: None,
            each_run: false,
            min_sizes: 3,
            min_rows: 5,
            train: Filter::default(),
            test: Filter::default(),
        }
    }
}

impl Split {
    pub(super) fn check(&self) -> Result<(), String> {
        use SplitKind::{Column, LargestModel, TokenFraction};
        let only =
            |set: bool, kinds: &[SplitKind], what: &str| if set && !kinds.contains(&self.kind) { Err(format!("{what} is not for this kind")) } else { Ok(()) };
        only(!self.models.is_empty(), &[LargestModel], "`models`")?;
        only(self.target.is_some(), &[LargestModel], "`target`")?;
        only(!self.fractions.is_empty(), &[LargestModel, TokenFraction], "`fractions`")?;
        only(self.test_from != 0.0, &[LargestModel, TokenFraction], "`test-from`")?;
        only(self.each_run, &[TokenFraction], "`each-run`")?;
        only(self.train != Filter::default() || self.test != Filter::default(), &[Column], "`train` or `test`")?;
        if self.kind == TokenFraction && self.fractions.is_empty() {
            return Err("token-fraction needs `fractions`".into());
        }
        if self.fractions.iter().any(|f| !(*f > 0.0 && *f <= 1.0)) || !(0.0..=1.0).contains(&self.test_from) {
            return Err("`fractions` lie above 0 and up to 1, `test-from` between 0 and 1".into());
        }
        if self.models.contains(&0) || self.min_sizes == 0 {
            return Err("`models` and `min-sizes` are at least 1".into());
        }
        self.train.check()?;
        self.test.check()
    }
}

impl Split {
    /// Does it divide by how far runs are?
    pub(super) fn needs_progress(&self) -> bool {
        matches!(self.kind, SplitKind::LargestModel | SplitKind::TokenFraction)
    }
}

/// One fit's rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cell {
    /// How many models or sizes are trained on, or which run: the `subset` column.
    pub subset: String,
    /// The share of training that is seen: the `seen` column.
    pub seen: String,
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// A run among the rows of a group.
struct Run {
    name: usize,
    size: f64,
    rows: Vec<usize>,
}

/// All cells of a split on the rows of one group.
pub(super) fn cells(asked: &SurfaceSpec, split: &Split, data: &Data<'_>, rows: &[usize]) -> Result<Vec<Cell>, Trouble> {
    match split.kind {
        SplitKind::All => Ok(vec![Cell { train: rows.to_vec(), ..Cell::default() }]),
        SplitKind::Column => Ok(vec![Cell { train: split.train.kept(data, rows)?, test: split.test.kept(data, rows)?, ..Cell::default() }]),
        SplitKind::LargestModel => largest(split, data, &runs(asked, data, rows)?, &data.column(&asked.progress)?),
        SplitKind::TokenFraction => Ok(fractions(split, data, &by_run(data, rows), &data.column(&asked.progress)?)),
        SplitKind::ExpandingWindow => Ok(windows(split, rows, &data.column(&asked.size)?)),
    }
}

fn by_run(data: &Data<'_>, rows: &[usize]) -> BTreeMap<usize, Vec<usize>> {
    let mut runs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &r in rows {
        runs.entry(data.run[r]).or_default().push(r);
    }
    runs
}

/// Runs by their size, the smallest first, those of one size by name.
fn runs(asked: &SurfaceSpec, data: &Data<'_>, rows: &[usize]) -> Result<Vec<Run>, Trouble> {
    let size = data.column(&asked.size)?;
    let of = |rows: &[usize]| rows.iter().map(|&r| size[r]).fold(f64::NEG_INFINITY, f64::max);
    let mut runs: Vec<Run> = by_run(data, rows).into_iter().map(|(name, rows)| Run { name, size: of(&rows), rows }).collect();
    runs.sort_by(|a, b| a.size.total_cmp(&b.size).then(a.name.cmp(&b.name)));
    Ok(runs)
}

fn furthest(progress: &[f64], rows: &[usize]) -> f64 {
    rows.iter().map(|&r| progress[r]).fold(f64::NEG_INFINITY, f64::max)
}

fn largest(split: &Split, data: &Data<'_>, runs: &[Run], progress: &[f64]) -> Result<Vec<Cell>, Trouble> {
    let target = match &split.target {
        None => runs.len().checked_sub(1),
        Some(name) => runs.iter().position(|r| data.run_names[r.name] == *name),
    };
    let Some(target) = target else {
        return Err(split.target.as_ref().map_or_else(|| Trouble::new("no-training-rows", ""), |name| Trouble::new("no-such-run", name)));
    };
    let held = &runs[target];
    let end = furthest(progress, &held.rows);
    let test: Vec<usize> = held.rows.iter().copied().filter(|&r| progress[r] >= split.test_from * end).collect();
    // Runs are in the order of their size: those before the target are no larger.
    let smaller = &runs[..target];
    let all = [smaller.len()];
    let counts: &[usize] = if split.models.is_empty() { &all } else { &split.models };
    let mut cells = Vec::new();
    for &count in counts.iter().filter(|c| **c <= smaller.len()) {
        let subset = if split.models.is_empty() { "all".to_owned() } else { count.to_string() };
        let rows: Vec<usize> = smaller[..count].iter().flat_map(|r| r.rows.iter().copied()).collect();
        let end = furthest(progress, &rows);
        if split.fractions.is_empty() {
            cells.push(Cell { subset, seen: String::new(), train: rows, test: test.clone() });
            continue;
        }
        for &share in &split.fractions {
            let train = rows.iter().copied().filter(|&r| progress[r] < share * end).collect();
            cells.push(Cell { subset: subset.clone(), seen: percent(share), train, test: test.clone() });
        }
    }
    Ok(cells)
}

fn fractions(split: &Split, data: &Data<'_>, runs: &BTreeMap<usize, Vec<usize>>, progress: &[f64]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for &share in &split.fractions {
        let mut together = Cell { seen: percent(share), ..Cell::default() };
        for (&run, rows) in runs {
            let end = furthest(progress, rows);
            let (train, rest): (Vec<usize>, Vec<usize>) = rows.iter().copied().partition(|&r| progress[r] < share * end);
            let test: Vec<usize> = rest.into_iter().filter(|&r| progress[r] >= split.test_from * end).collect();
            if split.each_run {
                cells.push(Cell { subset: data.run_names[run].clone(), seen: percent(share), train, test });
            } else {
                together.train.extend(train);
                together.test.extend(test);
            }
        }
        if !split.each_run {
            together.train.sort_unstable();
            together.test.sort_unstable();
            cells.push(together);
        }
    }
    cells
}

fn windows(split: &Split, rows: &[usize], size: &[f64]) -> Vec<Cell> {
    let mut sizes: Vec<f64> = rows.iter().map(|&r| size[r]).filter(|s| s.is_finite()).collect();
    sizes.sort_by(f64::total_cmp);
    // Sizes that differ by rounding alone are one.
    sizes.dedup_by(|b, a| (*b - *a).abs() <= 1e-9 * a.abs());
    let ends = sizes.iter().enumerate().skip(split.min_sizes.saturating_sub(1));
    let mut cells = Vec::new();
    for (k, &end) in ends.take_while(|(k, _)| k + 1 < sizes.len()) {
        let limit = end * (1.0 + 1e-9);
        let (train, test): (Vec<usize>, Vec<usize>) = rows.iter().copied().filter(|&r| size[r].is_finite()).partition(|&r| size[r] <= limit);
        if train.len() >= split.min_rows {
            cells.push(Cell { subset: (k + 1).to_string(), seen: String::new(), train, test });
        }
    }
    cells
}

/// A share as the `seen` column has it: 0.4 is `40%`.
fn percent(share: f64) -> String {
    // Through four digits, so that 0.07 is not 7.000000000000001.
    let text = format!("{:.2}", 100.0 * share);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}
