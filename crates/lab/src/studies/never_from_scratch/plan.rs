//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::asked::Start;
use super::{Settings, fit, gather};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// A pretraining. It needs the trials that its rate is chosen by: as many for each rate.
    Pretraining(Settings),
    /// A training on labels. It needs its pretraining, or the same trials.
    Fit(Settings),
    /// Gaps between the runs that it needs.
    Relation(Settings),
    /// What is known of the data and of the layer.
    Statistics(Settings),
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        match own.start {
            Start::Relation => {
                let mut needs = Vec::new();
                for (mixer, start, few) in gather::members(own) {
                    let labels = if few { own.few } else { own.labels };
                    let one = Settings { mixer, start, labels, ..own.clone() };
                    needs.push(self.fit(arm, &format!("{mixer:?}-{start:?}-{labels}/"), seed, &one)?);
                }
                self.add(arm, "", seed, &Piece::Relation(own.clone()), needs)?
            }
            Start::Statistics => self.add(arm, "", seed, &Piece::Statistics(own.clone()), Vec::new())?,
            _ => self.fit(arm, "", seed, own)?,
        };
        Ok(())
    }

    /// A training on labels, with its rate chosen.
    fn fit(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<usize, StudyError> {
        // How few labels a relation asks for is no part of a run.
        let own = Settings { few: 0, ..own.clone() };
        let mut trials = Vec::new();
        for rate in own.rates.iter().filter(|_| own.rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let one = Settings { start: own.start.tuned_as(), labels: own.tuning_labels, rates: vec![*rate], ..own.clone() };
                trials.push(self.fit(arm, &format!("{prefix}rate={rate}/"), seed, &one)?);
            }
        }
        let needs = if own.start.pretrained() {
            vec![self.add(arm, &format!("{prefix}pretraining/"), seed, &Piece::Pretraining(own.clone()), trials)?]
        } else {
            trials
        };
        self.add(arm, prefix, seed, &Piece::Fit(own), needs)
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (flops, networks) = match piece {
            Piece::Pretraining(own) => (fit::pretraining_flops(own), true),
            Piece::Fit(own) => (fit::fit_flops(own), true),
            Piece::Relation(_) => (1e4, false),
            // Draws of lists and of pairs of pictures, and enumerations.
            Piece::Statistics(own) => ((1_000 * own.draws + 500_000 * (own.labels + own.test)) as f64 + 1e8, false),
        };
        let stage = Stage::of(arm, seed, piece, flops)?;
        let stage = if networks { stage.in_networks() } else { stage };
        Ok(self.stages.add(Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage }))
    }
}
