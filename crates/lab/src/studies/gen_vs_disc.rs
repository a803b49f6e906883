//! Naive Bayes against logistic regression (Zheng et al., ICML 2023, arXiv 2302.02334): how many examples each needs, by the number of features.
//!
//! **What the paper claims.** Naive Bayes comes near its asymptotic error with O(log n) examples and logistic regression with O(n), where n is the
//! number of features; and there are two regimes: the generative classifier is better first, the discriminative one later, with the lower asymptote
//! where naive Bayes is mis-specified.
//!
//! **What is computed.** The mixtures of Gaussians of the authors' code: K equally likely classes whose mean is −1, 1, 2, 4, 8, 16, 32 in every
//! feature, and one covariance for all of them, which is diagonal with the variance n in the first half of the features and 1 in the others.
//! Naive Bayes has class means, one variance per feature for all classes (that within classes, plus 1e-9) and the shares of the classes; logistic
//! regression minimises `½ Σ ‖w_k‖² + Σ loss`, the objective of scikit-learn with C = 1: multinomial for more than two classes, with one weight
//! vector for two, the intercepts without penalty. Both rules are linear with Gaussian scores, so that the error of a trained rule is computed and
//! not counted: by the normal distribution function for two classes, by Genz's quadrature of a normal integral of K − 1 dimensions for more.
//!
//! - A stage with `samples = 0` looks for the first number of examples at which a rule errs less than `excess` above the best one. Naive Bayes: as in
//!   the authors' code, a fresh training set at 2K examples and then every ⌈ln n⌉, the mean over `repeats`. Logistic regression: on the beginnings of
//!   one sequence of examples, a factor of √2 apart, then the last step halved (in the logarithm) down to 2 %.
//! - With `samples = m` both are trained on the same m examples.
//! - With `dim = 0` a stage fits a straight line to the logarithm of these numbers against that of each of `dims`: the slopes of one seed.
//!
//! **Controls.** `covariance = "correlated"` is the authors' harder one, which their script does not draw by default: the off-diagonal of AᵀA for a
//! uniform A in [−1, 1], and the diagonal as before. It is not positive semi-definite, and NumPy draws from its absolute value V|Λ|Vᵀ; so does this
//! study, with an A for each seed. The error of the best rule and that of naive Bayes with infinitely many examples are scalars, in closed form.
//!
//! **Real curves.** `data = "lcdb"` reads learning curves of LCDB 1.1 (Yan, Mohr and Viering, 2025), a naive Bayes of scikit-learn beside logistic
//! regression: seed k is the k-th data set that has curves of both, by its OpenML number. A learner is there when it errs at most `excess` above
//! its own last error. One shared stage reads the file.
//!
//! **Sources.** Sizes, means, covariances, classifiers and grid: the authors' code. Error formulas are standard; the preconditioner of the solver is
//! ours. The tests hold the quadrature to closed forms, the rules to a minimum and to a count over drawn examples.

mod exact;
mod lbfgs;
mod lcdb;
mod logistic;
mod mixture;
mod naive;
mod search;

#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{Arm, Context, Outcome, Series, Stage, Status, Study, StudyError, settings};

use mixture::MOST_CLASSES;

/// The study.
pub struct GenVsDisc;

/// Where examples come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Data {
    /// A mixture of Gaussians, drawn here.
    Mixture,
    /// The curves of LCDB 1.1, a data set for each seed.
    Lcdb,
}

/// The covariance that all classes share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Covariance {
    /// Independent features: naive Bayes is well specified.
    Diagonal,
    /// Correlated ones: it is not.
    Correlated,
}

/// Which naive Bayes of LCDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Naive {
    /// Gaussian features.
    Gaussian,
    /// Binary features.
    Bernoulli,
    /// Counts.
    Multinomial,
    /// Counts, by the complement of each class.
    Complement,
}

