//! More is better (Simon, Karkada, Ghosh and Belkin, ICLR 2024, arXiv 2311.14646): random-feature ridge regression, by its eigenframework and by
//! trials.
//!
//! **What the paper claims.** With the ridge tuned, more features and more samples never hurt random-feature regression, so that infinitely many
//! features are best. On tasks with power-law eigenstructure the best ridge is so small that the training error is far below the test error:
//! overfitting is obligatory. Image data with convolutional neural tangent kernels are such tasks. All of it rests on an *eigenframework* that gives
//! test and training error from eigenvalues alone ([`eigenframework`], which has the formulas).
//!
//! **What is computed.** Each part of the setting `part` makes rows of one kind.
//!
//! | part | what it is |
//! |---|---|
//! | `theory` | the eigenframework at one size and ridge |
//! | `mean`, `trial` | our trials with Gaussian inputs, at the paper's own size (10,000 modes): their mean, or one of them (`simulation.rs`) |
//! | `theorem-one` | the least test error over ridges on a grid of n and k: it must never rise |
//! | `law` | the closed form for many samples (`law.rs`) against the eigenframework at a finite number |
//! | `theory-table`, `trial-table`, `against` | the authors' theory against ours, their trials against theory, our trials against theirs |
//! | `exponent` | the exponents α and β of image data by proxy: κ = 1/Tr K⁻¹ falls as n^−α, the ridgeless test error as n^−(β−1) |
//! | `fitting-ratio`, `near-optimum` | training error over test error at and near the best ridge, on image data, against the law |
//! | `eigenvalues`, `real-spectrum` | κ from measured eigenvalues against the authors' κ; the best ridge on these eigenvalues |
//!
//! `draw` (a trial with all sizes and ridges) and `pool` (their mean) are stages that the study itself asks for.
//!
//! **What is other than in the paper.** The test error of a trial is that of the whole population, which is known exactly for Gaussian inputs, in
//! place of 1,000 test points. Sizes are nested within a trial, and a smaller one is the beginning of a larger one. Everything is in f64, by one
//! eigendecomposition a size, in place of least squares in f32. Eigencoefficients of the image data were not released: `real-spectrum` takes the
//! power law of their exponents in their place.
//!
//! **Controls.** Noise on labels of image data: with enough of it the best training error is no longer small. Arms of one seed share inputs, noise
//! and features, so that sizes are compared in pairs.
//!
//! **Sources.** Setup of the trials, the grid of sizes and ridges, exponents by proxy and the errors of the eigenframework: the authors' code. One
//! root in place of two nested ones, the law and its threshold: derived here; tests hold them to the equations and to trials.

pub mod eigenframework;

mod authors;
mod csv;
mod exact;
mod images;
mod law;
mod rows;
mod search;
mod setup;
mod simulation;
mod table;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;

use crate::{Arm, Context, Outcome, Series, Stage, StageId, Status, Study, StudyError, settings};

pub use setup::{Exponent, Family, Images, Part, Settings, Sweep};

/// The study.
pub struct MoreIsBetter;

/// The dataset of the authors' numbers.
const DATASET: &str = "more_is_better";

fn wrong(what: String) -> StudyError {
    StudyError::Setting(format!("more-is-better: {what}"))
}

fn other(what: impl Display) -> StudyError {
    StudyError::Other(format!("more-is-better: {what}"))
}

/// What a part finds: some of the study's scalars by name, and its curve.
struct Found {
    numbers: Vec<(&'static str, f64)>,
    curve: Vec<(f64, f64)>,
}

/// Stages in the making: what several rows share is there once.
#[derive(Default)]
struct Making {
    stages: Vec<Stage>,
    known: BTreeMap<(String, u64), StageId>,
}

impl Making {
    /// The stage with these settings, which others need.
    fn shared(&mut self, arm: &Arm, seed: u64, settings: &Settings, needs: Vec<StageId>) -> Result<StageId, StudyError> {
        let text = toml::to_string(settings).map_err(other)?;
        if let Some(id) = self.known.get(&(text.clone(), seed)) {
            return Ok(*id);
        }
        let (id, kind) = (self.stages.len(), if settings.part == Part::Pool { "pool" } else { "draw" });
        let mut stage = Stage::of(arm, seed, settings, settings.flops())?;
        stage.id = format!("{kind}={}/seed={seed}", self.known.len());
        stage.needs = needs;
        self.stages.push(stage);
        self.known.insert((text, seed), id);
        Ok(id)
    }

