//! What comes out of stages, and an arm as its fit held against the denoisers of one kind.

use super::exam::AXES;
use super::other;
use crate::{Outcome, Series, Status, StudyError};

pub(super) const SERIES: [(&str, &str); 1] = [("loss", "Loss of pretraining in its own way, mean since the point before; 0 where nothing is pretrained")];

pub(super) const SCALARS: [(&str, &str); 36] = [
    ("continuation", "Bits for each symbol of the last quarter of a window, given the rest"),
    ("short", "Bits for each symbol of short spans that are missing, 15 per cent of a window"),
    ("long", "Bits for each symbol of a quarter of a window that is missing in its middle"),
    ("genre-tuned", "Share of right genres after all weights have learned from a few labels"),
    ("genre-frozen", "Share of right genres by a ridge classifier on frozen features"),
    ("genre-letters", "Share of right genres by a ridge classifier on shares of letters: no network"),
    ("fill", "Mean of minus the logarithms of the bits on the three axes"),
    ("score", "Mean of the logarithms of all measures there are: one over bits, and shares of right genres; a difference is a mean relative gain"),
    ("behind-continuation", "Logarithm of the bits over those of the best of R, S and X: continuation"),
    ("behind-short", "The same: short spans"),
    ("behind-long", "The same: a long span"),
    ("worst", "The largest of the three"),
    ("floor-continuation", "The least bits there can be, given all that is left: continuation"),
    ("floor-short", "The same: short spans"),
    ("floor-long", "The same: a long span"),
    ("excess-continuation", "Bits above the least there can be: continuation"),
    ("excess-short", "The same: short spans"),
    ("excess-long", "The same: a long span"),
    ("over-left-short", "Bits above the least there can be for who sees the left side of a gap alone: short spans"),
    ("over-left-long", "The same: a long span"),
    ("format-continuation", "Format that was chosen: 0 text as it is, 1 sentinels, 2 to 4 sentinels after R, S or X: continuation"),
    ("format-short", "The same: short spans"),
    ("format-long", "The same: a long span"),
    ("mode-gap", "Logarithm of the bits with the worst mode over those with the best, mean over axes; of a model with several modes"),
    ("genre-valid", "Share of right genres among other texts, by which the rate of the fit is chosen"),
    ("genre-known", "Share of right genres among the texts whose labels were learned"),
    ("rate", "Peak of the learning rate of pretraining, chosen on other seeds"),
    ("rate-edge", "1 where it is at an end of its grid, else 0"),
    ("fit-rate", "Learning rate of the fit, chosen on other seeds"),
    ("fit-edge", "1 where it is at an end of its grid, else 0"),
    ("own-loss", "Loss of pretraining on other windows, in nats a token that is asked for"),
    ("passed", "Rows passed forward and backward in pretraining"),
    ("operations", "Operations of pretraining, in millions of millions"),
    ("fit-operations", "Operations of the fit, in millions of millions"),
    ("steps", "Steps of pretraining"),
    ("rivals", "How many of R, S and X the arm was held against"),
];

/// An outcome with this curve and these scalars; all others, and what is not finite, do not exist.
pub(super) fn outcome(curve: &[[f64; 2]], found: &[(&str, Option<f64>)], weights: Option<Vec<u8>>, status: Status) -> Outcome {
    let series = Series::through(SERIES[0].0, curve.iter().map(|[x, y]| (*x, *y))).into_iter().collect();
    Outcome::gathered(series, &SCALARS, found, weights, status)
}

/// The outcome of a stage that ended early.
pub(super) fn diverged(why: String) -> Outcome {
    outcome(&[], &[], None, Status::Diverged(why))
}

/// The curve of an earlier stage; one point at 0 where nothing was pretrained.
pub(super) fn curve(before: Option<&Outcome>) -> Vec<[f64; 2]> {
    let known = before.and_then(|before| before.series(SERIES[0].0));
    known.map_or_else(|| vec![[1.0, 0.0]], |series| series.x.iter().zip(&series.y).map(|(x, y)| [*x, *y]).collect())
}

/// Whether a value is at an end of its grid.
pub(super) fn edge(grid: &[f64], value: f64) -> Option<f64> {
    let (least, most) = grid.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), rate| (least.min(*rate), most.max(*rate)));
    (grid.len() > 2).then(|| f64::from(u8::from(value <= least || value >= most)))
}

/// The names of the bits of an axis and of what is made of them.
pub(super) struct Names {
    pub(super) bits: &'static str,
    pub(super) behind: &'static str,
    pub(super) floor: &'static str,
    pub(super) excess: &'static str,
    /// Of an axis on which the right side could say something.
    pub(super) over_left: Option<&'static str>,
    pub(super) format: &'static str,
}

/// Of the axes, in their order.
pub(super) const NAMES: [Names; AXES.len()] = [
    Names {
        bits: "continuation",
        behind: "behind-continuation",
        floor: "floor-continuation",
        excess: "excess-continuation",
        over_left: None,
        format: "format-continuation",
    },
    Names { bits: "short", behind: "behind-short", floor: "floor-short", excess: "excess-short", over_left: Some("over-left-short"), format: "format-short" },
    Names { bits: "long", behind: "behind-long", floor: "floor-long", excess: "excess-long", over_left: Some("over-left-long"), format: "format-long" },
];

/// An arm, of its fit and of those of R, S and X (where its plan has them).
pub(super) fn run(needs: &[Outcome]) -> Result<Outcome, StudyError> {
    let (fit, rivals) = needs.split_first().ok_or_else(|| other("an arm lacks its fit"))?;
    let mut arm = Outcome { weights: None, ..fit.clone() };
    let mut put = |name: &str, value: Option<f64>| {
        if let Some(place) = arm.scalars.iter_mut().find(|(known, _)| known == name) {
            place.1 = value.filter(|v| v.is_finite());
        }
    };
    put("rivals", Some(rivals.len() as f64));
    // Where one of the three has no number, nobody knows which is the best.
    let mut behind = Vec::new();
    for names in NAMES {
        let best = rivals.iter().map(|rival| rival.scalar(names.bits)).try_fold(f64::INFINITY, |least, bits| Some(least.min(bits?)));
        let gap = best.zip(fit.scalar(names.bits)).map(|(best, own)| (own / best).ln()).filter(|gap| gap.is_finite());
        put(names.behind, gap);
        behind.extend(gap);
    }
    if behind.len() == NAMES.len() {
        put("worst", behind.into_iter().reduce(f64::max));
    }
    Ok(arm)
}
