//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::{Settings, World, data, network, tune};
use crate::blocks::{Stages, TUNING, spoken_digits};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// A pretraining. It needs those that its rate is chosen by: as many for each rate.
    Pretraining(Settings),
    /// The pretraining of a tuning seed at the rate that is chosen: it needs all that it is chosen by, and hands one of them on.
    Chosen(Settings),
    /// A fit to labels, by which rates are chosen. It needs its pretraining, if any.
    Trial(Settings),
    /// What an arm is worth. It needs its pretraining, if any, and then the trials that the rates of its fits are chosen by: as many for each rate.
    Fit(Settings),
}

impl Piece {
    fn own(&self) -> &Settings {
        let (Self::Pretraining(own) | Self::Chosen(own) | Self::Trial(own) | Self::Fit(own)) = self;
        own
    }

    /// Operations, about.
    fn flops(&self) -> f64 {
        let own = self.own();
        let each = (data::sizes(own).0 * data::asked(own)) as f64;
        let looked_at = |takes: usize| network::flops(own).0 * each * takes as f64;
        let all = looked_at(own.train + own.valid + own.test);
        let fits = 2.0 * (tune::flops(own) + looked_at(own.few + own.valid + own.test));
        let sounds = data::flops(own);
        match self {
            Self::Pretraining(_) => sounds + tune::pretraining_flops(own) + all,
            Self::Chosen(_) => 1e6,
            Self::Trial(_) => sounds + fits,
            Self::Fit(_) if !own.method.fitted() => sounds,
            Self::Fit(_) if !own.method.probed() => sounds + fits,
            Self::Fit(_) => sounds + all + fits,
        }
    }

    /// Whether it reads sounds.
    fn reads(&self) -> bool {
        self.own().world == World::Fsdd && !matches!(self, Self::Chosen(_))
    }
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let tuned = if own.method.pretrained() { self.tuned(arm, own)? } else { Vec::new() };
        let mut needs = Vec::new();
        if own.method.pretrained() {
            needs.push(self.add(arm, "pretraining/", seed, &Piece::Pretraining(own.clone()), tuned.clone())?);
        }
        if own.method.fitted() && own.fit_rates.len() > 1 {
            needs.extend(self.trials(arm, own, &tuned)?);
        }
        self.add(arm, "", seed, &Piece::Fit(own.clone()), needs)?;
        Ok(())
    }

    /// The pretrainings that a rate is chosen by.
    fn tuned(&mut self, arm: &Arm, own: &Settings) -> Result<Vec<usize>, StudyError> {
        let mut chosen_by = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let one = Settings { rates: vec![*rate], ..own.clone() };
                chosen_by.push(self.add(arm, &format!("rate={rate}/"), seed, &Piece::Pretraining(one), Vec::new())?);
            }
        }
        Ok(chosen_by)
    }

    /// The fits that rates of fits are chosen by.
    fn trials(&mut self, arm: &Arm, own: &Settings, tuned: &[usize]) -> Result<Vec<usize>, StudyError> {
        let mut chosen_by = Vec::new();
        for rate in &own.fit_rates {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let mut needs = Vec::new();
                if own.method.pretrained() {
                    let piece = if tuned.is_empty() { Piece::Pretraining(own.clone()) } else { Piece::Chosen(own.clone()) };
                    needs.push(self.add(arm, "chosen/", seed, &piece, tuned.to_vec())?);
                }
                let one = Settings { fit_rates: vec![*rate], ..own.clone() };
                chosen_by.push(self.add(arm, &format!("fit-rate={rate}/"), seed, &Piece::Trial(one), needs)?);
            }
        }
        Ok(chosen_by)
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let stage = Stage::of(arm, seed, piece, piece.flops())?.in_networks();
        let stage = Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage };
        Ok(self.stages.add(if piece.reads() { stage.reading(spoken_digits::DATASET) } else { stage }))
    }
}
