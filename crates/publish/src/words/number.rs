//! Numbers as a sentence has them: rounded alike where they are compared, with commas between thousands.

/// Below this the power of ten is written.
const SMALL: f64 = 1e-4;

/// How many decimals show the largest of some numbers to so many significant digits.
pub(super) fn decimals(numbers: &[f64], digits: usize) -> usize {
    let largest = numbers.iter().copied().filter(|v| v.is_finite()).fold(0.0, |most: f64, v| most.max(v.abs()));
    report::decimals_for(largest, digits)
}

/// A number with this many decimals.
pub(super) fn fixed(v: f64, decimals: usize) -> String {
    if v != 0.0 && v.abs() < SMALL { format!("{v:.3e}") } else { grouped(&report::fixed(v, decimals)) }
}

/// A number by itself: four significant digits, without zeros at the end.
pub(super) fn short(v: f64) -> String {
    let text = fixed(v, report::decimals_for(v, 4));
    if text.contains('.') && !text.contains('e') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A number as it is printed or written down: no digit more, and none less.
pub(super) fn exact(v: f64) -> String {
    grouped(&report::exact(v))
}

/// A count.
pub(super) fn count(n: usize) -> String {
    grouped(&n.to_string())
}

/// An interval with a space before it; nothing where there is none.
pub(super) fn brackets(interval: Option<(f64, f64)>, one: &dyn Fn(f64) -> String) -> String {
    interval.map(|(low, high)| format!(" [{}, {}]", one(low), one(high))).unwrap_or_default()
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    let text = report::fixed(100.0 * share, 1);
    format!("{} %", text.strip_suffix(".0").unwrap_or(&text))
}

/// Commas between thousands, before the point.
fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, tail) = digits.split_at(digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len()));
    let mut out = sign.to_owned();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out.push_str(tail);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_commas_and_decimals_none() {
        assert_eq!(fixed(18103.794, 0), "18,104");
        assert_eq!(fixed(-1234.5678, 4), "-1,234.5678");
        assert_eq!(count(2000), "2,000");
        assert_eq!(count(999), "999");
        assert_eq!(exact(10000.0), "10,000");
        assert_eq!(exact(5.309743), "5.309743");
    }

    #[test]
    fn numbers_that_are_compared_have_the_same_decimals() {
        let d = decimals(&[0.1108, 0.085, 0.1395], 3);
        assert_eq!(format!("{}{}", fixed(0.1108, d), brackets(Some((0.085, 0.1395)), &|v| fixed(v, d))), "0.111 [0.085, 0.140]");
        assert_eq!(decimals(&[f64::NAN, 1.5], 4), 3);
    }

    #[test]
    fn a_number_by_itself_is_short() {
        assert_eq!([0.5, 20.0, 0.04823, 2.7e-6, 0.0].map(short), ["0.5", "20", "0.04823", "2.700e-6", "0"]);
        assert_eq!([1.0, 0.416_667, 0.1932].map(percent), ["100 %", "41.7 %", "19.3 %"]);
    }
}
