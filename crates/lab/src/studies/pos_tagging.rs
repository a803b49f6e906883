//! Learning curves of part-of-speech taggers (Vilares Ferro, Darriba and Ribadas, CSL 2017, arXiv 2402.02515): the accuracy of four
//! taggers against the words that they have learnt from.
//!
//! **What the paper claims.** That the accuracy of a tagger on the whole of a training corpus can be estimated from a portion of it. The
//! estimator is the forecaster `trend`; what is made here are the curves that it is asked about.
//!
//! **What is trained.** A learning scheme as in the paper: a kernel of `step` words, and steps of as many words, each to the end of its
//! sentence; the accuracy of every level is the mean over `folds` test parts of the corpus. The corpora are the Brown corpus with its 472 raw
//! tags (the paper's English corpus, Frown, is its twin of thirty years later and not free) and the English Web Treebank with the tags of the
//! Penn Treebank. Taggers are four of ours instead of the paper's ten programs: the most frequent tag with a suffix back-off, a greedy bigram
//! tagger over it, a trigram hidden Markov model after TnT (Brants 2000), which is one of the paper's ten, and an averaged perceptron.
//!
//! **What is given up.** Ten folds of the perceptron at two hundred levels would take an hour: `points` chooses levels that are evenly spaced
//! in their logarithm. The order of sentences is shuffled once, by a seed that is the study's own, so that all taggers see the same one; the
//! paper takes its corpora in a random order too.
//!
//! **Controls.** The two simple taggers are those of the reference curves `brown_pos_curves`, made with another program in another language:
//! in that program's order of sentences they agree with it to the sixth decimal at all 208 levels; in the order used here, by what a shuffle moves.

mod bigram;
mod corpus;
mod perceptron;
mod suffix;
mod tagger;
mod trigram;

use std::ops::Range;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use crate::{Arm, Context, Go, Outcome, Series, Stage, Status, Study, StudyError, settings};

use bigram::Bigram;
use corpus::Corpus;
use perceptron::Perceptron;
use suffix::Suffix;
use tagger::Tagger;
use trigram::Trigram;

/// The study.
pub struct PosTagging;

/// Which corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// The Brown corpus, with its raw tags.
    Brown,
    /// The English Web Treebank, with the tags of the Penn Treebank; its three parts are one text.
    Ewt,
}

/// Which tagger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The most frequent tag of a word, and of the longest known suffix of an unknown one.
    Suffix,
    /// Greedy, by the tag before and the word, with `suffix` as back-off.
    Bigram,
    /// A trigram hidden Markov model after TnT.
    Trigram,
    /// An averaged perceptron, greedy.
    Perceptron,
}

/// Its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// The corpus.
    pub corpus: Text,
    /// The tagger.
    pub tagger: Kind,
    /// Words of the kernel and of every step, at least 100.
    pub step: usize,
    /// Levels at most, evenly spaced in their logarithm; 0 for all of them.
    pub points: usize,
    /// Parts of the corpus, at least 2, each of which is the test part once.
    pub folds: usize,
    /// One of the parts alone, counted from 0; −1 for the mean over all.
    pub fold: i64,
    /// Words of the training part at most; 0 for all of them.
    pub words: usize,
    /// Points by which every seventh of the levels of the first tenth is made too low, 0 or more: distorted observations, with the rest as it is.
    pub distorted: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { corpus: Text::Brown, tagger: Kind::Suffix, step: 5000, points: 0, folds: 10, fold: -1, words: 0, distorted: 0.0 }
    }
}

/// Fewer words are no step: a sentence has some twenty.
const LEAST_STEP: usize = 100;

impl Settings {
    fn check(&self) -> Result<(), StudyError> {
        let wrong = |what: String| Err(StudyError::Setting(format!("pos-tagging: {what}")));
        if self.step < LEAST_STEP {
            return wrong(format!("step is {}; it must be at least {LEAST_STEP} words", self.step));
        }
        if !(2..=100).contains(&self.folds) {
            return wrong(format!("folds is {}; it must be 2 to 100", self.folds));
        }
        if self.fold < -1 || self.fold >= self.folds as i64 {
            return wrong(format!("fold is {}; it must be −1 (all) or 0 to {}", self.fold, self.folds - 1));
        }
        let sensible = (0.0..=100.0).contains(&self.distorted);
        if !sensible {
            return wrong(format!("distorted is {}; it must be 0 to 100 points", self.distorted));
        }
        Ok(())
    }

