//! Distilling a dataset along trajectories of experts, and how smooth these have to be (Shen et al., arXiv 2310.10541).
//!
//! **What the paper claims.** In trajectory matching (MTT; Cazenavette et al., arXiv 2203.11932) a few pictures are learned so that some steps on
//! them bring a student from where an expert was to where it was some epochs later. Experts that are stronger do not distil better, unless their
//! trajectories are smooth: a clipped loss and a penalty on slopes see to that. With a representative beginning, a balanced inner loss, matching in
//! between and perturbed weights (AST) the pictures are better than those of earlier methods.
//!
//! **What is trained.** A perceptron of one hidden layer on digits of 14 × 14 pixels (`blocks::two_layer`), whose second derivatives are exact; so
//! is the gradient through the student's steps (`blocks::unrolled`). Experts are plain (stochastic gradient descent), strong (with momentum, weight
//! decay and a rate that falls) or strong and smooth. Distilled are 1, 5 or 10 pictures of each class with fixed labels, and the student's rate.
//! What they are worth is the mean accuracy, on new digits, of fresh networks that learn from them alone.
//!
//! **Methods.** `mtt`, `mtt-strong`: trajectory matching with plain and strong experts. `smooth`: strong experts with clipped loss and penalty;
//! `smooth-clip` and `smooth-penalty` have one of the two. `ast`: `smooth` with all further parts; `ast-strong` without smoothness, `ast-random`
//! without the representative beginning, `ast-unbalanced`, `ast-ends` without matching in between, `ast-unperturbed`.
//!
//! **Controls.** `random`: real pictures. `centres`: of k-means in every class, with one picture the class mean. `herding`. `search`: the best of as
//! many random sets, by digits for validation, as the operations of `mtt` allow. `mtt-longer`: `mtt` with as many operations as `ast`, whose experts
//! cost more. `shuffled`: `mtt` with experts of labels that are dealt out. `ridge`: a linear model with squared loss, for which everything is closed
//! form: with as many points as the solution has rank, a set that gives the solution exactly; with fewer, one as near as can be.
//!
//! **What is chosen, on seeds from 1000 on, from one grid for every method.** The rate of the pictures and the last epoch that a trajectory may
//! begin at, together with the rate of the networks that learn from the pictures: by the accuracy of such a network on digits for validation. The
//! rate of the experts is not chosen: plain and strong ones have the same, and `strong` differs in what makes it so.
//!
//! **Sources.** The loss: Cazenavette et al., eq. 2 (as notes of ours have it). Experts and further parts: the authors' code
//! (shenjiyuan123/AST-Alignment-with-Smooth-Expert), as notes of ours read it, and the abstract.

mod data;
mod distil;
mod evaluate;
mod experts;
mod method;
mod outcome;
mod plan;
mod ridge;
mod set;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::{planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct DistillationTrajectories;

/// Which pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// Handwritten digits.
    Real,
    /// Ten classes of spots that are made here.
    Made,
}

