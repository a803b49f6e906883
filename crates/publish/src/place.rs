//! Where something stands in a text.

/// `name:line:column` of the byte `at`, both counted from 1, as compilers write it.
pub(crate) fn of(text: &str, at: usize, name: &str) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1) + 1;
    format!("{name}:{line}:{column}")
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn lines_and_columns_count_from_one() {
        assert_eq!(of("a\nid = 1", 0, "f"), "f:1:1");
        assert_eq!(of("a\nid = 1", 7, "f"), "f:2:6");
        assert_eq!(of("a", 9, "f"), "f:1:2");
    }
}
