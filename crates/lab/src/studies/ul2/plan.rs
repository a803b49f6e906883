//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::world::CLASSES;
use super::{Budget, Method, Settings, World, exam, fit, genre, objective};
use crate::blocks::{Stages, TUNING, genres};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// A pretraining. It needs those that its rate is chosen by: as many for each rate.
    Pretraining(Settings),
    /// The pretraining of a tuning seed at the rate that is chosen: it needs all that it is chosen by, and hands one of them on.
    Chosen(Settings),
    /// A fit to labels, by which a rate is chosen. It needs its pretraining, if any.
    Trial(Settings),
    /// What a model is worth. It needs its pretraining, if any, and then the trials that the rate of its fit is chosen by: as many for each rate.
    Fit(Settings),
    /// An arm: it needs its fit, and those of R, S and X.
    Arm(Settings),
}

impl Piece {
    fn own(&self) -> &Settings {
        let (Self::Pretraining(own) | Self::Chosen(own) | Self::Trial(own) | Self::Fit(own) | Self::Arm(own)) = self;
        own
    }

    /// Operations, about.
    fn flops(&self) -> f64 {
        let own = self.own();
        let looked_at = |texts: usize| if own.world.exact() { 0.0 } else { genre::flops(own, texts) };
        match self {
            Self::Pretraining(_) => objective::flops(own, objective::steps(own)) + objective::cost(own).1 * own.valid as f64,
            Self::Trial(_) => fit::flops(own) + looked_at(CLASSES * own.few + 2 * own.texts),
            Self::Fit(_) => {
                let fitted = if own.world.exact() { 0.0 } else { fit::flops(own) };
                exam::flops(own) + fitted + 2.0 * looked_at(CLASSES * own.few + 2 * own.texts)
            }
            Self::Chosen(_) | Self::Arm(_) => 1e6,
        }
    }

    /// Whether it reads text.
    fn reads(&self) -> bool {
        self.own().world == World::English && !matches!(self, Self::Chosen(_) | Self::Arm(_))
    }
}

/// What an arm is held against: a kind of denoisers alone, by its name.
fn rivals(own: &Settings) -> Vec<(&'static str, Settings)> {
    if own.world == World::Null {
        return Vec::new();
    }
    let alone = |(name, method): (&'static str, Method)| (name, Settings { method, budget: Budget::Tokens, ..own.clone() });
    [("r/", Method::R), ("s/", Method::S), ("x/", Method::X)].into_iter().map(alone).collect()
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let mut needs = vec![self.fit(arm, "", seed, own)?];
        for (prefix, rival) in rivals(own) {
            needs.push(self.fit(arm, prefix, seed, &rival)?);
        }
        self.add(arm, "", seed, &Piece::Arm(own.clone()), needs)?;
        Ok(())
    }

    /// A model, and all that comes before it.
    fn fit(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<usize, StudyError> {
        // The mixture is what operations are equal to, so that both budgets are one; and without a pretraining there is no budget.
        let free = own.method == Method::Ul2 || own.method.asks().is_empty();
        let own = &Settings { budget: if free { Budget::Tokens } else { own.budget }, ..own.clone() };
        let pretrained = !own.method.asks().is_empty();
        let tuned = if pretrained { self.tuned(arm, prefix, own)? } else { Vec::new() };
        let mut needs = Vec::new();
        if pretrained {
            needs.push(self.add(arm, &format!("{prefix}pretraining/"), seed, &Piece::Pretraining(own.clone()), tuned.clone())?);
        }
        if !own.world.exact() && own.fit_rates.len() > 1 {
            needs.extend(self.trials(arm, prefix, own, &tuned)?);
        }
        self.add(arm, &format!("{prefix}fit/"), seed, &Piece::Fit(own.clone()), needs)
    }

    /// The pretrainings that a rate is chosen by. They are at equal tokens always: the few steps more or less of the other budget change no rate.
    fn tuned(&mut self, arm: &Arm, prefix: &str, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let one = Settings { rates: vec![*rate], budget: Budget::Tokens, ..own.clone() };
                chosen_by.push(self.add(arm, &format!("{prefix}rate={rate}/"), seed, &Piece::Pretraining(one), Vec::new())?);
            }
        }
        Ok(chosen_by)
    }

    /// The fits that a rate of the fit is chosen by.
    fn trials(&mut self, arm: &Arm, prefix: &str, own: &Settings, tuned: &[usize]) -> Result<Vec<usize>, StudyError> {
        let equal = Settings { budget: Budget::Tokens, ..own.clone() };
        let mut chosen_by = Vec::new();
        for rate in &own.fit_rates {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let mut needs = Vec::new();
                if !own.method.asks().is_empty() {
                    let piece = if tuned.is_empty() { Piece::Pretraining(equal.clone()) } else { Piece::Chosen(equal.clone()) };
                    needs.push(self.add(arm, &format!("{prefix}chosen/"), seed, &piece, tuned.to_vec())?);
                }
                let one = Settings { fit_rates: vec![*rate], ..equal.clone() };
                chosen_by.push(self.add(arm, &format!("{prefix}fit-rate={rate}/"), seed, &Piece::Trial(one), needs)?);
            }
        }
        Ok(chosen_by)
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let stage = Stage::of(arm, seed, piece, piece.flops())?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(if piece.reads() { genres::DATASETS.into_iter().fold(stage, Stage::reading) } else { stage }))
    }
}
