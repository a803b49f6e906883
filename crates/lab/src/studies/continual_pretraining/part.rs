//! A part of a training: some steps of one phase.

use serde::{Deserialize, Serialize};

use super::Corpus;
use super::world::{HEADS, LENGTH, language};
use crate::blocks::language_model::Size;
use crate::blocks::schedules::Schedule;
use crate::grid::log_spaced;

/// What peaks are chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum By {
    /// The mean loss on all domains so far.
    Average,
    /// The loss on the domain that is learned.
    Now,
    /// What the model can do and knows in it.
    Tasks,
}

impl By {
    /// The scalar that is higher the better.
    pub(super) fn scalar(self) -> &'static str {
        match self {
            Self::Average => "score-average",
            Self::Now => "score-now",
            Self::Tasks => "tasks",
        }
    }
}

/// Some steps of one phase. It needs the part that it follows, if any, and then those that its peak is chosen by: as many for each candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Part {
    pub(super) words: usize,
    pub(super) width: usize,
    pub(super) layers: usize,
    pub(super) batch: usize,
    /// Share of the rows that B has from A; zero where B has no part in it.
    pub(super) shared: f64,
    /// The same of the third domain.
    pub(super) back: f64,
    /// The domains so far, of which the last is learned.
    pub(super) corpora: Vec<Corpus>,
    /// 0 for pretraining, and so on.
    pub(super) phase: usize,
    pub(super) repeats: f64,
    pub(super) bad: f64,
    pub(super) noise: f64,
    /// Are words in random order?
    pub(super) shuffled: bool,
    /// Good documents alone?
    pub(super) good: bool,
    /// Share of documents of the pretraining.
    pub(super) replay: f64,
    /// How many there are of these, and how many of them repeat; zero where none is seen again.
    pub(super) earlier: usize,
    pub(super) earlier_repeats: f64,
    /// Documents that are passed again and again; zero for new ones all the time.
    pub(super) pool: usize,
    /// Steps before the phase.
    pub(super) offset: usize,
    /// Its first step in the phase, and the one after its last.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) schedule: Schedule,
    /// Steps of the phase by which looks are spaced, and how many looks there are.
    pub(super) steps: usize,
    pub(super) looks: usize,
    pub(super) held_out: usize,
    /// Peaks of the rate, of which one is chosen; where it follows a part, over the peak of that.
    pub(super) peaks: Vec<f64>,
    pub(super) by: By,
    pub(super) follows: bool,
    /// Does another part go on from it?
    pub(super) hands_over: bool,
}

impl Part {
    /// What the model looks like.
    pub(super) fn size(&self) -> Size {
        Size { vocabulary: language(self.words).vocabulary(), length: LENGTH, width: self.width, heads: HEADS, layers: self.layers }
    }

    /// The domain that is learned.
    pub(super) fn corpus(&self) -> Corpus {
        self.corpora.last().copied().unwrap_or(Corpus::A)
    }

    /// The domains that are looked at all the time: the first, and the one that is learned where it is another.
    pub(super) fn looked_at(&self) -> Vec<Corpus> {
        let now = self.corpus();
        if now == Corpus::A { vec![Corpus::A] } else { vec![Corpus::A, now] }
    }

    /// A domain between these two, which is looked at in the end.
    pub(super) fn between(&self) -> Option<Corpus> {
        let looked_at = self.looked_at();
        self.corpora.iter().copied().find(|corpus| !looked_at.contains(corpus))
    }

    /// The steps of the phase before which the model is looked at: the first of the part among them, its end not.
    pub(super) fn grid(&self) -> Vec<u64> {
        let (from, to) = (self.from as u64, self.to as u64);
        let spaced = log_spaced(5, self.steps as u64, self.looks);
        std::iter::once(from).chain(spaced.into_iter().filter(|step| (from + 1..to).contains(step))).collect()
    }

    /// Operations of its matrix products.
    pub(super) fn flops(&self) -> f64 {
        let passed = |documents: usize| documents as f64 * LENGTH as f64 * 2.0 * self.size().multiplications();
        let look = 2 * self.held_out;
        let looks = (self.grid().len() + 1) * self.looked_at().len() + usize::from(self.between().is_some());
        3.0 * passed((self.to - self.from) * self.batch) + passed(looks * look)
    }
}