    fn dataset(&self) -> &'static str {
        match self.corpus {
            Text::Brown => "brown_tagged",
            Text::Ewt => "ud_english_ewt",
        }
    }

    /// Operations, about: measured seconds on one core, at the rate of the runner's estimate.
    fn flops(&self) -> f64 {
        let (all, levels) = match self.corpus {
            Text::Brown => (1.04e6f64, 208.0f64),
            Text::Ewt => (2.29e5, 45.0f64),
        };
        let all = if self.words > 0 { all.min(self.words as f64) } else { all };
        let levels = if self.points > 0 { levels.min(self.points as f64) } else { levels };
        let seconds = match self.tagger {
            Kind::Suffix => 0.6 + 0.004 * levels,
            Kind::Bigram => 0.8 + 0.02 * levels,
            Kind::Trigram => 0.6 + 0.15 * levels,
            Kind::Perceptron => 0.6 + 4.0 * levels * all / 1.04e6,
        };
        2e9 * seconds
    }
}

/// The seed of the one shuffle; any number would do.
const ORDER: u64 = 2402;

impl Study for PosTagging {
    const NAME: &'static str = "pos-tagging";
    const TITLE: &'static str = "Part-of-speech taggers: accuracy against the words they have learnt from, on Brown and on the English Web Treebank";
    const CITE: &'static str = "vilares2017modeling";
    const EPOCH: u32 = 1;
    const RESOURCE: &'static str = "word";
    const SERIES: &'static [(&'static str, &'static str)] = &[("accuracy", "Tokens of the test part with the right tag, %")];
    const SCALARS: &'static [(&'static str, &'static str)] = &[
        ("final-accuracy", "Accuracy of the last level, %"),
        ("words", "Words learnt at the last level"),
        ("test-words", "Words of a test part"),
        ("unknown", "Share of the words of the test part that are unknown at the last level, %"),
        ("unknown-accuracy", "Accuracy on these, %"),
    ];
    type Settings = Settings;

    fn stages(settings: &Settings, arms: &[Arm], seeds: Range<u64>) -> Result<Vec<Stage>, StudyError> {
        let mut stages = Vec::new();
        for arm in arms {
            let own = settings::of_arm(settings, arm)?;
            own.check()?;
            for seed in seeds.clone() {
                if own.fold >= 0 {
                    stages.push(Stage::of(arm, seed, &own, own.flops())?.reading(own.dataset()));
                    continue;
                }
                let mut whole = Stage::of(arm, seed, &own, 1e6)?;
                for fold in 0..own.folds {
                    let one = Settings { fold: fold as i64, distorted: 0.0, ..own.clone() };
                    let mut stage = Stage::of(arm, seed, &one, one.flops())?.reading(own.dataset());
                    stage.id = format!("{}/fold={fold}", stage.id);
                    whole.needs.push(stages.len());
                    stages.push(stage);
                }
                stages.push(whole);
            }
        }
        Ok(stages)
    }

    fn run(stage: &Stage, needs: &[Outcome], context: &mut Context<'_>) -> Result<Outcome, StudyError> {
        let settings: Settings = settings::parse(&stage.settings)?;
        settings.check()?;
        if settings.fold < 0 { mean(needs, settings.step, settings.distorted) } else { one_fold(&settings, stage.seed, context) }
    }
}

/// What a level says: words learnt, and tokens of the test part with the right tag.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Level {
    words: usize,
    right: usize,
}

