//! Which stages an arm is made of.

use serde::{Deserialize, Serialize};

use super::{Method, Settings, World, diagonal, train};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    /// A saturation; it needs those that its rate is chosen by.
    Saturation(Settings),
    /// An arm that a rate is chosen by. It needs its saturation.
    Try(Settings),
    /// An arm that is measured. It needs its saturation, bases on other seeds, and trials of its rates there: as many for each.
    Branch(Settings),
    /// Something to measure that is not trained. The base in other numbers needs the base.
    Given(Settings),
    /// Holds an arm, the first that it needs, against the base.
    Run(Settings),
    /// Rank correlations over the members that it needs, size by size.
    Relation(Settings),
    /// A run in the diagonal world.
    Diagonal(Settings),
}

/// The same settings without what has no part in a saturation or in a base, so that arms share them.
fn plain(own: &Settings, method: Method) -> Settings {
    Settings { method, members: vec![Method::Base], sizes: vec![1], noise_rate: 0.0, noise_steps: 4, noise_batch: 1, ..own.clone() }
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        if own.world == World::Diagonal {
            self.add(arm, "", seed, &Piece::Diagonal(own.clone()), Vec::new())?;
            return Ok(());
        }
        if own.method == Method::Relation {
            let mut needs = Vec::new();
            for hidden in &own.sizes {
                for member in &own.members {
                    let one = Settings { method: *member, hidden: *hidden, ..own.clone() };
                    needs.push(self.branch(arm, &format!("{member:?}-{hidden}/"), seed, &one, true)?);
                }
            }
            self.add(arm, "", seed, &Piece::Relation(own.clone()), needs)?;
            return Ok(());
        }
        let one = self.branch(arm, "", seed, own, true)?;
        let base = self.branch(arm, "base/", seed, &plain(own, Method::Base), true)?;
        self.add(arm, "", seed, &Piece::Run(own.clone()), vec![one, base])?;
        Ok(())
    }

    /// A saturation with its rate chosen.
    fn saturation(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings) -> Result<usize, StudyError> {
        let own = plain(own, if own.method == Method::Shuffled { Method::Shuffled } else { Method::Base });
        let mut needs = Vec::new();
        for rate in own.saturation_rates.iter().filter(|_| own.saturation_rates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let one = Settings { saturation_rates: vec![*rate], saturation_steps: own.trial_steps, ..own.clone() };
                needs.push(self.add(arm, &format!("{prefix}saturation/rate={rate}/"), seed, &Piece::Saturation(one), Vec::new())?);
            }
        }
        self.add(arm, &format!("{prefix}saturation/"), seed, &Piece::Saturation(own), needs)
    }

    /// What is measured of an arm, or what its rate is chosen by.
    fn branch(&mut self, arm: &Arm, prefix: &str, seed: u64, own: &Settings, measured: bool) -> Result<usize, StudyError> {
        match own.method {
            Method::Table | Method::Random => {
                return self.add(arm, &format!("{prefix}given/"), seed, &Piece::Given(plain(own, own.method)), Vec::new());
            }
            Method::Rescaled => {
                let base = self.branch(arm, &format!("{prefix}base/"), seed, &plain(own, Method::Base), true)?;
                return self.add(arm, &format!("{prefix}given/"), seed, &Piece::Given(plain(own, own.method)), vec![base]);
            }
            _ => {}
        }
        let own = if own.method.noisy() { Settings { members: vec![Method::Base], sizes: vec![1], ..own.clone() } } else { plain(own, own.method) };
        let mut needs = vec![self.saturation(arm, prefix, seed, &own)?];
        if own.method.noisy() && own.noise_rate == 0.0 && own.rates.len() > 1 {
            for seed in TUNING..TUNING + own.tuning_seeds {
                needs.push(self.branch(arm, &format!("{prefix}tuning/"), seed, &plain(&own, Method::Base), false)?);
            }
            for rate in &own.rates {
                for seed in TUNING..TUNING + own.tuning_seeds {
                    let one = Settings { method: own.method.tuned_as(), noise_rate: *rate, ..own.clone() };
                    needs.push(self.branch(arm, &format!("{prefix}rate={rate}/"), seed, &one, false)?);
                }
            }
        }
        let piece = if measured { Piece::Branch(own) } else { Piece::Try(own) };
        self.add(arm, &format!("{prefix}branch/"), seed, &piece, needs)
    }

    fn add(&mut self, arm: &Arm, prefix: &str, seed: u64, piece: &Piece, needs: Vec<usize>) -> Result<usize, StudyError> {
        let (flops, networks) = match piece {
            Piece::Saturation(own) => (train::saturation_flops(own), true),
            Piece::Try(own) => (train::branch_flops(own, false), true),
            Piece::Branch(own) => (train::branch_flops(own, true), true),
            // The table is made of recursions over states, and of probes.
            Piece::Given(own) if own.method == Method::Table => (1e9, false),
            Piece::Given(own) => (train::measured_flops(own) + own.exam as f64 * 2.0 * own.shape().multiplications(), true),
            Piece::Diagonal(own) => (diagonal::flops(own), false),
            Piece::Run(_) | Piece::Relation(_) => (1e4, false),
        };
        let stage = Stage::of(arm, seed, piece, flops)?;
        let stage = if networks { stage.in_networks() } else { stage };
        Ok(self.stages.add(Stage { id: format!("{}/{prefix}seed={seed}", arm.name), needs, ..stage }))
    }
}
