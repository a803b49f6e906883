//! Age, domains, quality and toxicity of pretraining data (Longpre et al., *A Pretrainer's Guide to Training Data*, arXiv 2305.13169).
//!
//! **What the paper claims.** Models do worse on text of other years than their own, and finetuning does not mend it; filters of quality and of
//! toxicity trade what standard benchmarks measure against the risk of toxic text, and no filter suits all; what a filter does to a domain cannot
//! be told from what the domain looks like; and heterogeneous domains are worth more than others.
//!
//! **What is computed.** Models are counts: the next symbol given those before it, interpolated (see `blocks::ngram`), so that no training has
//! chance in it. Four parts, each of which is a setting:
//! - `domains`: text of six genres, from which one is left out, or which is one alone, at a fixed number of documents (coverage alone changes) or
//!   with as many of each genre whatever else there is (volume changes too, as in the paper). The genre whose words have the highest entropy is
//!   `widest`. Made genres are four relatives, one that is a mixture of the four (so that the answer is known), and one with few words.
//! - `quality`: a pool with planted junk, of which a share is kept by a scorer of words that has learned text known to be good, or the opposite of
//!   it.
//! - `toxicity`: a pool in which planted words that stand nowhere else replace some words of some documents; the scorer has learned labelled text.
//!   What a model would write is exact: the probability of a planted word after a text without any.
//! - `age`: made text of several years, in each of which some words get a new spelling; every model meets every year, before and after it counts some
//!   text of that year four times over.
//!
//! **Controls.** `chance` removes as many documents at random, so that volume is told from content; `oracle` removes what is planted first; age
//! without drift has nothing to show; the genre that is known to cover the others. All arms of a seed share texts, pools and questions. Nothing is
//! tuned: there is no rate in a model that counts, and the penalty of the scorer is fixed.
//!
//! **Sources.** The abstract, and excerpts of the paper through notes of ours on it.

mod age;
mod domains;
mod filters;
mod gather;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::blocks::ngram::longest;
use crate::blocks::{genres, within};
use crate::{Arm, Context, Outcome, Stage, Study, StudyError, settings};

/// The study.
pub struct PretrainersGuide;

/// What is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Which genres there are.
    Domains,
    /// Which documents a filter of quality keeps.
    Quality,
    /// Which documents a filter of toxicity keeps.
    Toxicity,
    /// How old the text is.
    Age,
}

/// Where text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// Six genres of made words.
    Made,
    /// Five genres of the English Web Treebank, and plays of Shakespeare.
    English,
}

/// A genre, or none. Made genres have the names of the English ones, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// None of them.
    None,
    /// The one whose words have the highest entropy.
    Widest,
    /// The one whose words have the lowest.
    Narrowest,
    /// Answers; of the made genres the one that is a mixture of the next four.
    Answers,
    /// E-mail.
    Email,
    /// Newsgroups.
    Newsgroup,
    /// Reviews.
    Reviews,
    /// Weblogs.
    Weblog,
    /// Plays; of the made genres the one with few words.
    Shakespeare,
}

/// What stays the same when a genre is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Volume {
    /// The number of documents.
    Fixed,
    /// The number of documents of each other genre.
    Natural,
}

/// Which documents go first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filter {
    /// None go.
    None,
    /// What the scorer likes least.
    Scorer,
    /// What the scorer likes best.
    Inverse,
    /// Any.
    Chance,
    /// What is planted.
    Oracle,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// What is varied.
    pub part: Part,
    /// Where text is from (`age` makes its own).
    pub text: Text,
    /// Documents of all genres, of a pool, or of a year, at least 12.
    pub documents: usize,
    /// Symbols of a document, at least 20.
    pub length: usize,
    /// Symbols before the next one that a model looks at, 1 to 8.
    pub order: usize,
    /// Pieces of each kind that are given as examples, at least 1.
    pub shots: usize,
    /// `domains`: the genre that is left out.
    pub drop: Domain,
    /// `domains`: whether that genre is the only one instead.
    pub only: bool,
    /// `domains`: what stays the same.
    pub volume: Volume,
    /// `quality`, `toxicity`: which documents go first.
    pub filter: Filter,
    /// `quality`, `toxicity`: share of documents that is kept, above 0 and at most 1.
    pub keep: f64,
    /// `quality`, `toxicity`: share of documents that are junk, or have planted words, from 0 to 0.9.
    pub planted: f64,
    /// `age`: years, 2 to 20.
    pub years: usize,
    /// `age`: share of words that get a new spelling every year, from 0 to 1.
    pub drift: f64,
    /// Documents of each made genre, at least 10.
    pub made_documents: usize,
    /// Words of a made document, at least 20.
    pub made_words: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            part: Part::Domains,
            text: Text::Made,
            documents: 1_200,
            length: 300,
            order: 5,
            shots: 10,
            drop: Domain::None,
            only: false,
            volume: Volume::Fixed,
            filter: Filter::None,
            keep: 1.0,
            planted: 0.2,
            years: 6,
            drift: 0.1,
            made_documents: 80,
            made_words: 300,
        }
    }
}

