//! What comes out of a stage, and gaps between runs of a seed.

use super::asked::{Start, Task};
use super::{Settings, other};
use crate::blocks::long_encoder::Mixer;
use crate::{Outcome, Series, Status, StudyError};

/// Along the steps on labels.
pub(super) const SERIES: [(&str, &str); 1] = [("test-accuracy", "Share of right answers on the test; of a pretraining, of masked tokens that are restored")];

pub(super) const SCALARS: [(&str, &str); 24] = [
    ("accuracy", "Share of right answers on the test, at the end"),
    ("learned", "The same of what was learned from"),
    ("majority", "Share of the most frequent answer of the test; of statistics, the exact share of the most frequent root value"),
    ("restored", "Share of masked tokens of test sequences that pretraining restores"),
    ("restored-guess", "Share of the most frequent one among them"),
    ("rate", "Peak of the learning rate, chosen on other seeds"),
    ("passed", "Sequences passed forward and backward, those of pretraining included"),
    ("spent", "Operations of the matrix products of that"),
    ("gap-scratch", "Accuracy of structured state spaces less that of attention, from scratch"),
    ("gap-longer", "The same, from scratch and for longer"),
    ("gap-pretrained", "The same, pretrained"),
    ("gap-size", "Size of that gap, pretrained"),
    ("closed", "Size of the gap from scratch less its size pretrained"),
    ("closed-longer", "Size of the gap for longer less its size pretrained"),
    ("match", "Accuracy of attention, pretrained, less that of structured state spaces from scratch"),
    ("structure-scratch", "Accuracy of structured state spaces less that of random ones, from scratch"),
    ("structure-pretrained", "The same, pretrained"),
    ("structure-lost", "The first less the second"),
    ("growth-attention", "What pretraining brings attention with few labels less what it brings with many"),
    ("growth-structured", "The same of structured state spaces"),
    ("statistics-gap", "Largest distance between exact shares of root values of lists and those of draws"),
    ("search-agreement", "Share of pictures whose answer a search along paths finds as well"),
    ("marks-alone", "Share of pictures of the test that are answered rightly by nothing but the cells that their marks are on"),
    ("convolution-gap", "Largest distance of a state space layer from the convolution that it is"),
];

/// The outcome of a stage with this course and what else was found.
pub(super) fn done(points: &[(f64, f64)], found: &[(&'static str, Option<f64>)], weights: Option<Vec<u8>>) -> Outcome {
    Outcome::gathered(Series::through(SERIES[0].0, points.iter().copied()).into_iter().collect(), &SCALARS, found, weights, Status::Done)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    Outcome::gathered(Vec::new(), &SCALARS, &[], None, Status::Diverged(why))
}

/// The runs that a relation holds against one another, in the order in which it needs them: mixer, beginning, and whether there are few labels.
pub(super) fn members(own: &Settings) -> Vec<(Mixer, Start, bool)> {
    use Mixer::{Attention, Random, Structured};
    use Start::{Longer, Pretrained, Scratch};
    let mut all = Vec::new();
    for mixer in [Attention, Structured] {
        all.extend([Scratch, Longer, Pretrained].map(|start| (mixer, start, false)));
    }
    // Random state spaces are asked of pictures alone.
    if own.task == Task::Paths {
        all.extend([Scratch, Pretrained].map(|start| (Random, start, false)));
    }
    if own.few > 0 {
        for mixer in [Attention, Structured] {
            all.extend([Scratch, Pretrained].map(|start| (mixer, start, true)));
        }
    }
    all
}

/// Gaps between runs of a seed. Where a run diverged, what needs it does not exist.
pub(super) fn relation(own: &Settings, needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let members = members(own);
    if members.len() != needs.len() {
        return Err(other("a relation lacks runs that it holds against one another"));
    }
    let of = |mixer: Mixer, start: Start, few: bool| {
        let place = members.iter().position(|member| *member == (mixer, start, few))?;
        needs.get(place)?.scalar("accuracy")
    };
    let many = |mixer: Mixer, start: Start| of(mixer, start, false);
    let less = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
    let gap = |start: Start| less(many(Mixer::Structured, start), many(Mixer::Attention, start));
    let structure = |start: Start| less(many(Mixer::Structured, start), many(Mixer::Random, start));
    let gain = |mixer: Mixer, few: bool| less(of(mixer, Start::Pretrained, few), of(mixer, Start::Scratch, few));
    let size = |gap: Option<f64>| gap.map(f64::abs);
    let [scratch, longer, pretrained] = [Start::Scratch, Start::Longer, Start::Pretrained].map(gap);
    let found = [
        ("gap-scratch", scratch),
        ("gap-longer", longer),
        ("gap-pretrained", pretrained),
        ("gap-size", size(pretrained)),
        ("closed", less(size(scratch), size(pretrained))),
        ("closed-longer", less(size(longer), size(pretrained))),
        ("match", less(many(Mixer::Attention, Start::Pretrained), many(Mixer::Structured, Start::Scratch))),
        ("structure-scratch", structure(Start::Scratch)),
        ("structure-pretrained", structure(Start::Pretrained)),
        ("structure-lost", less(structure(Start::Scratch), structure(Start::Pretrained))),
        ("growth-attention", less(gain(Mixer::Attention, true), gain(Mixer::Attention, false))),
        ("growth-structured", less(gain(Mixer::Structured, true), gain(Mixer::Structured, false))),
    ];
    Ok(done(&[(0.0, pretrained.unwrap_or(0.0))], &found, None))
}
