//! `speed-up`: how many times sooner does one run of a pair come down to a loss than the other?
//!
//! Both runs are curves of a table; a resource (steps, tokens, compute) at equal loss is compared, straight between points in logarithms of both. The
//! losses are those of the slow run: its end, its best, and any that are given. A speed-up tells nothing of losses that one of them never reaches, or begins
//! below: such a pair is `out-of-reach`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use curves::runs::{Expression, RunTable};
use evaluation::Strings;
use fitters::efficiency::reached;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::job::Output;
use crate::method::Built;
use crate::protocol::{AskHead, At, Input, Inputs, Names, Part, Protocol, Shape, Sizes};
use crate::row_writer::{EACH, OK, RowWriter, count};

/// Pairs of runs. Every slow run meets every fast one that agrees with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SpeedUpSpec {
    /// What is spent: a number column or an expression. Positive.
    pub resource: String,
    /// The loss: a number column or an expression. Positive.
    pub target: String,
    /// Column that names a run among those that agree; here and below a number column will do as well, in decimals. Default: run.
    #[serde(default = "run")]
    pub run: String,
    /// Columns in which the runs of a pair agree, such as the size. Joined with ` | ` they are the text column `group` of rows.
    #[serde(default, skip_serializing_if = "none")]
    pub same: Strings,
    /// Column → values of slow runs; `*` stands for anything. Without it every run is slow.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slow: BTreeMap<String, Strings>,
    /// The same of fast ones. Without it every run is fast; a run is not compared with itself.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fast: BTreeMap<String, Strings>,
    /// The slow run's end is the mean of so many last losses (of a run with fewer, of all), and its best the least mean of so many in a row. Default: 5.
    #[serde(default = "five")]
    pub last: usize,
    /// Further losses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<f64>,
}

fn run() -> String {
    "run".into()
}
fn five() -> usize {
    5
}
fn none(strings: &Strings) -> bool {
    strings.0.is_empty()
}

impl Protocol for SpeedUpSpec {
    fn epoch(&self) -> u32 {
        2
    }

    fn check(&self, ask: &AskHead, names: &Names<'_>) -> Result<(), String> {
        self.settings()?;
        let numbers = [self.resource.as_str(), self.target.as_str()];
        names.columns(&ask.source, numbers, [], &[]).map_err(|e| format!("speed-up: {e}"))?;
        // A run may be named by a number as well.
        let mut named = std::iter::once(&self.run).chain(&self.same.0).chain(self.slow.keys()).chain(self.fast.keys());
        let Some(runs) = (names.offer)(&ask.source).and_then(|o| o.runs.as_ref()) else { return Ok(()) };
        let known = || runs.texts.iter().chain(&runs.numbers);
        match named.find(|n| !known().any(|k| k == *n)) {
            Some(wrong) => Err(format!("speed-up: {}", curves::no_such("column", wrong, known().map(String::as_str)))),
            None => Ok(()),
        }
    }

    fn reads(&self, ask: &AskHead) -> Vec<Input> {
        vec![Input::new(&ask.source, Shape::Runs)]
    }

    fn parts(&self, _: &AskHead, _: &Sizes<'_>) -> Vec<Part> {
        Part::pieces(1, 0.1)
    }

    fn run(&self, _: &Part, inputs: &dyn Inputs, at: &At<'_>) -> Output {
        inputs.runs(&at.ask.source).map_or_else(Output::default, |table| run_all(at.ask, self, table))
    }

    fn answers(&self, _: &AskHead, _: &[Built]) -> Option<Vec<String>> {
        None
    }
}

impl SpeedUpSpec {
    /// Are its own settings sound?
    fn settings(&self) -> Result<(), String> {
        for text in [&self.resource, &self.target] {
            Expression::parse(text).map_err(|e| format!("speed-up: {e}"))?;
        }
        if self.last == 0 || !self.losses.iter().all(|l| *l > 0.0 && l.is_finite()) {
            return Err("speed-up: last must be at least 1, and losses above 0".into());
        }
        Ok(())
    }
}

/// A run in the order of its resource.
struct Curve {
    /// What it shares with its partners.
    group: String,
    name: String,
    slow: bool,
    fast: bool,
    x: Vec<f64>,
    y: Vec<f64>,
}

/// Every pair of a slow run and a fast one.
fn run_all(ask: &AskHead, asked: &SpeedUpSpec, table: &RunTable) -> Output {
    let mut out = RowWriter::new(ask);
    match curves(asked, table) {
        Ok(curves) => {
            for slow in curves.iter().filter(|c| c.slow) {
                for fast in curves.iter().filter(|c| c.fast && c.group == slow.group && c.name != slow.name) {
                    pair(asked, slow, fast, &mut out);
                }
            }
        }
        Err((word, what)) => out.push("speed-up", EACH, word, &[("parameter", &what)], &[]),
    }
    Output::rows(out.finish())
}