/// Operations of reading a symbol, and of counting one, about: some twenty looks into tables that are larger than a cache.
const READ: f64 = 900.0;
const COUNT: f64 = 1_500.0;

impl Settings {
    /// What is out of range, by name.
    fn check(&self) -> Result<(), StudyError> {
        const MANY: usize = 1_000_000;
        within(
            PretrainersGuide::NAME,
            &[
                ("documents", self.documents, 12, MANY),
                ("length", self.length, 20, 100_000),
                ("order", self.order, 1, longest(genres::SYMBOLS)),
                ("shots", self.shots, 1, MANY),
                ("years", self.years, 2, 20),
                ("made-documents", self.made_documents, 10, MANY),
                ("made-words", self.made_words, 20, MANY),
            ],
        )?;
        let wrong = |what: String| Err(StudyError::Setting(format!("{}: {what}", PretrainersGuide::NAME)));
        let shares = [("keep", self.keep, f64::MIN_POSITIVE, 1.0), ("planted", self.planted, 0.0, 0.9), ("drift", self.drift, 0.0, 1.0)];
        for (name, share, least, most) in shares {
            if !(least..=most).contains(&share) {
                return wrong(format!("{name} has {share}; it must be at most {most}, and {}", if least > 0.0 { "above 0" } else { "0 or more" }));
            }
        }
        if self.only && self.drop == Domain::None {
            return wrong("only is true and drop is none; say which genre is the only one".to_owned());
        }
        Ok(())
    }

    /// What a stage costs.
    fn flops(&self) -> Result<f64, StudyError> {
        self.check()?;
        let symbols = |documents: usize| (documents * self.length) as f64;
        Ok(match self.part {
            Part::Age => (self.years * self.years) as f64 * (2.0 * READ * symbols(60) + COUNT * symbols(self.documents / 4)) + COUNT * symbols(self.documents),
            Part::Domains => COUNT * symbols(self.documents) + READ * symbols(3_500),
            Part::Quality | Part::Toxicity => 2.0 * COUNT * symbols(self.documents) + READ * symbols(6_000),
        })
    }
}

impl Study for PretrainersGuide {
    const NAME: &'static str = "pretrainers-guide";
    const TITLE: &'static str = "Age, domains, quality and toxicity of text, and what models that count it can do";
    const CITE: &'static str = "longpre2023guide";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "document";
    const SERIES: &'static [(&'static str, &'static str)] = &gather::SERIES;
    const SCALARS: &'static [(&'static str, &'static str)] = &gather::SCALARS;
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let stages = settings::stages(settings, arms, seeds, Settings::flops)?;
        let read = |stage: Stage| -> Result<Stage, StudyError> {
            let own: Settings = settings::parse(&stage.settings)?;
            let english = own.text == Text::English && own.part != Part::Age;
            Ok(if english { genres::DATASETS.into_iter().fold(stage, Stage::reading) } else { stage })
        };
        stages.into_iter().map(read).collect()
    }

    fn run(stage: &Stage, _needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let own: Settings = settings::parse(&stage.settings)?;
        own.check()?;
        match own.part {
            Part::Domains => domains::run(&own, context),
            Part::Quality | Part::Toxicity => filters::run(&own, context),
            Part::Age => age::run(&own, context),
        }
    }
}

/// Anything but a setting that stops the study.
fn other(what: impl std::fmt::Display) -> StudyError {
    StudyError::Other(format!("{}: {what}", PretrainersGuide::NAME))
}
