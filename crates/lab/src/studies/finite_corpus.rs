//! Small language models of letters on corpora of a known size: passes, decay, dropout, ensembles, distillation, pruning, and laws of the loss.
//!
//! **What the papers claim.** Where data are finite and compute is not, more passes and more parameters overfit, a much larger weight decay lets
//! the loss fall with size along a power law, ensembles have a lower limit, and most of what an ensemble gains can be distilled into one
//! member-sized model (Kim et al., arXiv 2509.14786). Where data are not finite, one pass over more text beats ten over less, regularisation only
//! slows it, and a size fitted to the number of tokens is faster still (Komatsuzaki, arXiv 1906.06669). The constants of a law of size, steps and
//! batch can be found on small models, and tell a larger one's losses (Su et al., arXiv 2403.06563). And a model that is pruned while it is trained
//! has the loss of a dense one of its mean size (Jin et al., arXiv 2501.12486).
//!
//! **What is trained.** A decoder of letters on windows of one length from the Brown corpus (`brown`), or on a Markov chain made here whose entropy
//! is known (`made`). A seed draws its windows, and windows that are tested from the last tenth of the corpus (of the chain: anew); a smaller
//! corpus is the beginning of a larger one. A pass goes through all windows in an order of its own. AdamW with β = (0.9, 0.95), gradients of length
//! one at most; matrices decay, gains and biases do not.
//!
//! **Arms.** `usual`: the first of the decays. `tuned`: the best of them. `ensemble`: the mean of the distributions of `members`; a member differs
//! from `tuned` by `member-passes` times the passes and `member-decay` times the decay that were chosen for that (twice and half in the paper), by
//! its first weights and by the order of its windows. `pupil`: one model of a member's size that learns the ensemble's distributions, on the same
//! windows. Beside these every setting can be an arm: width, distinct tokens, dropout. `kept` prunes by magnitude over all matrices of the blocks,
//! along a cubic between the shares `from` and `to` of the steps.
//!
//! **Controls.** Rate, decay and passes are chosen for every arm from its grid on seeds from 1000 on, by the loss that is tested. `self-taught` is
//! a pupil of one model that is trained as `tuned` is: what soft targets are worth without an ensemble. `passes-factor` and `decay-factor` vary one
//! of them by hand. `longer` trains so many times as long, members and teachers too, which makes up for another arm's compute. On `made` text what
//! cannot be learned is known; of the Brown corpus recipes are chosen on other windows of the same last tenth that is tested.
//!
//! **Sources.** Abstracts, and notes of ours on the papers and on the code of two of them.

mod ensemble;
mod gather;
mod plan;
mod pruning;
#[cfg(test)]
mod tests;
mod text;
mod train;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::language_model::Size;
use crate::blocks::{letters, planned, positive, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct FiniteCorpus;

/// Where text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// A Markov chain of order two, drawn for each seed.
    Made,
    /// Letters of the Brown corpus.
    Brown,
}

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A model with the first of the decays: the usual one.
    Usual,
    /// A model with the best of the decays.
    Tuned,
    /// Several of them, whose distributions are averaged.
    Ensemble,
    /// A model that learns from an ensemble.
    Pupil,
    /// A model that learns from another one that is trained as it is alone.
    SelfTaught,
}

