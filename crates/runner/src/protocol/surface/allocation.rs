//! `[[ask.surface.allocation]]`, view `isoflop`: the best size and data of a budget without a law, and how they grow.
//!
//! Rows are one budget when their FLOP agree to some digits. Rounding decides that alone, and names the group (the column
//! `budget`): what turns a size into tokens, and what the power laws are fitted to, is the FLOP of its rows as they are
//! (the column `flop`). Where rows of a group differ, it is their geometric mean, since the laws are lines in logarithms.

use std::collections::BTreeMap;

use curves::runs::{Expression, Filter, RunTable};
use evaluation::stat::quantile;
use fitters::iso_flop::{Minimum, Power, Profile, Values, minimum};
use fitters::{FitError, envelope};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::data::{Data, Trouble};
use super::rows::{FitRows, OK, RowKey, count, flag};
use super::spec::SurfaceSpec;

/// How the best size of a budget is found without a law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AllocateKind {
    /// A parabola through each IsoFLOP profile.
    Parabola,
    /// Akima's interpolation of each IsoFLOP profile.
    Akima,
    /// The lower envelope of all runs.
    Envelope,
}

/// The axis of an IsoFLOP profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Over {
    /// The input `params`.
    #[default]
    Params,
    /// The input `tokens`.
    Tokens,
}

/// What an IsoFLOP profile is drawn through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileOf {
    /// The losses of a budget.
    #[default]
    Loss,
    /// Their logarithms.
    LnLoss,
}

/// The best split of compute, without a law: an IsoFLOP profile per budget or the envelope of all, then power laws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Allocate {
    /// Its name: the `method` column.
    pub id: String,
    /// How.
    pub kind: AllocateKind,
    /// Expression of a row's FLOP. Default: 6 * params * tokens.
    #[serde(default = "six_nd")]
    pub compute: String,
    /// Rows whose FLOP are equal to so many digits are one budget; what enters the power laws is their exact FLOP. Default: 2.
    #[serde(default = "two")]
    pub digits: usize,
    /// `envelope`: bins of compute. Default: 1500.
    #[serde(default = "bins")]
    pub bins: usize,
    /// The axis of the profiles. Default: params.
    #[serde(default)]
    pub over: Over,
    /// `parabola`, `akima`: is the profile drawn through losses or their logarithms? The minima differ a little. Default: loss.
    #[serde(default)]
    pub profile_of: ProfileOf,
    /// Do only minima between the smallest and the largest size count? Default: true.
    #[serde(default = "yes")]
    pub interior: bool,
    /// Resamples behind intervals, rows within each budget drawn; the ask's when left out, 0 for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resamples: Option<usize>,
    /// Which of the ask's rows.
    #[serde(default)]
    pub rows: Filter,
}

fn six_nd() -> String {
    "6 * params * tokens".into()
}
fn two() -> usize {
    2
}
fn bins() -> usize {
    1500
}
fn yes() -> bool {
    true
}

impl Allocate {
    pub(super) fn check(&self) -> Result<(), String> {
        Expression::parse(&self.compute)?;
        self.rows.check()?;
        if self.bins == 0 || self.bins > 1_000_000 || self.digits == 0 || self.digits > 15 {
            return Err("`bins` is 1 to a million, `digits` 1 to 15".into());
        }
        if self.kind == AllocateKind::Envelope && self.profile_of != ProfileOf::Loss {
            return Err("`profile-of` is for a parabola or akima; an envelope draws no profile".into());
        }
        Ok(())
    }

    /// What is drawn through a profile; `None` for an envelope.
    pub(super) fn profile(&self) -> Option<Profile> {
        match self.kind {
            AllocateKind::Parabola => Some(Profile::Parabola),
            AllocateKind::Akima => Some(Profile::Akima),
            AllocateKind::Envelope => None,
        }
    }

    /// What it is drawn through.
    fn values(&self) -> Values {
        match self.profile_of {
            ProfileOf::Loss => Values::Loss,
            ProfileOf::LnLoss => Values::LnLoss,
        }
    }

    /// The word in the `law` column.
    pub(super) fn word(&self) -> &'static str {
        match self.kind {
            AllocateKind::Parabola => "parabola",
            AllocateKind::Akima => "akima",
            AllocateKind::Envelope => "envelope",
        }
    }
}

/// Rows that can be used, in numbers.
struct Points {
    compute: Vec<f64>,
    params: Vec<f64>,
    tokens: Vec<f64>,
    loss: Vec<f64>,
}

/// The best of one budget.
struct Best {
    flop: f64,
    params: f64,
    tokens: f64,
}