/// Its settings; the defaults are the smallest mixture of the authors' simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Where examples come from.
    pub data: Data,
    /// Classes K, 2 to 7.
    pub classes: usize,
    /// Features n, at least 2; 0 for the slopes over `dims`.
    pub dim: usize,
    /// Numbers of features, at least two, rising; read where `dim` is 0.
    pub dims: Vec<usize>,
    /// The covariance.
    pub covariance: Covariance,
    /// Train on so many examples, at least two for each class; 0 to look for the first number that is enough.
    pub samples: usize,
    /// Training sets of naive Bayes at each size, of which the first sizes are averaged; at least 1.
    pub repeats: usize,
    /// How far above the best error is near enough, between 0 and a half.
    pub excess: f64,
    /// The naive Bayes of LCDB.
    pub naive: Naive,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            data: Data::Mixture,
            classes: 2,
            dim: 100,
            dims: vec![100, 200, 400, 1_000],
            covariance: Covariance::Diagonal,
            samples: 0,
            repeats: 20,
            excess: 0.01,
            naive: Naive::Gaussian,
        }
    }
}

/// A training set has at most so many numbers: 256 MB.
const MOST_NUMBERS: usize = 32_000_000;
/// Drawing a correlated example takes the square of its features.
const MOST_CORRELATED: usize = 500;
/// More repeats are a slip of a key.
const MOST_REPEATS: usize = 10_000;

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("gen-vs-disc: {what}")));
        let sensible = self.excess > 0.0 && self.excess < 0.5;
        if !sensible {
            return wrong(format!("excess is {}; it must be between 0 and a half", self.excess));
        }
        if self.data == Data::Lcdb {
            return Ok(());
        }
        if !(2..=MOST_CLASSES).contains(&self.classes) {
            return wrong(format!("classes is {}; it must be 2 to {MOST_CLASSES}", self.classes));
        }
        if !(1..=MOST_REPEATS).contains(&self.repeats) {
            return wrong(format!("repeats is {}; it must be 1 to {MOST_REPEATS}", self.repeats));
        }
        let dims = if self.dim > 0 { std::slice::from_ref(&self.dim) } else { self.dims.as_slice() };
        if self.dim == 0 && (dims.len() < 2 || dims.windows(2).any(|pair| pair[0] >= pair[1]) || self.samples > 0) {
            return wrong("dim is 0: the slopes need two or more rising numbers in dims, and samples = 0".to_owned());
        }
        let most = if self.covariance == Covariance::Correlated { MOST_CORRELATED } else { MOST_NUMBERS / 1_000 };
        if let Some(dim) = dims.iter().find(|dim| !(2..=most).contains(*dim)) {
            return wrong(format!("{dim} features; with this covariance it must be 2 to {most}"));
        }
        let (least, most) = (2 * self.classes, MOST_NUMBERS / self.dim.max(1));
        if self.samples > 0 && !(least..=most).contains(&self.samples) {
            let (samples, classes, dim) = (self.samples, self.classes, self.dim);
            return wrong(format!("samples is {samples}; with {classes} classes and {dim} features it must be {least} to {most}, or 0"));
        }
        Ok(())
    }

    /// Operations, about: evaluations of logistic regression, each twice all numbers, at the first size that is enough.
    fn flops(&self) -> f64 {
        let n = self.dim as f64;
        let (evaluations, needed) = match self.classes {
            2 => (80.0, 1.0),
            3 => (110.0, 3.0),
            4 | 5 => (250.0, 6.0),
            _ => (400.0, 9.0),
        };
        let blocks = if self.classes == 2 { 1.0 } else { self.classes as f64 };
        // The ladder to the first size costs three and a half times its last step, and four halvings follow.
        let (m, fits) = if self.samples > 0 { (self.samples as f64, 1.0) } else { (needed * n, 7.5) };
        let drawn = if self.covariance == Covariance::Correlated { 2.0 * m * n * n + 30.0 * n * n * n } else { 300.0 * m * n };
        // A core does some five operations of this kind in a nanosecond, more than twice the runner's estimate.
        0.4 * (4.0 * m * n * blocks * evaluations * fits) + drawn + 1e7
    }
}