/// How the rate goes after its warm-up, a twentieth of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Along a line to zero.
    Falling,
    /// Not at all.
    Constant,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is trained.
    pub method: Method,
    /// Where text is from.
    pub text: Text,
    /// Distinct tokens that there are to learn from, at least `length`.
    pub distinct: usize,
    /// If above 0, tokens that are processed for each weight of the blocks, and so many of them are distinct as passes leave; `distinct` has no say
    /// then.
    pub duration: f64,
    /// Whether `duration` is for each weight that is active in the mean, so that a pruned model has the compute of a dense one and more tokens.
    pub equal_compute: bool,
    /// Windows that are tested, at least 1.
    pub exam: usize,
    /// Tokens of a window, 2 to 256.
    pub length: usize,
    /// Width of the decoder, a multiple of `heads`, up to 512.
    pub width: usize,
    /// Its blocks, 1 to 8.
    pub layers: usize,
    /// Heads of attention, 1 to 8.
    pub heads: usize,
    /// Windows of a step, at least 1.
    pub batch: usize,
    /// Passes over the corpus, of which one number is chosen, > 0.
    pub passes: Vec<f64>,
    /// These are multiplied by it, > 0.
    pub passes_factor: f64,
    /// Peaks of the learning rate, > 0, of which one is chosen.
    pub rates: Vec<f64>,
    /// Weight decays, of which one is chosen, ≥ 0: a step takes rate · decay of a weight away.
    pub decays: Vec<f64>,
    /// These are multiplied by it, > 0.
    pub decay_factor: f64,
    /// Share of what each part of a block adds that is dropped in training, 0 to below 1.
    pub dropout: f64,
    /// How the rate goes.
    pub shape: Shape,
    /// So many times the steps, > 0; over the same distinct tokens.
    pub longer: f64,
    /// Members of an ensemble, at least 1.
    pub members: u64,
    /// Passes of a member over those that are chosen for a model alone, > 0.
    pub member_passes: f64,
    /// Decay of a member over that which is chosen for a model alone, ≥ 0.
    pub member_decay: f64,
    /// Share of the weights of the blocks that is left after pruning, above 0; 1 prunes nothing.
    pub kept: f64,
    /// Share of the steps at which pruning begins, 0 to 1.
    pub from: f64,
    /// Share of the steps at which it ends, `from` to 1.
    pub to: f64,
    /// Points of a curve, at least 2.
    pub looks: usize,
    /// Seeds that rate, decay and passes are chosen on, at least 1.
    pub tuning_seeds: u64,
    /// Which member of an ensemble it is: set by the study.
    #[serde(skip_serializing_if = "first")]
    pub member: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn first(member: &u64) -> bool {
    *member == 0
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            method: Method::Tuned,
            text: Text::Brown,
            distinct: 16_384,
            duration: 0.0,
            equal_compute: false,
            exam: 256,
            length: 32,
            width: 32,
            layers: 2,
            heads: 2,
            batch: 8,
            passes: vec![1.0],
            passes_factor: 1.0,
            rates: vec![1e-3, 3e-3, 1e-2],
            decays: vec![0.1],
            decay_factor: 1.0,
            dropout: 0.0,
            shape: Shape::Falling,
            longer: 1.0,
            members: 8,
            member_passes: 2.0,
            member_decay: 0.5,
            kept: 1.0,
            from: 0.25,
            to: 0.75,
            looks: 16,
            tuning_seeds: 2,
            member: 0,
        }
    }
}

