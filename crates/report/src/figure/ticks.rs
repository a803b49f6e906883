//! Where an axis is ruled, and what is written there.
//!
//! Labels are made of whole numbers (a digit and an exponent), never of a rounded float, so that
//! 0.001 cannot come out as 0.0 or 0.00099.

use super::scale::Scale;

/// One rule across a panel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    pub at: f64,
    /// Empty for a minor rule.
    pub label: String,
}

/// The rules of a scale, rising; about `count` of them labelled.
pub(super) fn ticks(scale: &Scale, count: usize) -> Vec<Tick> {
    if scale.log { logarithmic(scale.low, scale.high, count) } else { linear(scale.low, scale.high, count) }
}

/// The next step that reads well: 1, 2, 2.5 or 5 times a power of ten.
fn step(raw: f64) -> (f64, i32) {
    let exponent = raw.log10().floor() as i32;
    let factor = raw / 10f64.powi(exponent);
    match [1.0, 2.0, 2.5, 5.0].into_iter().find(|&nice| factor <= nice * (1.0 + 1e-9)) {
        Some(nice) => (nice, exponent),
        None => (1.0, exponent.saturating_add(1)),
    }
}

fn linear(low: f64, high: f64, count: usize) -> Vec<Tick> {
    let (nice, exponent) = step((high - low) / count.max(1) as f64);
    let width = nice * 10f64.powi(exponent);
    let (first, last) = ((low / width - 1e-9).ceil(), (high / width + 1e-9).floor());
    if !(width > 0.0 && first.is_finite() && last - first < 100.0) {
        return Vec::new();
    }
    // 2.5 has one digit more than its power of ten.
    let finest = exponent - i32::from(nice == 2.5);
    let magnitude = low.abs().max(high.abs()).log10().floor() as i32;
    let mut ticks = Vec::new();
    let mut at = first;
    while at <= last {
        let value = at * width;
        ticks.push(Tick { at: value, label: linear_label(value, finest, magnitude) });
        at += 1.0;
    }
    ticks
}

/// A value on an axis whose numbers reach 10^`magnitude` and differ in the digit 10^`finest`.
fn linear_label(value: f64, finest: i32, magnitude: i32) -> String {
    let digits = |value: f64, unit: i32| {
        let decimals = (unit - finest).max(0) as usize;
        let text = format!("{value:.decimals$}");
        if text.bytes().any(|b| matches!(b, b'1'..=b'9')) { text } else { "0".to_owned() }
    };
    let (text, suffix) = match magnitude {
        -3..=3 => (digits(value, 0), String::new()),
        4 | 5 => (digits(value / 1e3, 3), "k".to_owned()),
        _ => (digits(value / 10f64.powi(magnitude), magnitude), format!("e{magnitude}")),
    };
    if text == "0" { text } else { text + &suffix }
}

fn logarithmic(low: f64, high: f64, count: usize) -> Vec<Tick> {
    let first = (low.log10() - 1e-9).floor() as i32;
    let last = (high.log10() + 1e-9).ceil() as i32;
    let inside = |&(_, at): &((i32, i32), f64)| at >= low * (1.0 - 1e-9) && at <= high * (1.0 + 1e-9);
    let multiples: Vec<((i32, i32), f64)> =
        (first..=last).flat_map(|exponent| (1..=9_i32).map(move |digit| ((digit, exponent), f64::from(digit) * 10f64.powi(exponent)))).filter(inside).collect();
    let powers = multiples.iter().filter(|((digit, _), _)| *digit == 1).count();
    let halves = multiples.iter().filter(|((digit, _), _)| matches!(digit, 1 | 2 | 5)).count();

    if powers >= 2 {
        let stride = powers.div_ceil(count.max(2)).max(1) as i32;
        let keep_minor = powers <= 6;
        multiples
            .into_iter()
            .filter(|((digit, _), _)| *digit == 1 || keep_minor)
            .map(|((digit, exponent), at)| {
                let labelled = digit == 1 && exponent.rem_euclid(stride) == 0;
                Tick { at, label: if labelled { power_label(digit, exponent) } else { String::new() } }
            })
            .collect()
    } else if halves >= 2 {
        multiples
            .into_iter()
            .map(|((digit, exponent), at)| {
                let labelled = matches!(digit, 1 | 2 | 5);
                Tick { at, label: if labelled { power_label(digit, exponent) } else { String::new() } }
            })
            .collect()
    } else {
        // Less than a factor of two or so: even steps read better than multiples.
        linear(low, high, count)
    }
}

/// `digit` × 10^`exponent`: 0.001, 0.02, 1, 50, 1k, 20k, 1e6.
fn power_label(digit: i32, exponent: i32) -> String {
    let zeros = |n: i32| "0".repeat(n.max(0) as usize);
    match exponent {
        -4..=-1 => format!("0.{}{digit}", zeros(-exponent - 1)),
        0..=2 => format!("{digit}{}", zeros(exponent)),
        3..=5 => format!("{digit}{}k", zeros(exponent - 3)),
        _ => format!("{digit}e{exponent}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, log: bool) -> Vec<String> {
        let all = ticks(&Scale { low, high, log }, 6).into_iter();
        all.map(|tick| tick.label).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn powers_of_ten_are_written_as_they_are() {
        assert_eq!(labels(0.0009, 1.1, true), ["0.001", "0.01", "0.1", "1"]);
        assert_eq!(labels(50.0, 2e6, true), ["100", "1k", "10k", "100k", "1e6"]);
        assert_eq!(labels(1e-6, 1e-4, true), ["1e-6", "1e-5", "0.0001"]);
    }

    #[test]
    fn many_decades_are_thinned_to_round_exponents() {
        assert_eq!(labels(1.0, 1e12, true), ["1", "1k", "1e6", "1e9", "1e12"]);
    }

    #[test]
    fn within_a_decade_there_are_still_labels() {
        assert_eq!(labels(1.5, 8.0, true), ["2", "5"]);
        assert_eq!(labels(2.1, 2.9, true), ["2.2", "2.4", "2.6", "2.8"]);
    }

    #[test]
    fn linear_labels_have_the_digits_they_need() {
        assert_eq!(labels(0.0, 1.0, false), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-0.1, 0.1, false), ["-0.10", "-0.05", "0", "0.05", "0.10"]);
        assert_eq!(labels(0.0, 60_000.0, false), ["0", "10k", "20k", "30k", "40k", "50k", "60k"]);
        assert_eq!(labels(0.0, 3e6, false), ["0", "0.5e6", "1.0e6", "1.5e6", "2.0e6", "2.5e6", "3.0e6"]);
        assert_eq!(labels(0.0, 3e-5, false), ["0", "0.5e-5", "1.0e-5", "1.5e-5", "2.0e-5", "2.5e-5", "3.0e-5"]);
    }

    #[test]
    fn no_scale_makes_it_run_away() {
        for (low, high) in [(1e9, 1e9 + 1e-3), (-1e-300, 1e-300), (-1e300, 1e300)] {
            assert!(ticks(&Scale { low, high, log: false }, 6).len() < 100);
        }
        assert!(ticks(&Scale { low: 1e-150, high: 1e150, log: true }, 6).len() < 400);
    }
}