/// The dataset of real curves.
const LCDB: &str = "lcdb11";

impl Study for GenVsDisc {
    const NAME: &'static str = "gen-vs-disc";
    const TITLE: &'static str = "Naive Bayes against logistic regression: examples that each needs, by the number of features, with exact errors";
    const CITE: &'static str = "zheng2023revisiting";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "example";
    const SERIES: &'static [(&'static str, &'static str)] = &[("nb-error", "Error of naive Bayes"), ("lr-error", "Error of logistic regression")];
    const SCALARS: &'static [(&'static str, &'static str)] = &[
        ("nb-first", "Examples at which naive Bayes is first near enough"),
        ("lr-first", "Examples at which logistic regression is first near enough"),
        ("log-speed-up", "Logarithm of the ratio of the second number to the first"),
        ("nb-slope", "Slope of the logarithm of the first number in that of the features"),
        ("lr-slope", "The same of the second number"),
        ("nb-start", "Error of naive Bayes at the first point of its curve"),
        ("lr-start", "Error of logistic regression there"),
        ("nb-end", "Error of naive Bayes at the last point of its curve"),
        ("lr-end", "Error of logistic regression there"),
        ("gap-end", "Error of logistic regression less that of naive Bayes, there"),
        ("crossing", "Examples from which on logistic regression is the better one, where naive Bayes was at first"),
        ("two-regimes", "1 where naive Bayes is better first and logistic regression later, 0 the other way round, by the excess on both sides"),
        ("bayes-error", "Error of the best rule"),
        ("nb-limit", "Error of naive Bayes with infinitely many examples"),
        ("unsettled", "Fits of logistic regression that ended before their slopes were small"),
    ];
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut stages: Vec<Stage> = Vec::new();
        let mut table: Option<usize> = None;
        for arm in arms {
            let mut own: Settings = settings::of_arm(settings, arm)?;
            own.check()?;
            if own.data == Data::Lcdb {
                // What the data sets of all arms are read from is one stage.
                let file = match table {
                    Some(file) => file,
                    None => {
                        let shared = Arm { name: "lcdb-file".to_owned(), with: toml::Table::new() };
                        let plain = Settings { data: Data::Lcdb, ..Settings::default() };
                        stages.push(Stage::of(&shared, 0, &plain, 1e9)?.reading(LCDB));
                        stages.len() - 1
                    }
                };
                table = Some(file);
                for seed in seeds.clone() {
                    let mut stage = Stage::of(arm, seed, &own, 2e7)?;
                    stage.needs.push(file);
                    stages.push(stage);
                }
                continue;
            }
            if own.dim > 0 {
                // It is not read then, and an arm of `dim` is the same stage as one below a slope.
                own.dims.clear();
            }
            for seed in seeds.clone() {
                if own.dim > 0 {
                    stages.push(Stage::of(arm, seed, &own, own.flops())?);
                    continue;
                }
                let mut slope = Stage::of(arm, seed, &own, 1e4)?;
                for dim in &own.dims {
                    let one = Settings { dim: *dim, dims: Vec::new(), ..own.clone() };
                    let mut stage = Stage::of(arm, seed, &one, one.flops())?;
                    stage.id = format!("{}/dim={dim}", stage.id);
                    slope.needs.push(stages.len());
                    stages.push(stage);
                }
                stages.push(slope);
            }
        }
        Ok(stages)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let settings: Settings = settings::parse(&stage.settings)?;
        settings.check()?;
        match (settings.data, needs.first()) {
            (Data::Lcdb, None) => lcdb::file(context),
            (Data::Lcdb, Some(file)) => lcdb::data_set(&settings, file, stage.seed),
            (Data::Mixture, _) if settings.dim == 0 => slopes(&settings.dims, needs),
            (Data::Mixture, _) => search::run(&settings, context),
        }
    }
}