/// What is chosen for an arm.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Recipe {
    rate: f64,
    decay: f64,
    passes: f64,
}

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 100_000_000;
        let name = FiniteCorpus::NAME;
        let wrong = |what: String| Err(StudyError::Setting(format!("{name}: {what}")));
        within(
            name,
            &[
                ("exam", self.exam, 1, 100_000),
                ("length", self.length, 2, 256),
                ("distinct", self.distinct, self.length, MANY),
                ("heads", self.heads, 1, 8),
                ("width", self.width, self.heads, 512),
                ("layers", self.layers, 1, 8),
                ("batch", self.batch, 1, 65_536),
                ("passes", self.passes.len(), 1, 100),
                ("rates", self.rates.len(), 1, 100),
                ("decays", self.decays.len(), 1, 100),
                ("members", self.members.min(1_000) as usize, 1, 100),
                ("looks", self.looks, 2, 10_000),
                ("tuning-seeds", self.tuning_seeds.min(1_000) as usize, 1, 100),
            ],
        )?;
        if !self.width.is_multiple_of(self.heads) {
            return wrong(format!("width is {}; it must be a multiple of the {} heads", self.width, self.heads));
        }
        let at_least_none = self.decays.iter().map(|d| ("decays", *d)).chain([("member-decay", self.member_decay), ("duration", self.duration)]);
        if let Some((name, value)) = at_least_none.into_iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0)) {
            return wrong(format!("{name} has {value}; it must be 0 or more"));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return wrong(format!("dropout is {}; it must be 0 to below 1", self.dropout));
        }
        if !(self.kept > 0.0 && self.kept <= 1.0) {
            return wrong(format!("kept is {}; it must be above 0 and at most 1", self.kept));
        }
        if !(0.0 <= self.from && self.from <= self.to && self.to <= 1.0) {
            return wrong(format!("pruning goes from {} to {}; these are shares of the steps, one after the other", self.from, self.to));
        }
        let factors =
            [("passes-factor", self.passes_factor), ("decay-factor", self.decay_factor), ("member-passes", self.member_passes), ("longer", self.longer)];
        if self.duration > 0.0 && !matches!(self.method, Method::Usual | Method::Tuned) {
            return wrong("members of an ensemble have other passes and so, by `duration`, another corpus; set `distinct` in its place".to_owned());
        }
        let all = self.rates.iter().map(|r| ("rates", *r)).chain(self.passes.iter().map(|p| ("passes", *p))).chain(factors);
        positive(name, &all.collect::<Vec<_>>())?;
        let tokens = self.candidates().iter().map(|recipe| self.extent(recipe.passes).0 as f64 * self.length as f64).fold(0.0, f64::max);
        if tokens > MANY as f64 {
            return wrong(format!("that makes {tokens:e} distinct tokens, where up to {MANY} can be; lower `duration` or raise `passes`"));
        }
        Ok(())
    }

    fn size(&self) -> Size {
        let vocabulary = if self.text == Text::Brown { letters::VOCABULARY } else { text::WORDS };
        Size { vocabulary, length: self.length, width: self.width, heads: self.heads, layers: self.layers }
    }

    /// Weights of the matrices of the blocks: four of attention and eight of the feed-forward part, each as wide as it is high.
    fn weights(&self) -> f64 {
        12.0 * (self.layers * self.width * self.width) as f64
    }

    /// Members that a model learns from.
    fn teachers(&self) -> u64 {
        match self.method {
            Method::Pupil => self.members,
            Method::SelfTaught => 1,
            Method::Usual | Method::Tuned | Method::Ensemble => 0,
        }
    }

    /// The decays that are tried.
    fn tried(&self) -> &[f64] {
        if self.method == Method::Usual { &self.decays[..self.decays.len().min(1)] } else { &self.decays }
    }

    /// What is tried, in order.
    fn candidates(&self) -> Vec<Recipe> {
        let mut all = Vec::new();
        for rate in &self.rates {
            for decay in self.tried() {
                all.extend(self.passes.iter().map(|passes| Recipe { rate: *rate, decay: decay * self.decay_factor, passes: passes * self.passes_factor }));
            }
        }
        all
    }

    /// Distinct windows with so many passes over them, and steps.
    fn extent(&self, passes: f64) -> (usize, u64) {
        let length = self.length as f64;
        let share = if self.equal_compute { pruning::mean(self) } else { 1.0 };
        let windows = if self.duration > 0.0 { self.duration * self.weights() / share / length / passes } else { self.distinct as f64 / length };
        let windows = windows.round().max(1.0);
        (windows as usize, (windows * passes * self.longer / self.batch as f64).ceil().max(1.0) as u64)
    }
}

impl Study for FiniteCorpus {
    const NAME: &'static str = "finite-corpus";
    const TITLE: &'static str = "Decoders of letters on corpora of a known size: passes, decay, dropout, ensembles, distillation, pruning, batches";
    const CITE: &'static str = "kim2025infinite";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "step";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "rates, decays and passes", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Alone(own) => train::run(&own, false, needs, context),
            plan::Piece::Member(own) => train::run(&own, true, needs, context),
            plan::Piece::Together(own) => ensemble::run(&own, needs, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", FiniteCorpus::NAME))
}
