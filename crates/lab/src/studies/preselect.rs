//! Data on which the losses of models are predictive of what they can do (Shum et al., *Predictive Data Selection*, arXiv 2503.00808, "PreSelect").
//!
//! **What the paper claims.** Take models of one family and of different ability. A document whose bits per character order them as their abilities
//! do is good to learn from. A scorer of words learns to tell such documents from others, and a model that is trained on the tenth that it keeps is
//! better than one that is trained on all, and than models trained on what other filters keep.
//!
//! **What is computed.** Models are counts: the next symbol given the five before it, interpolated (see `blocks::ngram`), so that there is no
//! learning rate and no chance in training. A pool has documents of 300 symbols: a quarter of them are pieces of text of six genres (English, or
//! made), and the others are junk of five kinds (see `blocks::junk`), so that it is known which are useful. Six models learn from ever more
//! documents of a reference that is mixed as the pool is, their abilities are measured on text of its own (see `blocks::text_probes`), and each
//! reads the pool. The predictive strength of a document d is S(d) = Σ_{i<j} 1[Cᵢ(d) > Cⱼ(d)] / (N (N − 1) / 2), models in the order of their
//! abilities, C bits per symbol. A tenth of the pool is scored; a linear scorer of words (see `blocks::hashed_scorer`) learns the fifth of these
//! with the highest strength against the fifth with the lowest, ties drawn at random; and the tenth of the pool that it likes best is what a new
//! model learns from.
//!
//! **Methods.** `preselect` as said. `direct`: by the strength of every document, without a scorer. `correlation`: in place of the strength,
//! Pearson's correlation of ability with minus the bits (after Thrush et al., arXiv 2409.05816). `mixed`: half of the models are of another family
//! (two symbols before the next). Filters: `perplexity` keeps the fewest bits under the largest model, `middle` what is nearest to its median,
//! `gap` the largest gain from the smallest model to the largest, `classifier` what a scorer likes that has learned the text abilities are measured
//! on, against the pool.
//!
//! **Controls.** `shuffled`: abilities are dealt out to models at random. `random`: any tenth. `all`: the whole pool, ten times as much. `oracle`:
//! useful documents alone. All methods share texts, pool, models and questions; nothing is tuned, for nothing has a rate: the penalty of the scorer
//! is fixed.
//!
//! **Sources.** Score, number of models, pipeline and tie-prone counts: a reading of the paper's text (notes of ours on it), and the abstract.

mod gather;
mod ladder;
mod plan;
mod select;
#[cfg(test)]
mod tests;
mod world;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::ngram::longest;
use crate::blocks::{genres, planned, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct Preselect;

/// Where text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// Six genres of made words.
    Made,
    /// Five genres of the English Web Treebank, and plays of Shakespeare.
    English,
}

/// What decides which documents are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// A scorer that has learned predictive strength.
    Preselect,
    /// Predictive strength itself.
    Direct,
    /// A scorer that has learned predictive strength under abilities that are dealt out at random.
    Shuffled,
    /// A scorer that has learned predictive strength under models of two families.
    Mixed,
    /// A scorer that has learned how ability and bits correlate.
    Correlation,
    /// The fewest bits under the largest model.
    Perplexity,
    /// The least distance to the median of these.
    Middle,
    /// The largest gain from the smallest model to the largest.
    Gap,
    /// A scorer that has learned text known to be good, against the pool.
    Classifier,
    /// What is planted: useful documents alone.
    Oracle,
    /// Chance.
    Random,
    /// Nothing: all documents are kept.
    All,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// Where text is from.
    pub text: Text,
    /// What decides which documents are kept.
    pub method: Method,
    /// Documents of the pool, at least 20.
    pub documents: usize,
    /// Share of them that are useful, above 0 and at most 1.
    pub useful: f64,
    /// Symbols of a document, at least 20.
    pub length: usize,
    /// Share of the pool that is kept, above 0 and at most 1.
    pub kept: f64,
    /// Share of the pool whose strength a scorer learns from, above 0 and at most 1.
    pub scored: f64,
    /// Share of these that are taken for good, and for bad, above 0 and at most 0.5.
    pub ends: f64,
    /// Whether scorers know pairs of words beside words.
    pub pairs: bool,
    /// Models whose losses are looked at, 2 to 12; each learns from twice as much as the one before.
    pub models: usize,
    /// Documents of the reference that the largest of them learns from.
    pub reference: usize,
    /// Symbols before the next one that a model looks at, 1 to 8.
    pub order: usize,
    /// The same of the other family of `mixed`, 1 to 8.
    pub other_order: usize,
    /// Pieces of each genre that are given as examples, at least 1.
    pub shots: usize,
    /// Documents of each made genre, at least 5.
    pub made_documents: usize,
    /// Words of a made document, at least 20.
    pub made_words: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            text: Text::Made,
            method: Method::Preselect,
            documents: 4_000,
            useful: 0.25,
            length: 300,
            kept: 0.1,
            scored: 0.1,
            ends: 0.2,
            pairs: false,
            models: 6,
            reference: 2_000,
            order: 5,
            other_order: 2,
            shots: 10,
            made_documents: 100,
            made_words: 300,
        }
    }
}

impl Settings {
    /// So many documents of the pool as are a share of it, one at least.
    fn part(&self, share: f64) -> usize {
        ((share * self.documents as f64).round() as usize).clamp(1, self.documents.max(1))
    }

    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        within(
            Preselect::NAME,
            &[
                ("documents", self.documents, 20, MANY),
                ("length", self.length, 20, 100_000),
                ("models", self.models, 2, 12),
                ("reference", self.reference, 1 << (self.models.clamp(1, 12) - 1), MANY),
                ("order", self.order, 1, longest(genres::SYMBOLS)),
                ("other-order", self.other_order, 1, longest(genres::SYMBOLS)),
                ("shots", self.shots, 1, MANY),
                ("made-documents", self.made_documents, 5, MANY),
                ("made-words", self.made_words, 20, MANY),
            ],
        )?;
        let shares = [("useful", self.useful, 1.0), ("kept", self.kept, 1.0), ("scored", self.scored, 1.0), ("ends", self.ends, 0.5)];
        let outside = |(_, share, most): &&(&str, f64, f64)| !(*share > 0.0 && share <= most);
        match shares.iter().find(outside) {
            Some((name, share, most)) => Err(StudyError::Setting(format!("{}: {name} has {share}; it must be above 0 and at most {most}", Preselect::NAME))),
            None => Ok(()),
        }
    }
}

impl Study for Preselect {
    const NAME: &'static str = "preselect";
    const TITLE: &'static str = "Documents kept because the losses of models on them predict abilities, against other filters, with planted junk";
    const CITE: &'static str = "shum2025preselect";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "symbol";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut plan = plan::Plan::default();
        planned(Self::NAME, "settings", settings, arms, seeds, Settings::check, |arm, seed, own| plan.arm(arm, seed, own))?;
        Ok(plan.stages.all)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        match settings::parse::<plan::Piece>(&stage.settings)? {
            plan::Piece::Models(own) => ladder::run(&own, context),
            plan::Piece::Fit(own) => select::run(&own, needs, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", Preselect::NAME))
}
