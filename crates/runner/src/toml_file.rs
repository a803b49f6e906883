//! Reading TOML with errors that name file, line and column and the nearest right word.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::RunError;

/// The text of a file, or which file is missing.
pub(crate) fn read_text(path: &Path) -> Result<String, RunError> {
    std::fs::read_to_string(path).map_err(|e| RunError::Spec(format!("{}: {e}", path.display())))
}

/// Parses `text` as a `T`; `name` stands for the file in the error, which has line, column and the nearest right word.
///
/// # Errors
/// Text that is no TOML, an unknown key, a value of another type.
pub fn parse<T: DeserializeOwned>(text: &str, name: &str) -> Result<T, RunError> {
    toml::from_str(text).map_err(|e| {
        let place = e.span().map(|s| position(text, s.start)).map_or_else(String::new, |(l, c)| format!(":{l}:{c}"));
        RunError::Spec(format!("{name}{place}: {}", explain(e.message())))
    })
}

/// Line and column, both from 1.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..at.min(text.len())];
    (before.matches('\n').count() + 1, before.len() - before.rfind('\n').map_or(0, |i| i + 1) + 1)
}

/// serde lists every valid name; the nearest one is put first.
pub(crate) fn explain(message: &str) -> String {
    let message = message.trim_end();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = message.starts_with("unknown ").then(|| quoted.next()).flatten();
    let known: Vec<&str> = quoted.collect();
    match wrong.and_then(|w| curves::nearest(w, known.iter().copied())) {
        Some(n) => format!("{message}; did you mean `{n}`?"),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        #[expect(dead_code, reason = "only parsed")]
        seed: u64,
    }

    #[test]
    fn errors_name_place_and_nearest_key() {
        let e = parse::<Example>("# spec\nsed = 1\n", "spec.toml").unwrap_err().to_string();
        assert!(e.starts_with("spec.toml:2:1: unknown field `sed`"), "{e}");
        assert!(e.ends_with("did you mean `seed`?"), "{e}");
        let e = parse::<Example>("seed = ", "spec.toml").unwrap_err().to_string();
        assert!(e.starts_with("spec.toml:1:"), "{e}");
        let e = parse::<Example>("seed = \"x\"", "spec.toml").unwrap_err().to_string();
        assert!(e.contains("spec.toml:1:8: invalid type"), "{e}");
    }
}
