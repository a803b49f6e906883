//! Numbers as people read them and as programs read them.

/// `value` with a fixed number of decimals, for people.
///
/// Never "-0.00", and never "0.00" for a value that is merely small: that is written as a power of
/// ten, unless it is so small (below 1e-12) that it can only be rounding noise. So are large values.
pub fn fixed(value: f64, decimals: usize) -> String {
    let size = value.abs();
    if size >= 1e7 {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.decimals$}");
    if text.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        text
    } else if decimals > 0 && size > 1e-12 {
        format!("{value:.1e}")
    } else {
        text.trim_start_matches('-').to_owned()
    }
}

/// The shortest text that reads back as exactly `value`, for programs. Empty where it is not finite.
pub fn exact(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        String::new()
    } else if size == 0.0 {
        "0".to_owned()
    } else if (1e-5..1e16).contains(&size) {
        value.to_string()
    } else {
        // Display would write hundreds of zeros.
        format!("{value:e}")
    }
}

/// How many decimals show `value` to about `digits` significant digits; at most 8.
pub fn decimals_for(value: f64, digits: usize) -> usize {
    if value == 0.0 || !value.is_finite() {
        return digits.saturating_sub(1).min(8);
    }
    let magnitude = value.abs().log10().floor();
    (digits as f64 - 1.0 - magnitude).clamp(0.0, 8.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_no_false_zero() {
        assert_eq!(fixed(1.5279, 3), "1.528");
        assert_eq!(fixed(-0.0001, 2), "-1.0e-4");
        assert_eq!(fixed(-0.0, 2), "0.00");
        assert_eq!(fixed(1e-17, 3), "0.000");
        assert_eq!(fixed(1.24e19, 0), "1.240e19");
        assert_eq!(fixed(412.0, 0), "412");
    }

    #[test]
    fn programs_read_the_same_number_back() {
        for value in [0.1, -3.0, 1e-9, 1.0 / 3.0, 6.02e23, 123_456.789] {
            assert_eq!(exact(value).parse::<f64>(), Ok(value));
        }
        assert_eq!(exact(-0.0), "0");
        assert_eq!(exact(f64::NAN), "");
        assert_eq!(exact(f64::INFINITY), "");
    }

    #[test]
    fn decimals_follow_the_magnitude() {
        assert_eq!(decimals_for(1.528, 4), 3);
        assert_eq!(decimals_for(0.001_528, 4), 6);
        assert_eq!(decimals_for(1528.0, 4), 0);
        assert_eq!(decimals_for(0.0, 4), 3);
        assert_eq!(decimals_for(1e-30, 4), 8);
    }
}
