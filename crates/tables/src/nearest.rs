//! The name that a mistyped one was probably meant to be.

/// The candidate with the smallest edit distance, when at most half of the name must change.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let (distance, best) = candidates.into_iter().map(|c| (edits(name, c), c)).min_by_key(|&(d, _)| d)?;
    (2 * distance <= name.chars().count().max(best.chars().count())).then(|| best.to_owned())
}

/// Levenshtein's distance: insertions, deletions and substitutions, each at 1.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &cb) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_by_hand() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("abc", ""), 3);
        assert_eq!(edits("same", "same"), 0);
    }

    #[test]
    fn the_nearest_or_nothing() {
        assert_eq!(nearest("vaild", ["train", "valid", "test"]).as_deref(), Some("valid"));
        assert_eq!(nearest("zzzzzz", ["train", "valid"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