/// One allocation, group by group.
pub(super) fn run(asked: &SurfaceSpec, how: &Allocate, table: &RunTable, seed: &str, out: &mut FitRows<'_>) {
    let place = RowKey { method: &how.id, law: how.word(), ..RowKey::default() };
    let mut made = || -> Result<(), Trouble> {
        let data = Data::read(asked, &BTreeMap::new(), table)?;
        let rows = how.rows.kept(&data, &asked.rows.kept(&data, &(0..table.len()).collect::<Vec<_>>())?)?;
        let compute = data.column(&how.compute)?;
        let (params, tokens) = (data.column("params")?, data.column("tokens")?);
        for (group, rows) in data.groups(asked.group.as_deref(), &rows)? {
            let place = RowKey { group: &group, ..place.clone() };
            let usable = |r: &&usize| [compute[**r], params[**r], tokens[**r]].iter().all(|v| *v > 0.0 && v.is_finite()) && data.target[**r].is_finite();
            let rows: Vec<usize> = rows.iter().filter(usable).copied().collect();
            let pick = |column: &[f64]| rows.iter().map(|&r| column[r]).collect::<Vec<f64>>();
            let points = Points { compute: pick(&compute), params: pick(&params), tokens: pick(&tokens), loss: pick(&data.target) };
            let runs: Vec<usize> = rows.iter().map(|&r| data.run[r]).collect();
            match how.profile() {
                Some(profile) => profiles(asked, how, profile, &points, &[seed, &group], &place, out),
                None => lower(asked, how, &points, &runs, &[seed, &group], &place, out),
            }
        }
        Ok(())
    };
    if let Err(trouble) = made() {
        out.push("isoflop", "all", trouble.word, &place, &[("parameter", &trouble.what)], &[]);
    }
}

/// A number to so many significant digits.
fn rounded(value: f64, digits: usize) -> f64 {
    let places = digits - 1;
    format!("{value:.places$e}").parse().unwrap_or(value)
}

/// The rows of one budget.
struct Budget {
    /// Their FLOP to so many digits.
    name: String,
    /// Their FLOP.
    flop: f64,
    rows: Vec<usize>,
}

/// Rows by budget, the smallest first.
fn budgets(compute: &[f64], digits: usize) -> Vec<Budget> {
    // Positive numbers are in the order of their bits.
    let mut by_name: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (k, c) in compute.iter().enumerate() {
        by_name.entry(rounded(*c, digits).to_bits()).or_default().push(k);
    }
    let of = |(bits, rows): (u64, Vec<usize>)| {
        let first = compute[rows[0]];
        // A mean of equal numbers can differ from them in its last digits.
        let same = rows.iter().all(|&k| compute[k] == first);
        let flop = if same { first } else { (rows.iter().map(|&k| compute[k].ln()).sum::<f64>() / rows.len() as f64).exp() };
        Budget { name: format!("{:e}", f64::from_bits(bits)), flop, rows }
    };
    by_name.into_iter().map(of).collect()
}

fn profiles(asked: &SurfaceSpec, how: &Allocate, profile: Profile, points: &Points, seed: &[&str], place: &RowKey<'_>, out: &mut FitRows<'_>) {
    let budgets = budgets(&points.compute, how.digits);
    let best = |flop: f64, m: &Minimum| {
        let size = m.ln_x.exp();
        let other = flop / asked.flop_per / size;
        if how.over == Over::Params { Best { flop, params: size, tokens: other } } else { Best { flop, params: other, tokens: size } }
    };
    let of = |rows: &[usize], slack: f64| -> Result<Minimum, FitError> {
        let axis = if how.over == Over::Params { &points.params } else { &points.tokens };
        let (x, y): (Vec<f64>, Vec<f64>) = rows.iter().map(|&k| (axis[k].ln(), points.loss[k])).unzip();
        minimum(&x, &y, profile, how.values(), slack)
    };
    let mut found = Vec::new();
    for Budget { name, flop, rows } in &budgets {
        match of(rows, asked.slack) {
            Err(e) => out.push("isoflop", "each", e.word(), place, &[("budget", name)], &[("flop", Some(*flop)), ("n", count(rows.len()))]),
            Ok(m) => {
                let b = best(*flop, &m);
                let numbers = [
                    ("flop", Some(*flop)),
                    ("n", count(rows.len())),
                    ("size", Some(m.ln_x.exp())),
                    ("params", Some(b.params)),
                    ("tokens", Some(b.tokens)),
                    ("ratio", Some(b.tokens / b.params)),
                    ("loss", Some(m.loss)),
                    ("near-low", Some(m.near.0.exp())),
                    ("near-high", Some(m.near.1.exp())),
                    ("interior", flag(m.interior)),
                ];
                out.push("isoflop", "each", OK, place, &[("budget", name)], &numbers);
                if m.interior || !how.interior {
                    found.push(b);
                }
            }
        }
    }
    let draw = |k: usize| -> Vec<Best> {
        let mut rng = Pcg64::seed_from_u64(fitters::seed::of(&[&seed.join(" "), "profiles", &k.to_string()]));
        let drawn = budgets.iter().filter_map(|Budget { flop, rows, .. }| {
            let rows: Vec<usize> = rows.iter().map(|_| rows[rng.random_range(0..rows.len())]).collect();
            let m = of(&rows, 0.0).ok().filter(|m| m.interior || !how.interior)?;
            Some(best(*flop, &m))
        });
        drawn.collect()
    };
    powers(asked, how, &found, &draw, place, out);
}