/// The curve of one test part.
fn one_fold(settings: &Settings, seed: u64, context: &mut Context<'_>) -> Result<Outcome, StudyError> {
    let other = |e: String| StudyError::Other(format!("pos-tagging: {e}"));
    let corpus = read(settings, context).map_err(other)?;
    let mut order: Vec<usize> = (0..corpus.sentences.len()).collect();
    order.shuffle(&mut Pcg64::seed_from_u64(ORDER + seed));
    let fold = settings.fold as usize;
    let held_out: Vec<usize> = order.iter().copied().skip(fold).step_by(settings.folds).collect();
    let train: Vec<usize> = order.iter().enumerate().filter(|(k, _)| k % settings.folds != fold).map(|(_, s)| *s).collect();
    let all: usize = train.iter().map(|s| corpus.sentences[*s].len()).sum();
    let most = if settings.words > 0 { all.min(settings.words) } else { all };
    let wanted = levels(most / settings.step, settings.points);
    if wanted.is_empty() {
        return Err(StudyError::Setting(format!("pos-tagging: {most} words of training are less than one step of {}", settings.step)));
    }
    let tags = corpus.tags.len();
    let mut tagger: Box<dyn Tagger> = match settings.tagger {
        Kind::Suffix => Box::new(Suffix::new(&corpus.words)),
        Kind::Bigram => Box::new(Bigram::new(&corpus.words)),
        Kind::Trigram => Box::new(Trigram::new(&corpus.words, tags).map_err(other)?),
        Kind::Perceptron => Box::new(Perceptron::new(&corpus.words, tags, context.seed)),
    };
    // Levels that were measured before are learnt again, which is quick, and not measured again.
    let saved = context.checkpoint.load().and_then(|bytes| progress(&bytes)).unwrap_or_default();
    let mut known = vec![false; corpus.words.len()];
    let (mut words, mut done): (usize, Vec<Level>) = (0, Vec::new());
    let mut sentences = train.iter();
    for level in &wanted {
        while words < level * settings.step {
            let Some(next) = sentences.next() else { break };
            let sentence = &corpus.sentences[*next];
            words += sentence.len();
            sentence.iter().for_each(|(word, _)| known[*word as usize] = true);
            tagger.learn(sentence);
        }
        let measured = saved.get(done.len()).filter(|l| l.words == words).copied();
        let last = done.len() + 1 == wanted.len();
        done.push(match measured.filter(|_| !last) {
            Some(level) => level,
            None => {
                tagger.prepare();
                Level { words, right: right(&corpus, &held_out, &*tagger, |_| true).0 }
            }
        });
        if (context.watch)(words as f64 / most as f64) == Go::Stop {
            let text = done.iter().map(|l| format!("{} {}\n", l.words, l.right)).collect::<String>();
            context.checkpoint.save(text.as_bytes()).map_err(|e| other(format!("cannot save the progress: {e}")))?;
            return Err(StudyError::Interrupted);
        }
    }
    let (unknown_right, unknown) = right(&corpus, &held_out, &*tagger, |word| !known[word as usize]);
    let test = held_out.iter().map(|s| corpus.sentences[*s].len()).sum::<usize>();
    let percent = |part: usize, of: usize| (of > 0).then(|| 100.0 * part as f64 / of as f64);
    let count = done.len();
    let y: Vec<f64> = done.iter().enumerate().filter_map(|(k, l)| Some(percent(l.right, test)? - odd(k, count, settings.distorted))).collect();
    let scalars = [y.last().copied(), Some(words as f64), Some(test as f64), percent(unknown, test), percent(unknown_right, unknown)];
    let series = Series { name: PosTagging::SERIES[0].0.to_owned(), x: done.iter().map(|l| l.words as f64).collect(), y };
    Ok(outcome(series, scalars))
}

fn outcome(series: Series, scalars: [Option<f64>; 5]) -> Outcome {
    let names = PosTagging::SCALARS.iter().map(|s| s.0.to_owned());
    Outcome { series: vec![series], scalars: names.zip(scalars).collect(), weights: None, status: Status::Done }
}

/// Saved levels: two numbers a line; none where a line is anything else.
fn progress(bytes: &[u8]) -> Option<Vec<Level>> {
    let line = |line: &str| -> Option<Level> {
        let (words, right) = line.split_once(' ')?;
        Some(Level { words: words.parse().ok()?, right: right.parse().ok()? })
    };
    std::str::from_utf8(bytes).ok()?.lines().map(line).collect()
}

/// The text of the corpus.
fn read(settings: &Settings, context: &Context<'_>) -> Result<Corpus, String> {
    let text = |file: &str| -> Result<String, String> {
        let bytes = context.files.read(settings.dataset(), file)?;
        String::from_utf8(bytes).map_err(|e| format!("{file}: {e}"))
    };
    let mut corpus = Corpus::default();
    match settings.corpus {
        Text::Brown => {
            corpus.read_brown(&text("brown_tagged.txt")?).map_err(|e| format!("brown_tagged.txt: {e}"))?;
        }
        Text::Ewt => {
            for file in ["en_ewt_train.tsv", "en_ewt_dev.tsv", "en_ewt_test.tsv"] {
                corpus.read_conll(&text(file)?).map_err(|e| format!("{file}: {e}"))?;
            }
        }
    }
    Ok(corpus)
}