/// An outcome with these numbers, and `None` for every other one.
fn outcome(series: Vec<Series>, numbers: &[(&str, Option<f64>)]) -> Outcome {
    let number = |name: &str| numbers.iter().find(|(known, _)| *known == name).and_then(|(_, value)| *value);
    let scalars = GenVsDisc::SCALARS.iter().map(|(name, _)| ((*name).to_owned(), number(name))).collect();
    Outcome { series, scalars, weights: None, status: Status::Done }
}

/// Both curves, in the order of the study's `SERIES`.
fn both(x: &[f64], naive: &[f64], logistic: &[f64]) -> Vec<Series> {
    let pairs = GenVsDisc::SERIES.iter().zip([naive, logistic]);
    pairs.map(|((name, _), y)| Series { name: (*name).to_owned(), x: x.to_vec(), y: y.to_vec() }).collect()
}

/// What two curves over the same examples say of each other: ends, crossing, regimes.
fn regimes(x: &[f64], naive: &[f64], logistic: &[f64], excess: f64) -> Vec<(&'static str, Option<f64>)> {
    let gap: Vec<f64> = naive.iter().zip(logistic).map(|(naive, logistic)| logistic - naive).collect();
    let ends = gap.first().zip(gap.last());
    let turns = |first: f64, last: f64| first >= excess && last <= -excess;
    let two = ends.and_then(|(first, last)| if turns(*first, *last) { Some(1.0) } else { turns(-first, -last).then_some(0.0) });
    let changes = ends.is_some_and(|(first, last)| *first > 0.0 && *last < 0.0);
    // After the last point at which logistic regression is not the better one.
    let after = gap.iter().rposition(|gap| *gap >= 0.0).map(|k| k + 1);
    let crossing = after.filter(|_| changes).and_then(|k| x.get(k).copied());
    vec![
        ("nb-start", naive.first().copied()),
        ("lr-start", logistic.first().copied()),
        ("nb-end", naive.last().copied()),
        ("lr-end", logistic.last().copied()),
        ("gap-end", gap.last().copied()),
        ("crossing", crossing),
        ("two-regimes", two),
    ]
}

/// ln(second/first), of two positive numbers.
fn log_ratio(first: Option<f64>, second: Option<f64>) -> Option<f64> {
    first.zip(second).filter(|(first, second)| *first > 0.0 && *second > 0.0).map(|(first, second)| (second / first).ln())
}

/// The slopes of one seed, from the stages of all numbers of features. Its curves are those of the largest one.
fn slopes(dims: &[usize], needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let Some(last) = needs.last().filter(|_| needs.len() == dims.len()) else {
        return Err(StudyError::Other(format!("gen-vs-disc: {} outcomes for {} numbers of features", needs.len(), dims.len())));
    };
    let of = |name: &str| {
        let pairs = dims.iter().zip(needs).map(|(dim, outcome)| Some(((*dim as f64).ln(), outcome.scalar(name).filter(|m| *m > 0.0)?.ln())));
        slope(&pairs.collect::<Option<Vec<_>>>()?)
    };
    let unsettled = needs.iter().map(|outcome| outcome.scalar("unsettled")).sum::<Option<f64>>();
    Ok(outcome(last.series.clone(), &[("nb-slope", of("nb-first")), ("lr-slope", of("lr-first")), ("unsettled", unsettled)]))
}

/// The slope of the least-squares line.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    let (x, y) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let squares: f64 = points.iter().map(|p| (p.0 - x) * (p.0 - x)).sum();
    let products: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    (squares > 0.0).then(|| products / squares)
}

/// Σ a b, in eight sums that the compiler can keep in vector registers; the order is fixed.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        for k in 0..8 {
            sums[k] += a[k] * b[k];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// y += s x.
fn add_scaled(y: &mut [f64], s: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += s * x;
    }
}
