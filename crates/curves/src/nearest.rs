//! The nearest right word, for error messages.

/// The candidate most like `word`, or `None` when none is near enough to be a slip of the finger.
///
/// Nearness is Levenshtein distance, letter case ignored, of at most one plus a third of the longer
/// word. Of equally near candidates the first wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = letters(word);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = letters(candidate);
            let apart = distance(&word, &other);
            (apart <= 1 + word.len().max(other.len()) / 3).then_some((apart, candidate))
        })
        .min_by_key(|&(apart, _)| apart)
        .map(|(_, candidate)| candidate)
}

/// `no KIND "word" (there are a, b); did you mean "b"?`: what every error about a wrong name says.
pub fn no_such<'a>(kind: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let near = nearest(word, known.iter().copied()).map(|n| format!("; did you mean {n:?}?")).unwrap_or_default();
    let there = if known.is_empty() { "there are none".to_owned() } else { format!("there are {}", known.join(", ")) };
    format!("no {kind} {word:?} ({there}){near}")
}

fn letters(word: &str) -> Vec<char> {
    word.to_lowercase().chars().collect()
}

/// Levenshtein distance; `row[j]` is the distance from the letters of `a` so far to the first `j` of `b`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_name_is_answered_with_those_there_are() {
        assert_eq!(no_such("source", "prir", ["prior", "taskset"]), "no source \"prir\" (there are prior, taskset); did you mean \"prior\"?");
        assert_eq!(no_such("method", "p1", []), "no method \"p1\" (there are none)");
    }

    #[test]
    fn distances_known_by_hand() {
        let apart = |a, b| distance(&letters(a), &letters(b));
        assert_eq!(apart("kitten", "sitting"), 3);
        assert_eq!(apart("", "abc"), 3);
        assert_eq!(apart("abc", ""), 3);
        assert_eq!(apart("same", "same"), 0);
    }

    #[test]
    fn a_slip_is_mended_and_nonsense_is_not() {
        let names = ["pow3", "janoschek", "log_power"];
        assert_eq!(nearest("log-power", names), Some("log_power"));
        assert_eq!(nearest("Janosheck", names), Some("janoschek"));
        assert_eq!(nearest("POW3", names), Some("pow3"));
        assert_eq!(nearest("chinchilla", names), None);
        assert_eq!(nearest("pow3", []), None);
    }

    #[test]
    fn the_first_of_equals_wins() {
        assert_eq!(nearest("pow", ["pow2", "pow3"]), Some("pow2"));
    }
}
