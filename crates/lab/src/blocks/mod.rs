//! What several studies of pretraining share: pictures to learn from, an encoder, a course of training, and probes of features.

pub(crate) mod alterations;
pub(crate) mod black_boxes;
pub(crate) mod confidence;
pub(crate) mod core_sets;
pub(crate) mod corpora;
pub(crate) mod course;
pub(crate) mod cropping;
pub(crate) mod denoisers;
pub(crate) mod diffusion;
pub(crate) mod digits;
pub(crate) mod distortions;
pub(crate) mod elastic;
pub(crate) mod encoder;
pub(crate) mod ett;
pub(crate) mod few_shot;
pub(crate) mod formant_tones;
pub(crate) mod fractals;
pub(crate) mod frechet;
pub(crate) mod genres;
pub(crate) mod graphons;
pub(crate) mod gromov_wasserstein;
pub(crate) mod halves;
pub(crate) mod handover;
pub(crate) mod hashed_scorer;
pub(crate) mod held_out;
pub(crate) mod hidden_markov;
pub(crate) mod hierarchical_images;
pub(crate) mod junk;
pub(crate) mod kind_pictures;
pub(crate) mod label_bits;
pub(crate) mod language_model;
pub(crate) mod letters;
pub(crate) mod list_ops;
pub(crate) mod log_mel;
pub(crate) mod long_encoder;
pub(crate) mod masked_autoencoder;
pub(crate) mod masked_convolution;
pub(crate) mod masked_model;
pub(crate) mod missing_words;
pub(crate) mod neighbour_agreement;
pub(crate) mod ngram;
pub(crate) mod own_part;
pub(crate) mod pathfinder;
pub(crate) mod pathways;
pub(crate) mod pictures;
pub(crate) mod prefix_model;
pub(crate) mod probes;
pub(crate) mod quotes;
pub(crate) mod rand_augment;
pub(crate) mod resizing;
pub(crate) mod samples;
pub(crate) mod schedules;
pub(crate) mod self_distilled;
pub(crate) mod sequence_encoder;
pub(crate) mod series;
pub(crate) mod shaken;
pub(crate) mod shifted_digits;
pub(crate) mod sinkhorn;
pub(crate) mod sized_encoder;
pub(crate) mod spectrum;
pub(crate) mod spoken_digits;
pub(crate) mod stocks;
pub(crate) mod streams;
pub(crate) mod temperature;
pub(crate) mod text_probes;
pub(crate) mod thorax;
pub(crate) mod topology;
pub(crate) mod turns;
pub(crate) mod two_layer;
pub(crate) mod unrolled;
pub(crate) mod views;
pub(crate) mod xrays;

use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Arm, Stage, StudyError, settings};

/// Seeds from here on are for choosing learning rates and the like.
pub(crate) const TUNING: u64 = 1_000;

/// The settings of every arm, checked. Seeds that are for choosing (`what`, in the plural) are refused.
pub(crate) fn tuned<'a, T: DeserializeOwned + Serialize>(
    study: &str,
    what: &str,
    base: &T,
    arms: &'a [Arm],
    seeds: &Range<u64>,
    check: impl Fn(&T) -> Result<(), StudyError>,
) -> Result<Vec<(&'a Arm, T)>, StudyError> {
    if seeds.end > TUNING {
        return Err(StudyError::Setting(format!("{study}: seeds from {TUNING} on are for choosing {what}; take fewer")));
    }
    let own = |arm: &'a Arm| -> Result<(&'a Arm, T), StudyError> {
        let own = settings::of_arm(base, arm)?;
        check(&own)?;
        Ok((arm, own))
    };
    arms.iter().map(own).collect()
}

