//! Which stages an arm is made of: parts of phases, one after another, those that peaks are chosen by, and the run that gathers them.

use serde::{Deserialize, Serialize};

use super::part::{By, Part};
use super::phases::{Phase, share};
use super::{Choice, Corpus, Method, Settings};
use crate::blocks::{Stages, TUNING};
use crate::{Arm, Stage, StudyError};

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "piece")]
pub(super) enum Piece {
    Part(Part),
    /// A run: it needs the end of its pretraining, if it has any, and the parts of its last phase.
    Run(Settings),
}

/// Candidates for a peak, and the stages that one of them is chosen by.
struct Peak {
    candidates: Vec<f64>,
    by: By,
    chosen_by: Vec<usize>,
}

impl Peak {
    /// No choice.
    fn fixed(peak: f64) -> Self {
        Self { candidates: vec![peak], by: By::Average, chosen_by: Vec::new() }
    }
}

/// The stages of a phase.
struct Link {
    /// What the next phase goes on from.
    trunk: usize,
    /// What is measured: with its annealing, where it has one.
    parts: Vec<usize>,
}

impl Link {
    /// The last stage of what is measured.
    fn end(&self) -> usize {
        self.parts.last().copied().unwrap_or(self.trunk)
    }
}

/// Under which arm, for what and with which seed a stage is listed.
struct Place<'a> {
    arm: &'a Arm,
    prefix: String,
    seed: u64,
}

/// Stages so far.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) stages: Stages,
}

impl Plan {
    /// An arm with one seed, and all that it needs.
    pub(super) fn arm(&mut self, arm: &Arm, seed: u64, own: &Settings) -> Result<(), StudyError> {
        let place = &Place { arm, prefix: String::new(), seed };
        let needs = if own.method.scratch() {
            let chosen_by = self.trials(place, own, "rate", &own.rates, |plan, place, rate| Ok(plan.scratch(place, own, Peak::fixed(rate))?.end()))?;
            self.scratch(place, own, Peak { candidates: own.rates.clone(), by: By::Now, chosen_by })?.parts
        } else {
            let (first, peak) = match own.choice {
                Choice::Chain => {
                    let usual = Settings { second: Corpus::B, third: false, stop: 1.0, checkpoint: 1.0, ..own.clone() };
                    let chosen_by = self.trials(place, own, "rate", &own.rates, |plan, place, rate| {
                        let first = plan.first(place, &usual, Peak::fixed(rate), (false, true))?;
                        Ok(plan.later(place, &usual, &first, Peak::fixed(1.0))?.end())
                    })?;
                    let peak = Peak { candidates: own.rates.clone(), by: By::Average, chosen_by };
                    (self.first(place, own, peak, (true, true))?, Peak::fixed(1.0))
                }
                Choice::Phase => {
                    let factors = if own.factors.is_empty() || own.method == Method::Hold { vec![own.factor] } else { own.factors.clone() };
                    let chosen_by = self.trials(place, own, "factor", &factors, |plan, place, factor| {
                        let first = plan.pretraining(place, own)?;
                        Ok(plan.later(place, own, &first, Peak::fixed(factor))?.end())
                    })?;
                    (self.pretraining(place, own)?, Peak { candidates: factors, by: By::Tasks, chosen_by })
                }
            };
            let last = self.later(place, own, &first, peak)?;
            std::iter::once(first.end()).chain(last.parts).collect()
        };
        self.add(place, "", &Piece::Run(own.clone()), needs, 1e3)?;
        Ok(())
    }