/// The levels that are measured, of `all` there are: evenly spaced in the logarithm, the first and the last among them.
fn levels(all: usize, points: usize) -> Vec<usize> {
    if points == 0 || points >= all {
        return (1..=all).collect();
    }
    let gap = (all as f64).ln() / points.saturating_sub(1).max(1) as f64;
    let mut chosen: Vec<usize> = (0..points).map(|k| ((gap * k as f64).exp().round() as usize).clamp(1, all)).collect();
    if let Some(end) = chosen.last_mut() {
        *end = all;
    }
    chosen.dedup();
    chosen
}

/// Tokens with the right tag, and all tokens, among those whose word counts.
fn right(corpus: &Corpus, sentences: &[usize], tagger: &dyn Tagger, counts: impl Fn(u32) -> bool) -> (usize, usize) {
    let (mut words, mut tags) = (Vec::new(), Vec::new());
    let (mut right, mut all) = (0, 0);
    for sentence in sentences.iter().map(|s| &corpus.sentences[*s]) {
        words.clear();
        words.extend(sentence.iter().map(|t| t.0));
        tagger.tag(&words, &mut tags);
        for ((word, tag), said) in sentence.iter().zip(&tags) {
            if counts(*word) {
                all += 1;
                right += usize::from(tag == said);
            }
        }
    }
    (right, all)
}

/// By how much an observation is too low.
fn odd(k: usize, count: usize, distorted: f64) -> f64 {
    if k % 7 == 6 && k < count / 10 { distorted } else { 0.0 }
}