/// Where the pictures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Real ones, drawn at random.
    Random,
    /// Centres of clusters of every class.
    Centres,
    /// Real ones whose mean keeps near to that of their class.
    Herding,
    /// The best of many random sets.
    Search,
    /// Trajectory matching with plain experts.
    Mtt,
    /// The same with more steps.
    MttLonger,
    /// Trajectory matching with strong experts.
    MttStrong,
    /// Trajectory matching with strong experts that have a clipped loss and a penalty on slopes.
    Smooth,
    /// The same without the penalty.
    SmoothClip,
    /// The same without the clipped loss.
    SmoothPenalty,
    /// Smooth experts and all further parts.
    Ast,
    /// The same with strong experts that are not smooth.
    AstStrong,
    /// The same from real pictures drawn at random.
    AstRandom,
    /// The same without the balanced inner loss.
    AstUnbalanced,
    /// The same without matching in between.
    AstEnds,
    /// The same with weights that are not perturbed.
    AstUnperturbed,
    /// Trajectory matching with plain experts of labels that are dealt out.
    Shuffled,
    /// Closed form, for a linear model.
    Ridge,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The pictures.
    pub world: World,
    /// Where the pictures come from.
    pub method: Method,
    /// Pictures of each class, 1 to 100.
    pub per_class: usize,
    /// Points of `ridge`, 1 to 10.
    pub points: usize,
    /// Units of the hidden layer, 1 to 512.
    pub hidden: usize,
    /// Digits that experts learn from, at least 20.
    pub learn: usize,
    /// Digits to choose by, at least 10.
    pub valid: usize,
    /// Digits to test on, at least 10.
    pub test: usize,
    /// Experts, 1 to 100.
    pub experts: usize,
    /// Epochs of an expert, at least 1.
    pub epochs: usize,
    /// Digits of a step of an expert, at least 1.
    pub expert_batch: usize,
    /// Learning rate of experts, > 0.
    pub expert_rate: f64,
    /// Epochs of an expert that a student is to come along, at least 1.
    pub span: usize,
    /// Steps of the student, at least as many.
    pub student_steps: usize,
    /// Rate of the student at the beginning, > 0; it is learned.
    pub student_rate: f64,
    /// Steps of distillation, at least 1.
    pub steps: usize,
    /// Rates of the pictures (Adam), > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// The last epoch that a trajectory may begin at, of which one is chosen.
    pub starts: Vec<usize>,
    /// Rates of networks that learn from the pictures, > 0, of which one is chosen; 1 to 5.
    pub network_rates: Vec<f64>,
    /// Steps of such a network, at least 1.
    pub network_steps: usize,
    /// Such networks whose accuracies are averaged, 1 to 100.
    pub networks: usize,
    /// Seeds to choose on, at least 1.
    pub tuning_seeds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            world: World::Real,
            method: Method::Ast,
            per_class: 1,
            points: 10,
            hidden: 24,
            learn: 2_000,
            valid: 500,
            test: 4_000,
            experts: 4,
            epochs: 12,
            expert_batch: 50,
            expert_rate: 0.02,
            span: 2,
            student_steps: 16,
            student_rate: 0.3,
            steps: 200,
            rates: vec![3e-3, 9.5e-3, 3e-2, 9.5e-2, 0.3],
            starts: vec![0, 2, 8],
            network_rates: vec![0.03, 0.095, 0.3, 0.95, 3.0],
            network_steps: 150,
            networks: 5,
            tuning_seeds: 2,
        }
    }
}

impl Study for DistillationTrajectories {
    const NAME: &'static str = "distillation-trajectories";
    const TITLE: &'static str = "A few pictures distilled along trajectories of plain, strong and smooth experts, with exact gradients through the student";
    const CITE: &'static str = "shen2023efficient";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &outcome::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &outcome::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "rates", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Experts(own) => experts::run(&own, context),
            plan::Piece::Set(own) => set::run(&own, needs, context),
            plan::Piece::Ridge(own) => ridge::run(&own, context),
        }
    }
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        let counts = [
            ("per-class", self.per_class, 1, 100),
            ("points", self.points, 1, 10),
            ("hidden", self.hidden, 1, 512),
            ("learn", self.learn, 20, MANY),
            ("valid", self.valid, 10, MANY),
            ("test", self.test, 10, MANY),
            ("experts", self.experts, 1, 100),
            ("epochs", self.epochs, 1, 1_000),
            ("expert-batch", self.expert_batch, 1, 65_536),
            ("span", self.span, 1, 100),
            ("student-steps", self.student_steps, self.span, 10_000),
            ("steps", self.steps, 1, MANY),
            ("rates", self.rates.len(), 1, 100),
            ("starts", self.starts.len(), 1, 100),
            ("network-rates", self.network_rates.len(), 1, outcome::VALID.len()),
            ("network-steps", self.network_steps, 1, MANY),
            ("networks", self.networks, 1, 100),
            ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
        ];
        within(DistillationTrajectories::NAME, &counts)?;
        let mut numbers: Vec<(&str, f64)> = self.rates.iter().map(|rate| ("rates", *rate)).collect();
        numbers.extend(self.network_rates.iter().map(|rate| ("network-rates", *rate)));
        numbers.extend([("expert-rate", self.expert_rate), ("student-rate", self.student_rate)]);
        positive(DistillationTrajectories::NAME, &numbers)?;
        let refused = |what: String| Err(StudyError::Setting(format!("{}: {what}", DistillationTrajectories::NAME)));
        if self.last_kept() > self.epochs {
            return refused(format!("a trajectory that begins at epoch {} and spans {} is longer than {}", self.last_start(), self.span, self.epochs));
        }
        let digits = self.learn + self.valid + self.test;
        if self.world == World::Real && digits > 10_000 {
            return refused(format!("learn, valid and test are {digits} together; there are 10,000 digits"));
        }
        Ok(())
    }

    /// The last epoch that any trajectory may begin at.
    fn last_start(&self) -> usize {
        self.starts.iter().copied().max().unwrap_or(0)
    }

    /// The last epoch of an expert, but for its end, that is wanted.
    fn last_kept(&self) -> usize {
        self.last_start() + self.span
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", DistillationTrajectories::NAME))
}