    /// Every candidate on every seed for choosing, as many for each; none where there is no choice. `one` gives the stage that it is judged by.
    fn trials(
        &mut self,
        place: &Place<'_>,
        own: &Settings,
        what: &str,
        candidates: &[f64],
        mut one: impl FnMut(&mut Self, &Place<'_>, f64) -> Result<usize, StudyError>,
    ) -> Result<Vec<usize>, StudyError> {
        let mut found = Vec::new();
        for candidate in candidates.iter().filter(|_| candidates.len() > 1) {
            for seed in TUNING..TUNING + own.tuning_seeds {
                let place = Place { arm: place.arm, prefix: format!("{}{what}={candidate}/", place.prefix), seed };
                found.push(one(self, &place, *candidate)?);
            }
        }
        Ok(found)
    }

    /// A pretraining whose peak is chosen by its own end.
    fn pretraining(&mut self, place: &Place<'_>, own: &Settings) -> Result<Link, StudyError> {
        let whole = Settings { checkpoint: 1.0, ..own.clone() };
        let chosen_by =
            self.trials(place, own, "rate", &own.rates, |plan, place, rate| Ok(plan.first(place, &whole, Peak::fixed(rate), (true, false))?.end()))?;
        self.first(place, own, Peak { candidates: own.rates.clone(), by: By::Average, chosen_by }, (true, true))
    }

    /// The first phase: measured or not, followed by another or not.
    fn first(&mut self, place: &Place<'_>, own: &Settings, peak: Peak, (measured, followed): (bool, bool)) -> Result<Link, StudyError> {
        let stop = share(own.checkpoint, own.steps).max(1);
        let phase = Phase { number: 0, corpora: vec![Corpus::A], steps: own.steps, stop, offset: 0, measured, followed };
        self.phase(place, own, &phase, None, peak)
    }

    /// The phases after it; the peak is that of the second.
    fn later(&mut self, place: &Place<'_>, own: &Settings, first: &Link, peak: Peak) -> Result<Link, StudyError> {
        let offset = share(own.checkpoint, own.steps).max(1);
        let corpora = vec![Corpus::A, own.second];
        let stop = share(own.stop, own.steps).max(1);
        if !own.third {
            let phase = Phase { number: 1, corpora, steps: own.steps, stop, offset, measured: true, followed: false };
            return self.phase(place, own, &phase, Some(first.trunk), peak);
        }
        let middle = Phase { number: 1, corpora: corpora.clone(), steps: own.steps, stop: own.steps, offset, measured: false, followed: true };
        let middle = self.phase(place, own, &middle, Some(first.trunk), peak)?;
        let corpora = [corpora, vec![Corpus::Return]].concat();
        let last = Phase { number: 2, corpora, steps: own.steps, stop, offset: offset + own.steps, measured: true, followed: false };
        self.phase(place, own, &last, Some(middle.trunk), Peak::fixed(1.0))
    }

    /// The second phase alone, from first weights.
    fn scratch(&mut self, place: &Place<'_>, own: &Settings, peak: Peak) -> Result<Link, StudyError> {
        let more = if own.method == Method::ScratchLonger { share(own.checkpoint, own.steps) } else { 0 };
        let (steps, stop) = (own.steps + more, share(own.stop, own.steps).max(1) + more);
        let phase = Phase { number: 1, corpora: vec![Corpus::A, own.second], steps, stop, offset: 0, measured: true, followed: false };
        self.phase(place, own, &phase, None, peak)
    }

    /// The parts of a phase, from the part that it follows, if any.
    fn phase(&mut self, place: &Place<'_>, own: &Settings, phase: &Phase, before: Option<usize>, peak: Peak) -> Result<Link, StudyError> {
        let mut whole = phase.whole(own, before.is_some());
        (whole.peaks, whole.by) = (peak.candidates, peak.by);
        let needs: Vec<usize> = before.into_iter().chain(peak.chosen_by).collect();
        let name = format!("phase-{}", phase.number);
        let Some((from, schedule)) = phase.annealing(own) else {
            let trunk = self.train(place, &name, &whole, needs)?;
            return Ok(Link { trunk, parts: vec![trunk] });
        };
        // The trunk up to the annealing; then the annealing, on a branch of its own, and the rest of the trunk where another phase goes on from it.
        let begun = self.train(place, &name, &Part { to: from, hands_over: true, ..whole.clone() }, needs)?;
        let rest = Part { from, peaks: vec![1.0], by: By::Average, follows: true, ..whole };
        let annealing = Part { schedule, hands_over: false, ..rest.clone() };
        let annealed = self.train(place, &format!("{name}-annealing"), &annealing, vec![begun])?;
        let trunk = if phase.followed { self.train(place, &format!("{name}-rest"), &rest, vec![begun])? } else { annealed };
        Ok(Link { trunk, parts: vec![begun, annealed] })
    }

    fn train(&mut self, place: &Place<'_>, name: &str, part: &Part, needs: Vec<usize>) -> Result<usize, StudyError> {
        self.add(place, &format!("{name}/"), &Piece::Part(part.clone()), needs, part.flops())
    }

    fn add(&mut self, place: &Place<'_>, name: &str, piece: &Piece, needs: Vec<usize>, flops: f64) -> Result<usize, StudyError> {
        let stage = Stage::of(place.arm, place.seed, piece, flops)?;
        let stage = if matches!(piece, Piece::Part(_)) { stage.in_networks() } else { stage };
        let id = format!("{}/{}{name}seed={}", place.arm.name, place.prefix, place.seed);
        Ok(self.stages.add(Stage { id, needs, ..stage }))
    }
}