    /// The mean over trials that a row needs, with its trials.
    fn pool(&mut self, arm: &Arm, seed: u64, settings: &Settings) -> Result<StageId, StudyError> {
        let trials = settings.trials as u64;
        let first = seed.saturating_mul(trials);
        let draws = first..first.saturating_add(trials);
        let draws: Vec<StageId> = draws.map(|trial| self.shared(arm, trial, &settings.draw(), Vec::new())).collect::<Result<_, _>>()?;
        self.shared(arm, seed, &settings.pool(), draws)
    }
}

impl Study for MoreIsBetter {
    const NAME: &'static str = "more-is-better";
    const TITLE: &'static str = "Random-feature ridge regression: its eigenframework, trials with 10,000 modes, and the authors' image data";
    const CITE: &'static str = "simon2024more";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "place";
    const SERIES: &'static [(&'static str, &'static str)] =
        &[("curve", "What the part draws: errors along ridges, sizes or fitting ratios, quantities along samples, or the quantiles of differences")];
    const SCALARS: &'static [(&'static str, &'static str)] = &[
        ("test-error", "Test error of trials, noise included"),
        ("test-se", "Its standard error over trials"),
        ("train-error", "Training error of trials"),
        ("train-se", "Its standard error over trials"),
        ("theory-test", "Test error by the eigenframework"),
        ("theory-train", "Training error by the eigenframework"),
        ("agreeing", "Share of all ridges, or points, where the test error is within three standard errors or 3 % of theory"),
        ("train-agreeing", "The same for the training error"),
        ("identity-error", "Relative distance of training error over test error from (δ/nκ)²"),
        ("best-ridge", "Ridge of the least test error by theory"),
        ("best-theory", "Least test error over ridges by theory"),
        ("best-ratio", "Fitting ratio (training error over test error) at the best ridge"),
        ("best-ratio-se", "Its standard error over trials"),
        ("largest-ratio", "The largest of it over trials"),
        ("law-ratio", "Fitting ratio at the best ridge by the law for many samples"),
        ("ratio-error", "Distance of the two"),
        ("near-ratio", "Largest fitting ratio with a test error within 1 % of the least, the largest over trials"),
        ("law-near", "The same by the law"),
        ("excess", "Test error over the least one, without a ridge or at the fitting ratio that is asked for"),
        ("law-excess", "The same by the law"),
        ("largest-rise", "Largest relative rise of the least test error with one more size; below 0 where it always falls"),
        ("rise-in-se", "The same in standard errors of the difference"),
        ("median-error", "Median relative difference"),
        ("upper-error", "95 % quantile of the relative difference"),
        ("largest-error", "Largest relative difference"),
        ("compared", "Points compared"),
        ("left-out", "Points left out"),
        ("failures", "Points left out that differ by more than a thousandth"),
        ("estimate", "Exponent by a straight line in logarithms"),
        ("low", "Lower end of its 95 % interval"),
        ("high", "Upper end"),
        ("departure", "Largest distance of a logarithm from that line"),
        ("scale-error", "Relative distance of the test error without a ridge from the law"),
        ("threshold", "Relative noise up to which no ridge is best, by the eigenframework"),
        ("law-threshold", "The same by the law"),
        ("threshold-error", "Distance of the two"),
        ("log-noise", "log2(1 + relative noise)"),
    ];
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut making = Making::default();
        for arm in arms {
            let own = settings::of_arm(settings, arm)?;
            own.check()?;
            for seed in seeds.clone() {
                let mut stage = Stage::of(arm, seed, &own, own.flops())?;
                match own.part {
                    Part::Draw | Part::Pool => {
                        return Err(wrong("the parts `draw` and `pool` are made by the study itself; ask for `trial` or `mean`".into()));
                    }
                    Part::Mean => stage.needs.push(making.pool(arm, seed, &own)?),
                    Part::Trial => stage.needs.push(making.shared(arm, seed, &own.draw(), Vec::new())?),
                    Part::Against => {
                        stage.needs.push(making.pool(arm, seed, &own)?);
                        stage = stage.reading(DATASET);
                    }
                    Part::Theory | Part::TheoremOne | Part::Law => {}
                    _ => stage = stage.reading(DATASET),
                }
                making.stages.push(stage);
            }
        }
        Ok(making.stages)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let settings: Settings = settings::parse(&stage.settings)?;
        settings.check()?;
        let watch = context.watch;
        let found = match settings.part {
            Part::Draw => return rows::draw(&settings, context),
            Part::Pool => return rows::pool(&settings, needs),
            Part::Theory => rows::theory(&settings)?,
            Part::Mean => rows::mean(&settings, needs)?,
            Part::Trial => rows::trial(&settings, needs)?,
            Part::TheoremOne => exact::theorem_one(&settings, watch)?,
            Part::Law => exact::law(&settings, watch)?,
            Part::TheoryTable => authors::theory_table(&settings, context)?,
            Part::TrialTable => authors::trial_table(&settings, context)?,
            Part::Against => authors::against(&settings, &rows::pooled(&settings, needs)?, context)?,
            Part::Exponent => images::exponent(&settings, context)?,
            Part::FittingRatio => images::fitting_ratio(&settings, context)?,
            Part::NearOptimum => images::near_optimum(&settings, context)?,
            Part::Eigenvalues => images::eigenvalues(&settings, context)?,
            Part::RealSpectrum => images::real_spectrum(&settings, context)?,
        };
        outcome(&found, None)
    }
}

/// The outcome of what was found. A number that is not finite is no number of a row: the stage has diverged, and says which it is.
fn outcome(found: &Found, weights: Option<Vec<u8>>) -> Result<Outcome, StudyError> {
    let known = |name: &str| MoreIsBetter::SCALARS.iter().any(|(scalar, _)| *scalar == name);
    if let Some((name, _)) = found.numbers.iter().find(|(name, _)| !known(name)) {
        return Err(other(format!("{name} is no scalar of the study; this is a bug")));
    }
    let good: Vec<(f64, f64)> = found.curve.iter().copied().take_while(|(x, y)| x.is_finite() && y.is_finite()).collect();
    let strange = found.numbers.iter().find(|(_, value)| !value.is_finite()).map(|(name, _)| *name);
    let strange = strange.or_else(|| (good.len() < found.curve.len()).then_some("curve"));
    let status = match strange {
        Some(name) => Status::Diverged(format!("{name} is not finite; take less noise, or sizes and ridges further from 0")),
        None => Status::Done,
    };
    let value = |name: &str| found.numbers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value).filter(|value| value.is_finite());
    let scalars = MoreIsBetter::SCALARS.iter().map(|(name, _)| ((*name).to_owned(), value(name))).collect();
    let (x, y): (Vec<f64>, Vec<f64>) = good.into_iter().unzip();
    let name = MoreIsBetter::SERIES.first().map_or("curve", |(name, _)| *name).to_owned();
    let series = if x.is_empty() { Vec::new() } else { vec![Series { name, x, y }] };
    Ok(Outcome { series, scalars, weights, status })
}