/// The mean over test parts, level by level: of the words learnt, and of the accuracies.
fn mean(folds: &[Outcome], step: usize, distorted: f64) -> Result<Outcome, StudyError> {
    let parts: Vec<&Series> = folds.iter().filter_map(|f| f.series.first()).collect();
    // Parts differ by a sentence or two, so that the last level of one may be missing.
    let count = parts.iter().map(|s| s.x.len()).min().unwrap_or(0);
    if parts.len() < folds.len() || count == 0 {
        return Err(StudyError::Other("pos-tagging: a test part has no curve".to_owned()));
    }
    let n = parts.len() as f64;
    let over = |of: &dyn Fn(&Series) -> f64| parts.iter().map(|s| of(s)).sum::<f64>() / n;
    let x: Vec<f64> = (0..count).map(|k| over(&|s| s.x[k])).collect();
    // Levels that were chosen differently cannot be averaged.
    let far = |k: usize| parts.iter().any(|s| (s.x[k] - x[k]).abs() > step as f64);
    if let Some(k) = (0..count).find(|k| far(*k)) {
        return Err(StudyError::Setting(format!("pos-tagging: the test parts have other levels from the {k}th on; take all levels (points = 0) or one fold")));
    }
    let y: Vec<f64> = (0..count).map(|k| over(&|s| s.y[k]) - odd(k, count, distorted)).collect();
    let scalar = |name: &str| -> Option<f64> { Some(folds.iter().map(|f| f.scalar(name)).sum::<Option<f64>>()? / n) };
    let mut scalars = PosTagging::SCALARS.iter().map(|s| scalar(s.0));
    let rest: Vec<Option<f64>> = scalars.by_ref().collect();
    let scalars = [y.last().copied(), x.last().copied(), rest[2], rest[3], rest[4]];
    Ok(outcome(Series { name: PosTagging::SERIES[0].0.to_owned(), x, y }, scalars))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DynStudy, Files, Memory, arms};

    /// A small language: nouns, verbs and adjectives that can be told by their endings, and one word of two tags.
    struct Small;

    impl Files for Small {
        fn read(&self, dataset: &str, file: &str) -> Result<Vec<u8>, String> {
            assert_eq!((dataset, file), ("brown_tagged", "brown_tagged.txt"));
            let line = |k: usize| format!("a01\tthe/at {}y/jj n{}er/nn can/md v{}ize/vb the/at can/nn ./.\n", k % 37, k % 53, k % 71);
            Ok((0..600).map(line).collect::<String>().into_bytes())
        }
    }

    fn run(tagger: &str, watch: &dyn Fn(f64) -> Go, memory: &mut Memory) -> Result<Vec<Outcome>, StudyError> {
        let with = toml::from_str(&format!("tagger = \"{tagger}\"\nstep = 500\nfolds = 3")).unwrap();
        let stages = PosTagging.stages(&with, &arms::product(&toml::Table::new()).unwrap(), 0..1).unwrap();
        assert_eq!((stages.len(), stages[0].reads.as_slice()), (4, ["brown_tagged".to_owned()].as_slice()));
        let mut outcomes: Vec<Outcome> = Vec::new();
        for stage in &stages {
            let needs: Vec<Outcome> = stage.needs.iter().map(|n| outcomes[*n].clone()).collect();
            outcomes.push(PosTagging.run(stage, &needs, &mut Context { seed: 1, checkpoint: memory, files: &Small, watch })?);
        }
        Ok(outcomes)
    }

    #[test]
    fn every_tagger_learns_a_language_that_can_be_learnt() {
        for tagger in ["suffix", "bigram", "trigram", "perceptron"] {
            let all = run(tagger, &|_| Go::On, &mut Memory::default()).unwrap();
            let mean = &all[3].series[0];
            assert!(mean.x.windows(2).all(|w| w[0] < w[1]) && mean.x.len() == 6, "{:?}", mean.x);
            let last = *mean.y.last().unwrap();
            // `can` is a modal and a noun as often: who does not look at the tag before is wrong at half of them, an eighth of all words.
            let top = if tagger == "suffix" { 87.5 } else { 100.0 };
            assert!((last - top).abs() < 1.0, "{tagger}: {last}");
            let by_hand = all[..3].iter().map(|o| o.series[0].y[2]).sum::<f64>() / 3.0;
            assert!((mean.y[2] - by_hand).abs() < 1e-12);
            assert_eq!((all[3].scalar("final-accuracy"), all[3].scalar("test-words")), (Some(last), Some(1600.0)));
        }
    }

    #[test]
    fn a_stop_saves_what_was_measured() {
        let whole = run("bigram", &|_| Go::On, &mut Memory::default()).unwrap();
        let mut memory = Memory::default();
        let stopped = run("bigram", &|share| if share > 0.5 { Go::Stop } else { Go::On }, &mut memory);
        assert!(matches!(stopped, Err(StudyError::Interrupted)) && memory.0.is_some());
        assert_eq!(run("bigram", &|_| Go::On, &mut memory).unwrap()[0], whole[0]);
        assert_eq!(run("bigram", &|_| Go::On, &mut Memory(Some(b"odd".to_vec()))).unwrap()[0], whole[0]);
    }

    #[test]
    fn distorted_levels_are_some_of_the_first_tenth() {
        let fold = |y: f64| outcome(Series { name: "accuracy".to_owned(), x: (1..=100).map(f64::from).collect(), y: vec![y; 100] }, [Some(y); 5]);
        let odd = mean(&[fold(90.0), fold(92.0)], 1, 3.0).unwrap();
        assert_eq!(odd.series[0].y.iter().enumerate().filter(|(_, y)| **y != 91.0).collect::<Vec<_>>(), [(6, &88.0)]);
        assert!(mean(&[], 1, 0.0).is_err());
        let mut other = fold(92.0);
        other.series[0].x.iter_mut().for_each(|x| *x *= 2.0);
        assert!(mean(&[fold(90.0), other], 1, 0.0).unwrap_err().to_string().contains("other levels"));
    }

    #[test]
    fn levels_are_all_or_evenly_spaced_in_the_logarithm() {
        assert_eq!((levels(4, 0), levels(4, 9)), (vec![1, 2, 3, 4], vec![1, 2, 3, 4]));
        let few = levels(208, 20);
        assert!(few[0] == 1 && few.last() == Some(&208) && few.windows(2).all(|w| w[0] < w[1]) && few.len() > 15, "{few:?}");
        assert!(levels(0, 5).is_empty());
    }

    #[test]
    fn settings_that_cannot_be_are_refused() {
        let of = |text: &str| PosTagging.stages(&toml::from_str(text).unwrap(), &arms::product(&toml::Table::new()).unwrap(), 0..1).map(|_| ());
        for (text, says) in
            [("step = 5", "at least 100"), ("folds = 1", "2 to 100"), ("fold = 10", "0 to 9"), ("tagger = \"tnt\"", "tnt"), ("distorted = -1.0", "0 to 100")]
        {
            let why = of(text).unwrap_err().to_string();
            assert!(why.contains(says), "{text}: {why}");
        }
        assert!(of("fold = 3").is_ok());
    }
}