fn lower(asked: &SurfaceSpec, how: &Allocate, points: &Points, runs: &[usize], seed: &[&str], place: &RowKey<'_>, out: &mut FitRows<'_>) {
    let of = |rows: &[usize]| -> Result<Vec<usize>, FitError> {
        let (c, l): (Vec<f64>, Vec<f64>) = rows.iter().map(|&k| (points.compute[k], points.loss[k])).unzip();
        Ok(envelope::lower(&c, &l, how.bins)?.into_iter().map(|k| rows[k]).collect())
    };
    let best = |k: usize| Best { flop: points.compute[k], params: points.params[k], tokens: points.tokens[k] };
    let all: Vec<usize> = (0..points.loss.len()).collect();
    let edge = match of(&all) {
        Ok(edge) => edge,
        Err(e) => return out.push("isoflop", "all", e.word(), place, &[], &[]),
    };
    for &k in &edge {
        let b = best(k);
        let numbers = [
            ("flop", Some(b.flop)),
            ("params", Some(b.params)),
            ("tokens", Some(b.tokens)),
            ("ratio", Some(b.tokens / b.params)),
            ("loss", Some(points.loss[k])),
        ];
        out.push("isoflop", "each", OK, place, &[("budget", &format!("{:.3e}", b.flop))], &numbers);
    }
    let mut by_run: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (k, run) in runs.iter().enumerate() {
        by_run.entry(*run).or_default().push(k);
    }
    let members: Vec<&Vec<usize>> = by_run.values().collect();
    let draw = |k: usize| -> Vec<Best> {
        let mut rng = Pcg64::seed_from_u64(fitters::seed::of(&[&seed.join(" "), "envelope", &k.to_string()]));
        let rows: Vec<usize> = members.iter().flat_map(|_| members[rng.random_range(0..members.len())].iter().copied()).collect();
        of(&rows).unwrap_or_default().into_iter().map(best).collect()
    };
    let found: Vec<Best> = edge.into_iter().map(best).collect();
    powers(asked, how, &found, &draw, place, out);
}

/// One number of a minimum.
type Reads = fn(&Best) -> f64;

/// Power laws of the best sizes in compute, with intervals from resamples.
fn powers(asked: &SurfaceSpec, how: &Allocate, found: &[Best], draw: &dyn Fn(usize) -> Vec<Best>, place: &RowKey<'_>, out: &mut FitRows<'_>) {
    let fit = |best: &[Best], of: fn(&Best) -> f64| Power::fit(&best.iter().map(|b| b.flop).collect::<Vec<_>>(), &best.iter().map(of).collect::<Vec<_>>(), &[]);
    let draws: Vec<Vec<Best>> = (0..how.resamples.unwrap_or(asked.resamples)).map(draw).collect();
    let columns: [(&str, Reads); 3] = [("params", |b| b.params), ("tokens", |b| b.tokens), ("ratio", |b| b.tokens / b.params)];
    for (name, of) in columns {
        match fit(found, of) {
            Err(e) => out.push("isoflop", "all", e.word(), place, &[("parameter", name)], &[("n", count(found.len()))]),
            Ok(power) => {
                let exponents: Vec<f64> = draws.iter().filter_map(|d| fit(d, of).ok()).map(|p| p.exponent).filter(|e| e.is_finite()).collect();
                // An interval from few of the resamples would be one of the easy ones.
                let enough = !draws.is_empty() && 2 * exponents.len() >= draws.len();
                let end = |p: f64| if enough { quantile(&exponents, p) } else { None };
                let numbers = [
                    ("exponent", Some(power.exponent)),
                    ("exponent-low", end(0.5 * (1.0 - asked.confidence))),
                    ("exponent-high", end(0.5 * (1.0 + asked.confidence))),
                    ("se", Some(power.se)),
                    ("coefficient", Some(power.coefficient)),
                    ("n", count(found.len())),
                    ("resamples", count(exponents.len())),
                ];
                out.push("isoflop", "all", OK, place, &[("parameter", name)], &numbers);
            }
        }
    }
}
