//! Names of runs and measures, as they can stand in the header and the cells of any table.

use std::borrow::Cow;

/// What a thing without a name is called.
const NAMELESS: &str = "unnamed";

/// Names of columns that say how far a run is, beside the step.
const PLACES: [&str; 9] = ["epoch", "epochs", "step", "global_step", "iter", "iteration", "update", "batch", "round"];

/// Words that names of times, counts and speeds have among their words.
const WORDS: [&str; 9] = ["time", "walltime", "runtime", "timestamp", "elapsed", "tokens", "samples", "flos", "flops"];

/// A name without blanks around it and without line ends and other control characters.
pub(crate) fn clean(name: &str) -> Cow<'_, str> {
    let trimmed = name.trim();
    if trimmed.is_empty() {
        Cow::Borrowed(NAMELESS)
    } else if trimmed.chars().any(odd) {
        let text: String = trimmed.chars().map(|c| if odd(c) { ' ' } else { c }).collect();
        let text = text.trim();
        if text.is_empty() { Cow::Borrowed(NAMELESS) } else { Cow::Owned(text.to_owned()) }
    } else {
        Cow::Borrowed(trimmed)
    }
}

/// Is this a character that tables and terminals do not stand?
fn odd(c: char) -> bool {
    c.is_control() || c == '\u{feff}'
}

/// Does a column of this name say where or when, rather than how well?
pub(crate) fn is_other(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    PLACES.contains(&last.trim_matches('_')) || last.split(|c: char| !c.is_alphanumeric()).any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_tables_do_not_stand() {
        let names = [("loss", "loss"), ("  val loss ", "val loss"), ("a\nb", "a b"), ("\u{feff}run", "run"), ("", NAMELESS), (" \u{1b} ", NAMELESS)];
        for (name, cleaned) in names {
            assert_eq!(clean(name), cleaned, "{name:?}");
        }
    }

    #[test]
    fn measures_are_told_from_places_and_times() {
        for name in "epoch trainer/global_step _runtime _timestamp train_runtime eval_samples_per_second time_ms Epoch total_flos tokens".split(' ') {
            assert!(is_other(name), "{name}");
        }
        for name in "loss val_loss_epoch train_loss_step learning_rate steps_to_goal sometimes token_accuracy lr".split(' ') {
            assert!(!is_other(name), "{name}");
        }
    }
}