/// The rows of one pair: one a loss.
fn pair(asked: &SpeedUpSpec, slow: &Curve, fast: &Curve, out: &mut RowWriter<'_>) {
    let mut levels = vec![("end".to_owned(), end(&slow.y, asked.last)), ("best".to_owned(), best(&slow.y, asked.last))];
    levels.extend(asked.losses.iter().map(|l| (l.to_string(), *l)));
    for (name, loss) in levels {
        let texts = [("group", slow.group.as_str()), ("model", slow.name.as_str()), ("model-b", fast.name.as_str()), ("budget", name.as_str())];
        // Where a curve begins below the loss nobody saw when it came there.
        let seen = [slow, fast].iter().all(|c| c.y.first().is_some_and(|y| *y >= loss));
        let (at, to) = match (reached(&slow.x, &slow.y, loss), reached(&fast.x, &fast.y, loss)) {
            (Ok(at), Ok(to)) if seen => (at, to),
            (Ok(_), Ok(_)) => (None, None),
            (Err(e), _) | (_, Err(e)) => {
                out.push("speed-up", EACH, e.word(), &texts, &[]);
                continue;
            }
        };
        let ratio = at.zip(to).map(|(at, to)| at / to);
        let points = count(slow.x.len().min(fast.x.len()));
        let numbers = [("loss", Some(loss)), ("slow", at), ("fast", to), ("speed-up", ratio), ("n", points)];
        out.push("speed-up", EACH, if ratio.is_some() { OK } else { "out-of-reach" }, &texts, &numbers);
    }
}

/// The mean of the last losses.
fn end(y: &[f64], last: usize) -> f64 {
    let tail = &y[y.len().saturating_sub(last)..];
    tail.iter().sum::<f64>() / tail.len() as f64
}

/// The least mean of so many losses in a row.
fn best(y: &[f64], last: usize) -> f64 {
    y.windows(last.min(y.len()).max(1)).map(|w| w.iter().sum::<f64>() / w.len() as f64).fold(f64::NAN, f64::min)
}

