//! Numbers as text and back: the shortest form, and the two forms that Python prints.

use std::fmt::{Display, LowerExp};

/// A cell as a number: blank is NaN; `nan`, `inf` and `-inf` are understood in any case.
pub(crate) fn number(cell: &str) -> Option<f64> {
    let cell = cell.trim();
    if cell.is_empty() { Some(f64::NAN) } else { cell.parse().ok() }
}

/// A cell of a person's file as what was logged: `Some(None)` where nothing was, in any of the words for it, and `None`
/// for text that is no number. With `comma`, one comma may stand before the decimals.
pub(crate) fn logged(cell: &str, comma: bool) -> Option<Option<f64>> {
    let cell = cell.trim();
    if let Ok(value) = cell.parse() {
        return Some(Some(value));
    }
    if NOTHING.iter().any(|word| word.eq_ignore_ascii_case(cell)) {
        return Some(None);
    }
    if let Some(at) = cell.find(',').filter(|_| comma) {
        return with_point(cell, at).map(Some);
    }
    // as C prints what is not a number on some systems
    let bare = cell.trim_start_matches(['+', '-']);
    let odd = bare.starts_with("1.#") || bare.get(..4).is_some_and(|b| b.eq_ignore_ascii_case("nan("));
    odd.then_some(Some(f64::NAN))
}

/// A number whose one comma, at `at`, stands before its decimals. Not by a copy on the heap: a column has a million cells.
fn with_point(cell: &str, at: usize) -> Option<f64> {
    let mut digits = [0; 64];
    let digits = digits.get_mut(..cell.len()).filter(|_| !cell.contains('.'))?;
    digits.copy_from_slice(cell.as_bytes());
    digits[at] = b'.';
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// How loggers, spreadsheets and pandas write that nothing was logged.
const NOTHING: [&str; 9] = ["", "None", "null", "NA", "N/A", "<NA>", "#N/A", "-", "--"];

/// The shortest decimal text that gives the number back; `magnitude` is the number as f64.
pub(crate) fn shortest<T: Display + LowerExp>(value: T, magnitude: f64) -> String {
    match special(magnitude) {
        Some(word) => word.to_owned(),
        None if magnitude == 0.0 || (1e-5..1e16).contains(&magnitude.abs()) => value.to_string(),
        None => format!("{value:e}"),
    }
}

/// What Python's `'%.7g'` prints: seven significant digits, no trailing zeros.
pub(crate) fn seven_digits(value: f64) -> String {
    if let Some(word) = special(value) {
        return word.to_owned();
    }
    let scientific = format!("{value:.6e}");
    let (mantissa, exponent) = parts(&scientific);
    if (-4..7).contains(&exponent) {
        let decimals = usize::try_from(6 - exponent).unwrap_or(0);
        trimmed(&format!("{value:.decimals$}")).to_owned()
    } else {
        with_exponent(trimmed(mantissa), exponent)
    }
}

/// What Python's `repr` prints: the shortest digits, an exponent below 1e-4 and from 1e16 on.
pub(crate) fn python_repr(value: f64) -> String {
    if let Some(word) = special(value) {
        return word.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = parts(&scientific);
    if (-4..16).contains(&exponent) { format!("{value:?}") } else { with_exponent(mantissa, exponent) }
}

/// NaN and the infinities, as Python and the tidy tables write them.
fn special(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("nan")
    } else if value.is_infinite() {
        Some(if value > 0.0 { "inf" } else { "-inf" })
    } else {
        None
    }
}

/// `1.5e-7` as `1.5` and -7.
fn parts(scientific: &str) -> (&str, i32) {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    (mantissa, exponent.parse().unwrap_or(0))
}

/// C writes a sign and at least two digits of an exponent; Rust writes neither.
fn with_exponent(mantissa: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Without zeros at the end of its decimals.
fn trimmed(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values printed by CPython 3.
    #[test]
    fn seven_digits_are_those_of_python() {
        for (value, text) in SEVEN {
            assert_eq!(seven_digits(value), text, "{value:?}");
        }
        assert_eq!(seven_digits(f64::NAN), "nan");
        assert_eq!(seven_digits(f64::NEG_INFINITY), "-inf");
    }

    const SEVEN: [(f64, &str); 14] = [
        (0.6940940499305726, "0.694094"),
        (0.6953510284423828, "0.695351"),
        (652836354392064.0, "6.528364e+14"),
        (2003055064750489.5, "2.003055e+15"),
        (0.69921875, "0.6992188"),
        (0.69140625, "0.6914062"),
        (9.99999996, "10"),
        (1234567.0, "1234567"),
        (12345678.0, "1.234568e+07"),
        (0.0001, "0.0001"),
        (9.999999e-05, "9.999999e-05"),
        (0.0, "0"),
        (-0.0, "-0"),
        (1.0, "1"),
    ];

    #[test]
    fn repr_is_that_of_python() {
        for (value, text) in REPR {
            assert_eq!(python_repr(value), text, "{value:?}");
        }
        assert_eq!(python_repr(f64::INFINITY), "inf");
    }

    const REPR: [(f64, &str); 11] = [
        (0.0008696040132105586, "0.0008696040132105586"),
        (5.6649755830282306e-05, "5.6649755830282306e-05"),
        (1.0877337128790556, "1.0877337128790556"),
        (5.0, "5.0"),
        (0.0001, "0.0001"),
        (1e-05, "1e-05"),
        (9007199254740992.0, "9007199254740992.0"),
        (1e+16, "1e+16"),
        (1.5e-07, "1.5e-07"),
        (0.0, "0.0"),
        (-2.5e+100, "-2.5e+100"),
    ];

    #[test]
    fn shortest_text_gives_the_number_back() {
        let show = |v: f64| shortest(v, v);
        assert_eq!(show(3.0), "3");
        assert_eq!(show(0.1), "0.1");
        assert_eq!(show(1e-7), "1e-7");
        assert_eq!(show(-2.5e300), "-2.5e300");
        assert_eq!(show(f64::NAN), "nan");
        assert_eq!(shortest(0.1_f32, 0.1_f32.into()), "0.1");
    }

    #[test]
    fn cells_are_numbers_or_not() {
        assert_eq!(number(" 1e-3 "), Some(0.001));
        assert_eq!(number("-Inf"), Some(f64::NEG_INFINITY));
        assert!(number("").is_some_and(f64::is_nan) && number("NaN").is_some_and(f64::is_nan));
        assert_eq!(number("12 000"), None);
    }

    #[test]
    fn what_was_logged_is_told_from_nothing() {
        assert_eq!((logged(" 0.5 ", false), logged("0,5", true), logged("0,5", false)), (Some(Some(0.5)), Some(Some(0.5)), None));
        for blank in ["", "  ", "None", "n/a", "NULL", "<na>", "-"] {
            assert_eq!(logged(blank, false), Some(None), "{blank}");
        }
        for nan in ["nan", "NaN", "-nan", "-nan(ind)", "1.#QNAN"] {
            assert!(logged(nan, false).flatten().is_some_and(f64::is_nan), "{nan}");
        }
        assert_eq!((logged("-Infinity", true), logged("inf", true)), (Some(Some(f64::NEG_INFINITY)), Some(Some(f64::INFINITY))));
        assert_eq!((logged("45%", true), logged("1.234,5", true), logged("00:12", true), logged("1,2,3", true)), (None, None, None, None));
    }
}
