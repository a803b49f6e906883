//! Patterns of names: `*` stands for anything, also for nothing.

/// Does a name fit a pattern?
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        // The earliest place leaves the most for what follows.
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Does a name fit one of several patterns?
pub(super) fn fits_any(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|p| fits(p, name))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name) in [("a", "a"), ("a*", "a"), ("*", ""), ("*b", "ab"), ("a*c", "abc"), ("a*b*c", "aXbYbc"), ("**", "x"), ("", "")] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a", "ab"), ("a*", "ba"), ("*b", "ba"), ("a*b*c", "acb"), ("ab*b", "ab"), ("", "x")] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