/// Has `add` plan every arm with every seed, arm after arm, its settings checked. Seeds that are for choosing (`what`, in the plural) are refused.
pub(crate) fn planned<T: DeserializeOwned + Serialize>(
    study: &str,
    what: &str,
    base: &T,
    arms: &[Arm],
    seeds: Range<u64>,
    check: impl Fn(&T) -> Result<(), StudyError>,
    mut add: impl FnMut(&Arm, u64, &T) -> Result<(), StudyError>,
) -> Result<(), StudyError> {
    for (arm, own) in tuned(study, what, base, arms, &seeds, check)? {
        for seed in seeds.clone() {
            add(arm, seed, &own)?;
        }
    }
    Ok(())
}

/// The stages of a plan, each there once.
#[derive(Default)]
pub(crate) struct Stages {
    /// In the order in which they can run.
    pub(crate) all: Vec<Stage>,
}

impl Stages {
    /// Adds a stage, unless one with the same settings, seed and needs is there; gives where it stands.
    pub(crate) fn add(&mut self, stage: Stage) -> usize {
        let same = |other: &Stage| other.settings == stage.settings && other.seed == stage.seed && other.needs == stage.needs;
        if let Some(known) = self.all.iter().position(same) {
            return known;
        }
        self.all.push(stage);
        self.all.len() - 1
    }
}

/// The candidate whose outcomes have the highest mean score on tuning seeds; the first where nothing was tried. There are equally many scores for
/// each candidate, one candidate after the other; a training that diverged scores 0.
pub(crate) fn best<C: Copy>(candidates: &[C], scores: &[f64]) -> Option<C> {
    let each = (scores.len() / candidates.len().max(1)).max(1);
    let mut found: Option<(C, f64)> = None;
    for (candidate, scores) in candidates.iter().zip(scores.chunks(each)) {
        let mean = scores.iter().sum::<f64>() / scores.len() as f64;
        if found.is_none_or(|(_, highest)| mean > highest) {
            found = Some((*candidate, mean));
        }
    }
    found.map(|(candidate, _)| candidate).or(candidates.first().copied())
}

/// Refuses numbers that are not positive and finite, by name.
pub(crate) fn positive(study: &str, numbers: &[(&str, f64)]) -> Result<(), StudyError> {
    let sensible = |value: f64| value.is_finite() && value > 0.0;
    match numbers.iter().find(|(_, value)| !sensible(*value)) {
        Some((name, value)) => Err(StudyError::Setting(format!("{study}: {name} has {value}; it must be positive and finite"))),
        None => Ok(()),
    }
}

/// Refuses counts that are out of range, by name.
pub(crate) fn within(study: &str, counts: &[(&str, usize, usize, usize)]) -> Result<(), StudyError> {
    match counts.iter().find(|(_, value, low, high)| !(low..=high).contains(&value)) {
        Some((name, value, low, high)) => Err(StudyError::Setting(format!("{study}: {name}: there is {value}, where {low} to {high} can be"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arms;

    #[test]
    fn the_best_candidate_has_the_highest_mean() {
        assert_eq!(best(&[1, 2, 3], &[0.1, 0.2, 0.5, 0.1, 0.2, 0.2]), Some(2));
        assert_eq!(best(&[1, 2], &[]), Some(1));
        assert_eq!(best::<u8>(&[], &[]), None);
    }

    #[test]
    fn a_stage_is_added_once() {
        let arm = arms::product(&toml::Table::new()).unwrap().remove(0);
        let stage = |id: &str, seed: u64| Stage { id: id.to_owned(), ..Stage::of(&arm, seed, &toml::Table::new(), 1.0).unwrap() };
        let mut stages = Stages::default();
        assert_eq!([stages.add(stage("a", 0)), stages.add(stage("b", 1)), stages.add(stage("c", 0))], [0, 1, 0]);
        assert_eq!(stages.all.len(), 2);
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        assert!(positive("s", &[("a", 1.0), ("rate", f64::NAN)]).unwrap_err().to_string().contains("rate has NaN"));
        assert!(within("s", &[("a", 1, 1, 2), ("b", 3, 1, 2)]).unwrap_err().to_string().contains("b: there is 3, where 1 to 2"));
        assert!(positive("s", &[("a", 1.0)]).is_ok() && within("s", &[("a", 2, 1, 2)]).is_ok());
    }
}
