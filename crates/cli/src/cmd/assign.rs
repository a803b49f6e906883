//! `params=70e9`, `tokens=1.4T`: names with numbers, as verbs take them.

use runner::RunError;

/// A number; K, M, B (or G) and T behind it stand for thousand, million, billion and trillion.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let (digits, unit) = match text.char_indices().next_back()? {
        (at, 'K' | 'k') => (&text[..at], 1e3),
        (at, 'M') => (&text[..at], 1e6),
        (at, 'B' | 'G') => (&text[..at], 1e9),
        (at, 'T') => (&text[..at], 1e12),
        _ => (text, 1.0),
    };
    digits.parse::<f64>().ok().map(|v| v * unit).filter(|v| v.is_finite())
}

/// Names with numbers, separated by commas.
pub fn pairs(text: &str) -> Result<Vec<(String, f64)>, RunError> {
    text.split(',')
        .map(|part| {
            let found = part.split_once('=').and_then(|(name, value)| Some((name.trim().to_owned(), number(value)?)));
            found.filter(|f| !f.0.is_empty()).ok_or_else(|| RunError::Nothing(format!("{part:?} is not NAME=NUMBER, for example params=70e9 or params=70B")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_have_units() {
        assert_eq!(["70e9", "70B", "1.5 ", "2k", "-3"].map(number), [Some(70e9), Some(70e9), Some(1.5), Some(2e3), Some(-3.0)]);
        assert_eq!(["", "B", "x", "nan", "inf", "1e999"].map(number), [None; 6]);
    }

    #[test]
    fn pairs_are_read_or_refused_with_an_example() {
        assert_eq!(pairs("params=70e9, tokens=1.4T").unwrap(), [("params".to_owned(), 70e9), ("tokens".to_owned(), 1.4e12)]);
        assert!(pairs("params").unwrap_err().to_string().contains("params=70e9"));
        assert!(pairs("=1").is_err() && pairs("").is_err());
    }
}
