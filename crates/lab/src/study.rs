//! What an author of a study writes, and what a runner holds.

use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::hint;
use crate::{Arm, Context, Outcome, StudyError, settings};

/// Operations a second in loops over numbers.
const LOOPS: f64 = 2e9;
/// Operations a second in the matrix products of miniature networks, with all that is around them: 70 of width 64 on one core with AVX-512, a third of
/// that where two cores share their memory or are older.
const NETWORKS: f64 = 3e10;

/// Index into the list of stages of one call of `stages`.
pub type StageId = usize;

/// One piece of a study's work.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Unique among the stages, for example `alpha=0.25/seed=3`.
    pub id: String,
    /// The name of its arm.
    pub arm: String,
    /// Its seed, from the range asked for. Random numbers come from [`Context::seed`], which the caller makes of it.
    pub seed: u64,
    /// The stages whose outcomes it is given, all earlier in the list (a pretraining that several arms share).
    pub needs: Vec<StageId>,
    /// The datasets whose files it reads, by name; what is in them decides its numbers too.
    pub reads: Vec<String>,
    /// Floating-point operations it will take, about: of a stage that trains networks, those of their matrix products, which are counted as it runs.
    pub flops: f64,
    /// How many of them one core does in a second, about: for minutes and time left alone.
    pub speed: f64,
    /// Every setting, the defaults included: with seed, needs and the study's epoch, all that decides its numbers.
    pub settings: toml::Table,
}

impl Stage {
    /// A stage that needs no other, `<arm>/seed=<seed>`.
    pub fn of<T: Serialize>(arm: &Arm, seed: u64, settings: &T, flops: f64) -> Result<Self, StudyError> {
        let id = format!("{}/seed={seed}", arm.name);
        Ok(Self { id, arm: arm.name.clone(), seed, needs: Vec::new(), reads: Vec::new(), flops, speed: LOOPS, settings: settings::table(settings)? })
    }

    /// The same, most of whose operations are matrix products of networks.
    pub fn in_networks(self) -> Self {
        Self { speed: NETWORKS, ..self }
    }

    /// The same, reading the files of a dataset.
    pub fn reading(mut self, dataset: &str) -> Self {
        self.reads.push(dataset.to_owned());
        self
    }
}

/// A study, as its author writes it: its module says what the paper claims, what is done here instead, and which controls
/// there are. A deterministic one ("theory") is the same with the seeds 0..1.
pub trait Study: Send + Sync {
    /// Its name in specs, in kebab case.
    const NAME: &'static str;
    /// One line for the catalogue.
    const TITLE: &'static str;
    /// A key of `references.bib`.
    const CITE: &'static str;
    /// Raised with every change that moves its numbers.
    const EPOCH: u32;
    /// What its series run along, singular (`step`).
    const RESOURCE: &'static str;
    /// Name and title of every series that it makes.
    const SERIES: &'static [(&'static str, &'static str)];
    /// Name and title of every scalar that it makes, in the order of its outcomes.
    const SCALARS: &'static [(&'static str, &'static str)];
    /// Its settings, as [`settings`] asks of them: every key has a default, unknown ones are refused.
    type Settings: DeserializeOwned + Serialize + Default;

    /// The pieces of work for these arms and seeds. Nothing is computed yet, only checked.
    fn stages(settings: &Self::Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError>;

    /// Does one piece, given the outcomes of those it needs, in their order. Pure in (stage, needs, seed of the context).
    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError>;
}

/// A study, as a runner holds it: every [`Study`] is one.
pub trait DynStudy: Send + Sync {
    /// Its name in specs.
    fn name(&self) -> &'static str;
    /// One line for the catalogue.
    fn title(&self) -> &'static str;
    /// A key of `references.bib`.
    fn cite(&self) -> &'static str;
    /// Raised with every change that moves its numbers.
    fn epoch(&self) -> u32;
    /// What its series run along, singular.
    fn resource(&self) -> &'static str;
    /// Name and title of every series.
    fn series(&self) -> &'static [(&'static str, &'static str)];
    /// Name and title of every scalar.
    fn scalars(&self) -> &'static [(&'static str, &'static str)];
    /// Every setting with its default.
    fn defaults(&self) -> toml::Table;

    /// The pieces of work for these settings (on top of the defaults), arms and seeds. They are checked: names unique, needs
    /// earlier in the list, costs finite.
    ///
    /// # Errors
    ///
    /// An unknown setting (with the nearest known one), a value out of range, no arm or no seed.
    fn stages(&self, with: &toml::Table, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError>;

    /// Does one piece. `needs` are the outcomes of the stages it needs, in their order.
    ///
    /// # Errors
    ///
    /// [`StudyError::Interrupted`] when the watch says stop, and otherwise an outcome that the study does not promise, or
    /// progress that cannot be saved.
    fn run(&self, stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError>;
}

impl<S: Study> DynStudy for S {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn title(&self) -> &'static str {
        S::TITLE
    }

    fn cite(&self) -> &'static str {
        S::CITE
    }

    fn epoch(&self) -> u32 {
        S::EPOCH
    }

    fn resource(&self) -> &'static str {
        S::RESOURCE
    }

    fn series(&self) -> &'static [(&'static str, &'static str)] {
        S::SERIES
    }

    fn scalars(&self) -> &'static [(&'static str, &'static str)] {
        S::SCALARS
    }

    fn defaults(&self) -> toml::Table {
        // That every study's defaults are a table is tested over the list of them.
        settings::table(&S::Settings::default()).unwrap_or_default()
    }

    fn stages(&self, with: &toml::Table, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        if arms.is_empty() {
            return Err(StudyError::Setting(format!("{}: no arm; `arms::product` of an empty table is the one with the defaults", S::NAME)));
        }
        if seeds.is_empty() {
            return Err(StudyError::Setting(format!("{}: no seed in {}..{}; ask for at least one", S::NAME, seeds.start, seeds.end)));
        }
        let settings = settings::over(&S::Settings::default(), with)?;
        let stages = <S as Study>::stages(&settings, arms, seeds)?;
        for (k, stage) in stages.iter().enumerate() {
            let sound = stage.flops.is_finite() && stage.flops >= 0.0 && stage.needs.iter().all(|&need| need < k);
            if !sound || stages[..k].iter().any(|other| other.id == stage.id) {
                return Err(StudyError::Other(format!("{}: stage `{}` is there twice, needs a later one, or has no cost", S::NAME, stage.id)));
            }
        }
        Ok(stages)
    }

    fn run(&self, stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        if needs.len() != stage.needs.len() {
            return Err(StudyError::Other(format!("{}: stage `{}` needs {} outcomes and is given {}", S::NAME, stage.id, stage.needs.len(), needs.len())));
        }
        let outcome = <S as Study>::run(stage, needs, context)?;
        outcome.check(S::SERIES, S::SCALARS)?;
        Ok(outcome)
    }
}

/// The study of this name among `studies`.
pub(crate) fn named(studies: &[&'static dyn DynStudy], name: &str) -> Result<&'static dyn DynStudy, StudyError> {
    let known = studies.iter().copied().find(|study| study.name() == name);
    known.ok_or_else(|| StudyError::Setting(format!("unknown study `{name}`{}", hint(name, studies.iter().map(|study| study.name())))))
}
