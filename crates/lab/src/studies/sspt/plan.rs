//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::frames::Ask;
use super::{Method, Ranking, Scaling, Settings, World, measure, network};
use crate::blocks::{Stages, TUNING, quotes};
use crate::{Arm, Stage, StudyError};

/// What a network is pretrained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Objective {
    Code,
    Sector,
    Mean,
    Masked,
    All,
    Shuffled,
    Accumulated,
}

impl Objective {
    /// Whether some of the numbers are hidden.
    pub(super) fn hides(self) -> bool {
        matches!(self, Self::Mean | Self::Masked | Self::All)
    }
}

/// A pretraining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Pretraining {
    pub(super) world: World,
    pub(super) objective: Objective,
    pub(super) scaling: Scaling,
    pub(super) stocks: usize,
    pub(super) sectors: usize,
    pub(super) days: usize,
    pub(super) strength: f64,
    pub(super) train: usize,
    pub(super) valid: usize,
    pub(super) window: usize,
    pub(super) width: usize,
    pub(super) heads: usize,
    pub(super) layers: usize,
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rate: f64,
}

impl Pretraining {
    fn of(own: &Settings, objective: Objective) -> Self {
        Self {
            world: own.world,
            objective,
            scaling: own.scaling,
            stocks: own.stocks,
            sectors: own.sectors,
            days: own.days,
            strength: own.strength,
            train: own.train,
            valid: own.valid,
            window: own.window,
            width: own.width,
            heads: own.heads,
            layers: own.layers,
            steps: own.pretraining_steps,
            batch: own.pretraining_batch,
            rate: own.pretraining_rate,
        }
    }

    pub(super) fn ask(&self) -> Ask {
        let Self { world, scaling, stocks, sectors, days, strength, train, valid, window, .. } = *self;
        Ask { world, scaling, stocks, sectors, days, strength, train, valid, window }
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Pretraining(Pretraining),
    /// It needs its pretraining, if any, and then the fits that its candidate is chosen by: as many for each.
    Fit(Settings),
    /// It needs its fit, and then those that it is held against.
    Arm(Settings),
}

impl Method {
    /// What it is pretrained on, if anything.
    pub(super) fn objective(self) -> Option<Objective> {
        match self {
            Self::Scc | Self::SccFrozen => Some(Objective::Code),
            Self::Ssc | Self::SscFrozen => Some(Objective::Sector),
            Self::Map => Some(Objective::Mean),
            Self::Masked => Some(Objective::Masked),
            Self::All => Some(Objective::All),
            Self::Shuffled => Some(Objective::Shuffled),
            Self::Accumulated => Some(Objective::Accumulated),
            Self::Scratch | Self::Longer | Self::Oracle | Self::Momentum | Self::Room => None,
        }
    }

    /// Whether a network is trained.
    pub(super) fn learns(self) -> bool {
        !matches!(self, Self::Oracle | Self::Momentum | Self::Room)
    }

    /// Whether the front end stays as pretraining left it.
    pub(super) fn frozen(self) -> bool {
        matches!(self, Self::SccFrozen | Self::SscFrozen)
    }
}

/// Whom an arm is held against, with the name of the difference: a pretrained one against no pretraining, and in made markets one that has learned
/// codes or sectors against pretraining that says nothing of who a stock is.
pub(super) fn rivals(own: &Settings) -> Vec<(&'static str, Method)> {
    let mut all = Vec::new();
    if own.method.objective().is_some() {
        all.push(("gain", Method::Longer));
    }
    if own.world != World::Stocknet && matches!(own.method, Method::Scc | Method::Ssc) {
        all.extend([("over-shuffled", Method::Shuffled), ("over-map", Method::Map)]);
    }
    all
}

/// A learning rate, and the weight of the rank loss.
pub(super) type Candidate = (f64, f64);

/// What there is to choose from.
pub(super) fn candidates(own: &Settings) -> Vec<Candidate> {
    let weights = match own.ranking {
        Ranking::Chosen => vec![0.0, own.weight],
        Ranking::None => vec![0.0],
        Ranking::Mended | Ranking::Released => vec![own.weight],
    };
    own.rates.iter().flat_map(|rate| weights.iter().map(move |weight| (*rate, *weight))).collect()
}

/// Steps after pretraining, and of `longer` as many more as pass the windows of pretraining.
pub(super) fn steps(own: &Settings) -> usize {
    let longer = if own.method == Method::Longer { (own.pretraining_steps * own.pretraining_batch).div_ceil(own.shape().0.max(1)) } else { 0 };
    own.steps + longer
}

/// Floating-point operations of so many windows that are passed forward.
fn passed(own: &Settings, windows: f64) -> f64 {
    let size = network::size(own.window, own.width, own.heads, own.layers);
    2.0 * windows * (size.multiplications() + own.width as f64)
}

/// Floating-point operations of a rule without a network, about.
const RULE: f64 = 1e8;

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let mut needs = vec![self.chosen(arm, "fit/", seed, own)?];
        for (name, method) in rivals(own) {
            needs.push(self.chosen(arm, &format!("{name}/fit/"), seed, &Settings { method, ..own.clone() })?);
        }
        self.add(arm, "", seed, &Piece::Arm(own.clone()), needs, 1e6)?;
        Ok(())
    }

    /// A fit, and those that its candidate is chosen by.
    fn chosen(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<usize, StudyError> {
        let candidates = candidates(own);
        let mut chosen_by = Vec::new();
        if own.method.learns() && candidates.len() > 1 {
            for (rate, weight) in candidates {
                let ranking = match own.ranking {
                    Ranking::Chosen if weight > 0.0 => Ranking::Mended,
                    Ranking::Chosen => Ranking::None,
                    known => known,
                };
                for seed in TUNING..TUNING + own.tuning_seeds {
                    let one = Settings { rates: vec![rate], ranking, ..own.clone() };
                    chosen_by.push(self.fit(arm, &format!("{prefix}rate={rate},weight={weight}/"), seed, &one, &[])?);
                }
            }
        }
        self.fit(arm, prefix, seed, own, &chosen_by)
    }

    /// A fit, and the pretraining before it.
    fn fit(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, chosen_by: &[usize]) -> Result<usize, StudyError> {
        let (stocks, _, days) = own.shape();
        let mut needs = Vec::new();
        if let Some(objective) = own.method.objective() {
            let flops = passed(own, 3.0 * (own.pretraining_steps * own.pretraining_batch) as f64);
            let piece = Piece::Pretraining(Pretraining::of(own, objective));
            needs.push(self.add(arm, &format!("{prefix}pretraining/"), seed, &piece, Vec::new(), flops)?);
        }
        needs.extend(chosen_by);
        let flops = if own.method.learns() {
            let looked_at = (days - own.train) as f64 + (measure::LOOKS + 2) as f64 * (days - own.train - own.valid) as f64 / measure::APART as f64;
            passed(own, stocks as f64 * (3.0 * steps(own) as f64 + looked_at))
        } else {
            RULE
        };
        self.add(arm, prefix, seed, &Piece::Fit(own.clone()), needs, flops)
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let real = match piece {
            Piece::Pretraining(own) => own.world == World::Stocknet,
            Piece::Fit(own) => own.world == World::Stocknet,
            Piece::Arm(_) => false,
        };
        let stage = Stage::of(arm, seed, piece, flops)?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(if real { stage.reading(quotes::DATASET) } else { stage }))
    }
}