/// All runs of the table, in the order of their group and name. Rows without numbers are left out.
fn curves(asked: &SpeedUpSpec, table: &RunTable) -> Result<Vec<Curve>, (&'static str, String)> {
    let numbers = |text: &str| -> Result<Vec<f64>, (&'static str, String)> {
        let expression = Expression::parse(text).map_err(|e| ("bad-expression", e))?;
        expression.values(table.len(), |name| table.numbers(name).map(Cow::Borrowed)).map_err(|missing| ("no-such-column", missing))
    };
    let label = |name: &str| -> Result<Cow<'_, [String]>, (&'static str, String)> {
        let written = || Some(Cow::Owned(table.numbers(name)?.iter().map(ToString::to_string).collect::<Vec<_>>()));
        table.texts(name).map(Cow::Borrowed).or_else(written).ok_or_else(|| ("no-such-column", name.to_owned()))
    };
    let (x, y, names) = (numbers(&asked.resource)?, numbers(&asked.target)?, label(&asked.run)?);
    let same: Vec<Cow<'_, [String]>> = asked.same.0.iter().map(|s| label(s)).collect::<Result<_, _>>()?;
    let chosen = |select: &BTreeMap<String, Strings>| -> Result<Vec<bool>, (&'static str, String)> {
        let mut all = vec![true; table.len()];
        for (column, values) in select {
            let cells = label(column)?;
            all.iter_mut().zip(cells.iter()).for_each(|(yes, cell)| *yes &= values.0.iter().any(|v| curves::matches(v, cell)));
        }
        Ok(all)
    };
    let (slow, fast) = (chosen(&asked.slow)?, chosen(&asked.fast)?);
    let mut runs: BTreeMap<(String, &str), Vec<usize>> = BTreeMap::new();
    for row in (0..table.len()).filter(|&r| x[r].is_finite() && y[r].is_finite() && (slow[r] || fast[r])) {
        let group = same.iter().map(|s| s[row].as_str()).collect::<Vec<_>>().join(" | ");
        runs.entry((group, names[row].as_str())).or_default().push(row);
    }
    let curve = |((group, name), mut rows): ((String, &str), Vec<usize>)| {
        rows.sort_by(|&a, &b| x[a].total_cmp(&x[b]));
        let any = |of: &[bool]| rows.iter().any(|&r| of[r]);
        let column = |of: &[f64]| rows.iter().map(|&r| of[r]).collect();
        Curve { group, name: name.to_owned(), slow: any(&slow), fast: any(&fast), x: column(&x), y: column(&y) }
    };
    Ok(runs.into_iter().map(curve).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::TableFrom;
    use evaluation::Frame;

    /// Two sizes; runs of one, two and four passes reach what one pass does at 1, 1.5 and 3 times the tokens, and `up` rises in the end.
    fn table() -> RunTable {
        let mut csv = String::from("size,passes,tokens,loss\n");
        for size in ["s", "l"] {
            for (passes, slower) in [("1", 1.0), ("2", 1.5), ("4", 3.0)] {
                for k in (0..20).rev() {
                    let tokens = 1e6 * 2f64.powi(k);
                    csv.push_str(&format!("{size},{passes},{tokens},{}\n", 30.0 * (tokens / slower).powf(-0.15)));
                }
            }
        }
        for (tokens, loss) in [(1e6, 4.0), (2e6, 3.0), (4e6, 2.5), (8e6, 3.5)] {
            csv.push_str(&format!("l,up,{tokens},{loss}\n"));
        }
        let from: TableFrom =
            toml::from_str("file = 't.csv'\ntext = { size = 'size', passes = 'passes' }\nnumbers = { tokens = 'tokens', loss = 'loss' }\nexpect = 124")
                .unwrap();
        from.read(&[tables::load_bytes("t.csv", csv.as_bytes(), None).unwrap()]).unwrap()
    }

    fn rows_of(spec: &str) -> Frame {
        let ask = AskHead { id: "a".into(), source: "s".into() };
        let asked: SpeedUpSpec = toml::from_str(spec).unwrap();
        assert_eq!(asked.settings(), Ok(()));
        run_all(&ask, &asked, &table()).rows
    }

    fn find(f: &Frame, wanted: &[(&str, &str)]) -> Vec<usize> {
        (0..f.len()).filter(|&r| wanted.iter().all(|(c, v)| f.text(c, r) == Some(*v))).collect()
    }

    const PASSES: &str = "resource = '6 * tokens'\ntarget = 'loss'\nrun = 'passes'\nsame = 'size'\nfast = { passes = '1' }\nlast = 1\n";

    #[test]
    fn a_known_speed_up_is_found_at_every_loss() {
        let f = rows_of(&format!("{PASSES}slow = {{ passes = ['2', '4'] }}\nlosses = [2.0, 0.001, 100.0]\n"));
        assert_eq!(find(&f, &[("status", "ok")]).len(), 12);
        for (model, want) in [("2", 1.5), ("4", 3.0)] {
            for level in ["end", "best", "2"] {
                for group in ["s", "l"] {
                    let rows = find(&f, &[("model", model), ("budget", level), ("group", group), ("model-b", "1")]);
                    let got = f.number("speed-up", rows[0]).unwrap();
                    assert!(rows.len() == 1 && (got / want - 1.0).abs() < 1e-9, "{model} {level}: {got}");
                }
            }
        }
        let far = find(&f, &[("budget", "0.001"), ("status", "out-of-reach")]);
        assert!(far.len() == 4 && f.number("speed-up", far[0]).is_none());
        // And where both begin below it.
        let before = find(&f, &[("budget", "100"), ("status", "out-of-reach")]);
        assert!(before.len() == 4 && f.number("speed-up", before[0]).is_none());
    }

    #[test]
    fn the_best_of_a_run_that_turns_up_is_not_its_end() {
        let f = rows_of(&format!("{PASSES}slow = {{ passes = 'up' }}\n"));
        let (end, best) = (find(&f, &[("budget", "end")])[0], find(&f, &[("budget", "best")])[0]);
        assert_eq!((f.number("loss", end), f.number("loss", best)), (Some(3.5), Some(2.5)));
        // At 3.5 it is between 1e6 and 2e6: 1e6 · 2^(ln(4/3.5)/ln(4/3)). 30 (t)^−0.15 = 3.5 at t = (30/3.5)^(1/0.15).
        let slow = 1e6 * 2f64.powf((4.0f64 / 3.5).ln() / (4.0f64 / 3.0).ln());
        let fast = (30.0f64 / 3.5).powf(1.0 / 0.15);
        assert!((f.number("slow", end).unwrap() / (6.0 * slow) - 1.0).abs() < 1e-12);
        assert!((f.number("speed-up", end).unwrap() - slow / fast).abs() < 1e-9 * slow / fast);
        // Only runs of one size meet.
        assert_eq!(f.len(), 2);
    }

    #[test]
    fn what_cannot_be_asked_is_said() {
        let bad = |text: &str| toml::from_str::<SpeedUpSpec>(text).unwrap().settings().unwrap_err();
        assert!(bad("resource = 'a b'\ntarget = 'loss'").contains("a b"));
        assert!(bad("resource = 'a'\ntarget = 'loss'\nlast = 0").contains("last"));
        assert!(bad("resource = 'a'\ntarget = 'loss'\nlosses = [-1.0]").contains("losses"));
        let f = rows_of("resource = 'steps'\ntarget = 'loss'\nrun = 'passes'\n");
        assert_eq!((f.len(), f.text("status", 0), f.text("parameter", 0)), (1, Some("no-such-column"), Some("steps")));
        // Without what they agree in, two sizes are one curve, and its tokens do not increase.
        let mixed = rows_of("resource = 'tokens'\ntarget = 'loss'\nrun = 'passes'\nfast = { passes = '1' }\nslow = { passes = '2' }\n");
        assert_eq!(find(&mixed, &[("status", "bad-setting")]).len(), 2);
        // Every run meets every other of its size, 6 and 12 pairs: none has a loss that can be compared.
        let negative = rows_of("resource = 'tokens'\ntarget = 'loss - 100'\nrun = 'passes'\nsame = 'size'\n");
        assert_eq!((negative.len(), find(&negative, &[("status", "bad-setting")]).len()), (36, 36));
    }
}
