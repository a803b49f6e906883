//! Which stages an arm is made of.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Regulariser, Settings, problem};
use crate::blocks::TUNING;
use crate::{Arm, Stage, StudyError};

/// A surrogate of one task, and the climb on it. It needs the stages that its strength is chosen by: as many for each strength, one strength after
/// the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Fit {
    pub(super) task: String,
    pub(super) regulariser: Regulariser,
    pub(super) points: usize,
    pub(super) width: usize,
    /// Steps in all.
    pub(super) steps: usize,
    pub(super) batch: usize,
    pub(super) rate: f64,
    pub(super) strengths: Vec<f64>,
    pub(super) candidates: usize,
    pub(super) ascent_steps: usize,
    pub(super) ascent_rate: f64,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Fit(Fit),
    /// It needs the fits of its tasks, in their order.
    Arm(Settings),
}

/// Floating-point operations of a fit: three times a pass forward for each one that learns.
fn flops(own: &Settings, task: &str) -> f64 {
    let weights = (own.width * (problem::dim(task) + own.width + 4)) as f64;
    let trained = (own.steps * own.regulariser.longer() * own.regulariser.passes() * own.batch) as f64;
    let climbed = (own.ascent_steps * own.candidates) as f64;
    6.0 * weights * (trained + climbed)
}

/// The stages of an arm, for these seeds, after those that are there.
pub(super) fn arm(stages: &mut Vec<Stage>, arm: &Arm, seeds: Range<u64>, own: &Settings) -> Result<(), StudyError> {
    let mut chosen_by = Vec::new();
    let strengths: &[f64] = if own.regulariser.tuned() { &own.strengths } else { &[] };
    for strength in strengths.iter().filter(|_| strengths.len() > 1) {
        for seed in TUNING..TUNING + own.tuning_seeds {
            for task in &own.tasks {
                chosen_by.push(fit(stages, arm, &format!("strength={strength}/{task}/"), seed, task, &[*strength], &[], own)?);
            }
        }
    }
    for seed in seeds {
        let mut needs = Vec::new();
        for task in &own.tasks {
            needs.push(fit(stages, arm, &format!("{task}/"), seed, task, strengths, &chosen_by, own)?);
        }
        let mut stage = Stage::of(arm, seed, &Piece::Arm(own.clone()), 1e6)?;
        stage.needs = needs;
        stages.push(stage);
    }
    Ok(())
}

/// Adds a fit; gives where it stands.
#[expect(clippy::too_many_arguments, reason = "they are what the id, the settings and the needs of a stage are made of")]
fn fit(
    stages: &mut Vec<Stage>,
    arm: &Arm,
    prefix: &str,
    seed: u64,
    task: &str,
    strengths: &[f64],
    needs: &[usize],
    own: &Settings,
) -> Result<usize, StudyError> {
    let piece = Piece::Fit(Fit {
        task: task.to_owned(),
        regulariser: own.regulariser,
        points: own.points,
        width: own.width,
        steps: own.steps * own.regulariser.longer(),
        batch: own.batch,
        rate: own.rate,
        strengths: strengths.to_vec(),
        candidates: own.candidates,
        ascent_steps: own.ascent_steps,
        ascent_rate: own.ascent_rate,
    });
    let mut stage = Stage::of(arm, seed, &piece, flops(own, task))?.in_networks();
    stage.id = format!("{}/{prefix}seed={seed}", arm.name);
    stage.needs = needs.to_vec();
    if let Some(dataset) = problem::dataset(task) {
        stage = stage.reading(dataset);
    }
    stages.push(stage);
    Ok(stages.len() - 1)
}
