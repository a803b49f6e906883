//! What a measure is: which direction is good, where it can lie, and whether it is in percent. Inferred, shown, and overridable.

use curves::Better;
use evaluation::stat::spearman;

use crate::Error;

/// A rank correlation beyond this is a direction.
pub(super) const DIRECTION: f64 = 0.5;
/// Words in the names of measures of which less is better.
const LOWER: [&str; 15] = ["loss", "err", "ppl", "perplexity", "nll", "bpb", "bpc", "bits", "wer", "cer", "mae", "mse", "rmse", "entropy", "fid"];
/// Words in the names of measures of which more is better.
const HIGHER: [&str; 19] = [
    "acc",
    "accuracy",
    "auc",
    "auroc",
    "f1",
    "bleu",
    "rouge",
    "score",
    "reward",
    "dice",
    "iou",
    "map",
    "precision",
    "recall",
    "r2",
    "psnr",
    "ssim",
    "success",
    "win",
];

/// What is known of a measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// Which direction is good.
    pub better: Better,
    /// Was that told, or inferred from the name and the values?
    pub told: bool,
    /// The lowest possible value; −∞ where none is known.
    pub low: f64,
    /// The highest possible value; +∞ where none is known.
    pub high: f64,
    /// Does it look like a share in percent?
    pub percent: bool,
}

impl Measure {
    /// As told, and the rest from the name of the measure and its values (at least one, all finite).
    pub(super) fn of(name: &str, x: &[f64], y: &[f64], better: Option<Better>, bounds: Option<(f64, f64)>) -> Result<Self, Error> {
        let (least, most) = y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
        let direction = better.or_else(|| named(name)).unwrap_or_else(|| moved(x, y));
        let (low, high, percent) = match bounds {
            Some((from, to)) => {
                if !(from < to && from.is_finite() && to.is_finite()) {
                    return Err(Error::Option(format!("bounds from {from} to {to}; the first must be the lower one, and both finite")));
                }
                if least < from || most > to {
                    return Err(Error::OutsideBounds { low: least, high: most, from, to });
                }
                (from, to, false)
            }
            None => usual(direction, least, most),
        };
        Ok(Self { better: direction, told: better.is_some(), low, high, percent })
    }

    /// A value moved between the bounds.
    pub(super) fn within(&self, value: f64) -> f64 {
        value.clamp(self.low, self.high)
    }
}

/// The direction that a name tells. Words are parts between anything but letters and digits, and a word may begin a longer one (`val_accuracy`, `errors`).
fn named(name: &str) -> Option<Better> {
    let name = name.to_lowercase();
    let words = || name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    // A minus or a "neg" before a loss turns it round, and nothing here can tell which way: the values decide.
    if words().any(|w| w == "neg" || w == "negative" || w == "minus") {
        return None;
    }
    let begins = |list: &[&str]| words().any(|w| list.iter().any(|l| w == *l || (l.len() > 2 && w.starts_with(l))));
    match (begins(&LOWER), begins(&HIGHER)) {
        (true, false) => Some(Better::Lower),
        (false, true) => Some(Better::Higher),
        _ => None,
    }
}

/// The direction in which the values move: what is trained gets better.
fn moved(x: &[f64], y: &[f64]) -> Better {
    if spearman(x, y).is_some_and(|r| r > DIRECTION) { Better::Higher } else { Better::Lower }
}

/// Where values like these usually can lie.
fn usual(better: Better, least: f64, most: f64) -> (f64, f64, bool) {
    match better {
        Better::Higher if least >= 0.0 && most <= 1.0 => (0.0, 1.0, false),
        // Nothing that is a share of one goes beyond it by so much; what rises to some tens and stays below a hundred is in percent.
        Better::Higher if least >= 0.0 && most > 1.5 && most <= 100.0 => (0.0, 100.0, true),
        Better::Higher => (f64::NEG_INFINITY, f64::INFINITY, false),
        Better::Lower if least >= 0.0 => (0.0, f64::INFINITY, false),
        Better::Lower => (f64::NEG_INFINITY, f64::INFINITY, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, y: &[f64]) -> Measure {
        let x: Vec<f64> = (1..=y.len()).map(|v| v as f64).collect();
        Measure::of(name, &x, y, None, None).unwrap()
    }

    #[test]
    fn names_tell_directions() {
        for (name, better) in [
            ("val_loss", Better::Lower),
            ("val/acc", Better::Higher),
            ("Accuracy (%)", Better::Higher),
            ("errors", Better::Lower),
            ("mAP50", Better::Higher),
            ("eval_bleu", Better::Higher),
        ] {
            assert_eq!(named(name), Some(better), "{name}");
        }
        assert_eq!((named("y"), named("neg_loss"), named("loss_accuracy")), (None, None, None));
        // `step` holds no word of either list, and `account` is no accuracy in spirit but begins like one: the values could overrule by --better.
        assert_eq!(named("step"), None);
    }

    #[test]
    fn values_tell_what_a_name_does_not() {
        assert_eq!(of("y", &[0.1, 0.2, 0.3, 0.4]).better, Better::Higher);
        assert_eq!(of("y", &[0.4, 0.3, 0.2, 0.1]).better, Better::Lower);
        assert_eq!(of("y", &[0.4]).better, Better::Lower);
    }

    #[test]
    fn bounds_follow_from_the_values_and_can_be_told() {
        let m = of("acc", &[0.1, 0.5]);
        assert_eq!((m.low, m.high, m.percent), (0.0, 1.0, false));
        let m = of("acc", &[11.0, 88.0]);
        assert_eq!((m.low, m.high, m.percent), (0.0, 100.0, true));
        let m = of("loss", &[3.0, 2.0]);
        assert_eq!((m.low, m.high), (0.0, f64::INFINITY));
        let m = of("loss", &[-0.1, -0.7]);
        assert_eq!((m.low, m.high), (f64::NEG_INFINITY, f64::INFINITY));
        let told = Measure::of("loss", &[1.0, 2.0], &[-0.1, -0.7], None, Some((-1.0, 1.0))).unwrap();
        assert_eq!((told.low, told.high, told.within(-3.0)), (-1.0, 1.0, -1.0));
        let why = |bounds| Measure::of("loss", &[1.0, 2.0], &[0.1, 0.7], None, Some(bounds)).unwrap_err();
        assert!(matches!(why((0.0, 0.5)), Error::OutsideBounds { .. }));
        assert!(matches!(why((1.0, 0.0)), Error::Option(_)));
    }
}
